"""Small contests on a real database: tapes, rosters of scripts, and ports whose parts a test replaces.

The tape that `write_tape` makes has bars of one minute at 100 USDT and rounds every minute; a test bends
single bars to fire plans or to open gaps.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from agents.domain.answers import encode_answer
from agents.domain.registry import KINDS
from agents.domain.roster import RosterEntry
from arena.models import EquityPoint, Round, Season, Turn
from arena.ports import Ports, Silence
from arena.rounds import RoundResult, play_next_round
from arena.services.seasons import season_id_of
from config.contestants import seat_ready_contestants
from config.seasons import SeasonPlan, open_planned_season
from config.wiring import ports_of
from kernel.time import MINUTE_MS, iso_utc
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision
from trading.domain.rules import RiskLimits, RuleBook
from trading.models import Decision as DecisionRow
from trading.models import Fill

SLUG: Final = "cup"
START_MS: Final = 1_767_225_600_000
"""2026-01-01 00:00 UTC: the first bar of every tape here."""

PRICE: Final = 100
FIRST_ROUND_BAR: Final = 2
"""A tape of up to 60 bars is played from its second bar on: round 1 sees two closed bars."""

Bar = tuple[float, float, float, float]
"""Open, high, low, close in USDT."""


def write_tape(
    folder: Path,
    bars: int = 30,
    bent: Mapping[int, Bar] | None = None,
    without: Sequence[int] = (),
    symbol: str = "BTC",
) -> Path:
    """Write a tape whose bars stand at 100 but for the bent ones, without some rows; return its path."""
    path = folder / f"{symbol}-USDT_1m.csv"
    calm = (PRICE, PRICE + 0.1, PRICE - 0.1, PRICE)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["timestamp", "open", "high", "low", "close", "volume"])
        for number in range(bars):
            if number in without:
                continue
            prices = (bent or {}).get(number, calm)
            cells = [f"{price:.2f}" for price in prices]
            rows.writerow([iso_utc(START_MS + number * MINUTE_MS), *cells, "1000000"])
    return path


def buy(
    symbol: str = "BTC", stop: float | None = 90, target: float | None = None, **changes: Any
) -> Decision:
    """Return a decision to buy for a tenth of equity at five times leverage; prices in USDT."""
    return Decision(
        **{
            "action": Action.BUY,
            "symbol": symbol,
            "size": SCALE // 10,
            "leverage": 5,
            "stop_loss": None if stop is None else round(stop * SCALE),
            "take_profit": None if target is None else round(target * SCALE),
            "confidence": 9 * SCALE // 10,
            "invalidation": "the trend ends",
            "reasoning": "it may rise",
            **changes,
        }
    )


def close(symbol: str = "BTC") -> Decision:
    """Return a decision to close the whole position."""
    return Decision(Action.CLOSE, symbol, size=SCALE, confidence=SCALE, reasoning="enough")


def says(*decisions: Decision) -> str:
    """Return the answer that makes these decisions."""
    return encode_answer("Plays by its script.", decisions).decode()


def scripted(
    slug: str, *answers: Any, from_slot: int = START_MS // MINUTE_MS + FIRST_ROUND_BAR
) -> RosterEntry:
    """Return an entry that plays these answers from the first round of a one-minute tape on, then holds."""
    config = {"answers": list(answers), "from_slot": from_slot}
    return RosterEntry(slug.capitalize(), slug, "", "scripted", config)


def house(*kinds: str) -> list[RosterEntry]:
    """Return one entry of each kind."""
    return [RosterEntry(KINDS[kind].label, kind.replace("_", "-"), "", kind) for kind in kinds]


PLAIN = RuleBook(
    limits=RiskLimits(max_risk=0, max_exposure=0, max_correlated=0, cooldown_ms=0, min_reward_risk=0)
)
"""The arena's rules without those on what is at stake: here stops lie where the tape reaches them."""


def season_plan(market: str, **changes: Any) -> SeasonPlan:
    """Return the plan of a season; rounds every minute on a tape, every three on a simulated market."""
    return SeasonPlan(
        **{
            "slug": SLUG,
            "name": "Cup",
            "market": market,
            "seed": 7,
            "symbols": ("BTC", "ETH"),
            "interval_s": 60 if market.startswith("tape:") else 180,
            "capital": 10_000,
            "clock": "tape",
            "speed": 1,
            "start_ms": 0 if market.startswith("tape:") else START_MS,
            "live_timeout_s": 1.0,
            "rules": PLAIN,
            **changes,
        }
    )


def open_contest(roster: Sequence[RosterEntry], market: str = "simulated", **changes: Any) -> str:
    """Open a season and return its id."""
    return open_planned_season(season_plan(market, **changes), roster)


def ports_for(season_id: str, **changes: Any) -> Ports:
    """Return a season's real ports, with some of them replaced."""
    return replace(ports_of(season_id, Silence()), **changes)


def play(season_id: str, rounds: int, ports: Callable[[], Ports] | None = None) -> list[RoundResult]:
    """Play up to so many rounds; the market's end ends them."""
    use = ports() if ports else ports_for(season_id)
    found = []
    for _ in range(rounds):
        result = play_next_round(use, season_id)
        if result is None:
            break
        found.append(result)
    return found


def seat_now(season_id: str) -> int:
    """Seat who waits and may play, as in a season that goes on by itself; return how many."""
    Season.objects.filter(id=season_id).update(clock="scaled")
    seated = seat_ready_contestants()
    Season.objects.filter(id=season_id).update(clock="tape")
    return seated


def story_of(contestant: str, slug: str = SLUG) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything a season stores of one contestant, by natural key."""
    season_id = season_id_of(slug)
    who = {"contestant__season_id": season_id, "contestant__slug": contestant}
    turns = Turn.objects.filter(**who)
    account = list(turns.values_list("contestant__account_id", flat=True)[:1])
    decided = DecisionRow.objects.filter(account_id__in=account)
    fills = Fill.objects.filter(account_id__in=account)
    parts = ("symbol", "action", "size", "leverage", "stop_loss", "outcome", "reason")
    booked = ("symbol", "side", "qty", "notional", "fee", "pnl", "covered", "kind", "market_ms")
    return {
        "turns": list(
            turns.order_by("round__number").values_list("round__number", "outcome", "reason", "answer_sha256")
        ),
        "decisions": list(decided.order_by("slot", "symbol").values_list("slot", *parts)),
        "verdicts": [
            bytes(row) for row in decided.order_by("slot", "symbol").values_list("verdicts", flat=True)
        ],
        "fills": list(fills.order_by("market_ms", "symbol", "lifecycle", "kind").values_list(*booked)),
        "equity": list(EquityPoint.objects.filter(**who).order_by("number").values_list("number", "equity")),
    }


def held_reasons(slug: str = SLUG) -> list[str]:
    """Return why each round held, in order; empty for a round that was traded."""
    rows = Round.objects.filter(season_id=season_id_of(slug)).order_by("number")
    return list(rows.values_list("held_reason", flat=True))
