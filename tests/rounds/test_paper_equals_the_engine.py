"""Conformance: a season played through the database is the engine in memory, to the last unit.

Hours of real minutes: the decisions of the season are taken as they were approved, and played again by the
pure functions alone, without tables, journal or rounds.
"""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arena.models import Contestant, Round
from kernel.time import HOUR_MS, MINUTE_MS, parse_utc_ms
from kernel.units import SCALE
from tests.factories.contests import close, open_contest, play, says, scripted
from tests.factories.engine_replay import EngineSeason
from trading.domain.account_events import BookedFill, FundingCharge
from trading.domain.decisions import Action, Decision
from trading.domain.funding import FundingRate
from trading.domain.terms import AT_MARKET, Terms
from trading.models import Fill, FundingPayment, Order
from trading.selectors.paper import paper_accounts
from trading.services import record_funding

pytestmark = pytest.mark.django_db
MINUTES = Path(__file__).resolve().parents[2] / ".." / "shared/data/candles/BTC-USDT-PERP_1m_2022-01.csv"
QUARTER_MS = 15 * MINUTE_MS
TICK = SCALE // 10
needs_candles = pytest.mark.skipif(not MINUTES.exists(), reason="no recorded candles at ../shared/data")


def closes() -> dict[int, int]:
    """Return moment -> close of the recorded minutes, in units."""
    with MINUTES.open() as file:
        rows = csv.DictReader(file)
        return {parse_utc_ms(row["timestamp"]): round(float(row["close"]) * 1000) * 100_000 for row in rows}


def opening(action: Action, mark: int, terms: Terms = AT_MARKET, **changes: Any) -> Decision:
    """Return an opening with its stop 0.5 % and its target 1 % from the price it is to have."""
    side, at = (1 if action is Action.BUY else -1), terms.price or mark
    stop, target = at * (200 - side) // 200 // TICK * TICK, at * (100 + side) // 100 // TICK * TICK
    sized = Decision(action, "BTC", SCALE // 20, 5, stop, target, SCALE * 9 // 10, reasoning="a try")
    return replace(sized, terms=terms, **changes)


def at_limit(price: int, share: int, side: int) -> Terms:
    """Return a limit so many hundredths of a percent better than a price, good till cancelled."""
    return Terms("limit", price * (10_000 - side * share) // 10_000 // TICK * TICK, "gtc")


def taker_script(marks: list[int]) -> list[str]:
    """Return answers of one that takes: trailing stops, a reversal, closes."""
    answers = []
    for number, mark in enumerate(marks):
        turn = number % 5
        bought = opening(Action.BUY, mark, trail=SCALE // 250)
        sold = opening(Action.SELL, mark, reverse=True)
        answers.append(says(*{0: [bought], 2: [sold], 4: [close()]}.get(turn, [])))
    return answers


def maker_script(marks: list[int]) -> list[str]:
    """Return answers of one that waits: limits on either side, some never reached, some reached at once."""
    answers = []
    for number, mark in enumerate(marks):
        side = 1 if number // 6 % 2 == 0 else -1
        action = Action.BUY if side > 0 else Action.SELL
        share = (5, 0, 300, -2)[number % 4]
        answers.append(
            says(opening(action, mark, at_limit(mark, share, side))) if number % 3 else says(close())
        )
    return answers


def play_the_tape(rounds: int) -> str:
    """Play two contestants on the recorded minutes, funded each hour; return the season's id."""
    market = f"tape:{MINUTES}?stamp=close"
    probe = open_contest([scripted("probe")], market, slug="probe", interval_s=900, symbols=("BTC",))
    play(probe, 1)
    first = Round.objects.get(season_id=probe)
    start_ms = first.market_ms
    seen = closes()
    marks = [seen[start_ms + number * QUARTER_MS] for number in range(rounds)]
    slot = start_ms // QUARTER_MS
    roster = [
        scripted("taker", *taker_script(marks), from_slot=slot),
        scripted("maker", *maker_script(marks), from_slot=slot),
    ]
    season = open_contest(roster, market, interval_s=900, symbols=("BTC",))
    hours = range(start_ms // HOUR_MS * HOUR_MS, start_ms + rounds * QUARTER_MS, HOUR_MS)
    record_funding(
        season,
        [FundingRate("BTC", ms, 10_000 * (-1) ** (ms // HOUR_MS), seen[ms]) for ms in hours if ms in seen],
    )
    play(season, rounds)
    return season


FILL = ("order_id", "side", "qty", "notional", "fee", "pnl", "covered", "margin_change", "kind", "ambiguous")
REST = ("lifecycle", "market_ms", "maker", "penalty", "seq")


def figures(fill: BookedFill) -> tuple[object, ...]:
    """Return a fill as its row has it."""
    done, effect = fill.execution, fill.effect
    head = (fill.order_id, done.side, done.qty, done.notional, effect.fee, effect.pnl, effect.covered)
    tail = (effect.lifecycle, done.market_ms, fill.maker, done.penalty, fill.seq)
    return (*head, effect.reserved_change, done.kind, fill.ambiguous, *tail)


@needs_candles
@pytest.mark.parametrize("rounds", [40, pytest.param(400, marks=pytest.mark.full)])
def test_paper_and_engine_agree_to_the_last_unit(rounds: int) -> None:
    season = play_the_tape(rounds)
    engine = EngineSeason(season)
    engine.play()
    kinds: Counter[str] = Counter()
    for account in Contestant.objects.filter(season_id=season).values_list("account_id", flat=True):
        fills = [event for event in engine.events[account] if isinstance(event, BookedFill)]
        charges = [event for event in engine.events[account] if isinstance(event, FundingCharge)]
        rows = Fill.objects.filter(account_id=account).order_by("market_ms", "seq")
        assert [figures(fill) for fill in fills] == list(rows.values_list(*FILL, *REST))
        paid = FundingPayment.objects.filter(account_id=account).order_by("market_ms")
        assert [(c.market_ms, c.amount, c.covered) for c in charges] == list(
            paid.values_list("market_ms", "amount", "covered")
        )
        kinds.update(fill.execution.kind for fill in fills)
        kinds["funding"] += len(charges)
        assert paper_accounts(season, [account], "isolated")[account] == engine.accounts[account]
    assert {"decision", "limit", "funding"} <= set(kinds)
    assert kinds.keys() & {"stop_loss", "trailing", "take_profit"}
    states = set(Order.objects.values_list("state", flat=True))
    assert {"filled"} <= states <= {"filled", "canceled", "accepted", "partially_filled", "rejected"}
