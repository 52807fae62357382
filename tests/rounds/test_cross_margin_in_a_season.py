"""Cross margin through the database: one wallet behind all positions, down to its liquidation."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accounts.models import LedgerAccount
from accounts.selectors import check_ledger
from arena.models import Contestant, Season
from arena.selectors.audit import audit
from arena.selectors.board import contestant
from arena.services.seasons import season_id_of
from kernel.time import MINUTE_MS, iso_utc
from kernel.units import SCALE
from tests.factories.commands import arena
from tests.factories.contests import (
    PLAIN,
    SLUG,
    START_MS,
    Bar,
    buy,
    close,
    house,
    open_contest,
    play,
    says,
    scripted,
    write_tape,
)
from tests.factories.engine_replay import EngineSeason
from trading.domain.decisions import Action, Decision
from trading.domain.terms import Terms
from trading.models import Fill, FundingPayment, Order, Position
from trading.selectors import instruments, portfolio
from trading.selectors.paper import paper_accounts

pytestmark = pytest.mark.django_db
CRASH: Bar = (100, 100, 84, 84)
CROSS = replace(PLAIN, margin_mode="cross", limits=replace(PLAIN.limits, max_leverage=20))


def bet(symbol: str = "BTC", side: int = 1, **changes: Any) -> Decision:
    """Return a fifth of equity at twenty times leverage, its stop a fifth away."""
    action = Action.BUY if side > 0 else Action.SELL
    return buy(symbol, **{"stop": 100 - side * 20, "leverage": 20, "action": action, **changes})


def small(symbol: str, price: float, stop: float) -> Decision:
    """Return a small purchase at a limit, good till cancelled."""
    return buy(symbol, stop, size=SCALE // 50, terms=Terms("limit", round(price * SCALE), "gtc"))


def two_tapes(folder: Path, crash: int = 8) -> str:
    """Write tapes of two symbols that crash in the same minute, funded around it; return the market."""
    moments = [START_MS + minute * MINUTE_MS for minute in (6, 12)]
    lines = ["timestamp,rate", *(f"{iso_utc(at)},0.005" for at in moments)]
    paths = [write_tape(folder, bent={crash: CRASH}, symbol=symbol) for symbol in ("BTC", "ETH")]
    for path in paths:
        path.with_suffix(".funding.csv").write_text("\n".join(lines) + "\n")
    return f"tape:{','.join(str(path) for path in paths)}"


def season_of_bets(folder: Path) -> tuple[str, str]:
    """Play one who bets everything one way, one who hedges, and one who stays small; return id and market."""
    market = two_tapes(folder)
    roster = [
        scripted(
            "ann",
            says(bet(size=SCALE * 15 // 100)),
            says(bet("ETH", size=SCALE // 5)),
            says(small("BTC", 91, 75)),
        ),
        scripted("bob", says(bet(size=SCALE // 5)), says(bet("ETH", -1, size=SCALE // 5)), says()),
        scripted(
            "cid", says(buy(stop=80)), says(), says(), says(small("ETH", 99, 70)), says(), says(close())
        ),
    ]
    season = open_contest(roster, market, rules=CROSS)
    play(season, 14)
    return season, market


def account(slug: str) -> str:
    """Return a contestant's account."""
    return Contestant.objects.get(slug=slug, season_id=season_id_of(SLUG)).account_id


def test_a_wallet_that_is_used_up_is_liquidated_as_one_and_no_column_goes_below_zero(tmp_path: Path) -> None:
    season, _market = season_of_bets(tmp_path)
    gone = Fill.objects.filter(account_id=account("ann"), kind="liquidation")
    assert set(gone.values_list("symbol", flat=True)) == {"BTC", "ETH"}
    assert sum(gone.values_list("covered", flat=True)) > 0
    own = portfolio(account("ann"))
    assert (own.available, own.reserved, own.positions) == (0, 0, ())
    ended = Order.objects.get(account_id=account("ann"), type="limit")
    assert (ended.state, ended.reason) == ("canceled", "liquidation")
    assert LedgerAccount.objects.get(account=None, code="insurance").balance != 0
    assert not Fill.objects.filter(account_id=account("bob"), kind="liquidation").exists()
    assert FundingPayment.objects.filter(feed=season).count() > 3
    assert check_ledger() is None
    assert [finding for finding in audit() if finding.problem] == []


def test_it_is_the_engine_in_memory_to_the_last_unit(tmp_path: Path) -> None:
    season, _market = season_of_bets(tmp_path)
    engine = EngineSeason(season)
    engine.play()
    assert paper_accounts(season, engine.accounts, "cross") == engine.accounts


def test_it_is_played_again_to_the_same_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    season, market = season_of_bets(tmp_path)
    tape = tmp_path / "cup.jsonl"
    assert arena(capsys, "tape", SLUG, "--out", str(tape)).status == 0
    said = arena(capsys, "replay", str(tape), "--json", "--market", market)
    assert (said.status, said.json["same"]) == (0, True)
    again = season_id_of(said.json["slug"])
    assert len(set(Season.objects.filter(id__in=[season, again]).values_list("replay_head", flat=True))) == 1


def test_house_engines_on_cross_margin_leave_sound_books() -> None:
    season = open_contest(house("momentum", "random", "buy_and_hold"), rules=CROSS)
    play(season, 20)
    assert Fill.objects.filter(feed=season).exists()
    assert [finding for finding in audit() if finding.problem] == []


def test_the_price_that_liquidates_is_shown_with_the_other_positions_and_not_stored(tmp_path: Path) -> None:
    roster = [scripted("ann", says(bet(size=SCALE // 5)), says(bet("ETH", size=SCALE // 5)))]
    season = open_contest(roster, two_tapes(tmp_path, crash=25), rules=CROSS)
    play(season, 3)
    view = contestant(SLUG, "ann", 0)
    assert view is not None
    assert set(Position.objects.values_list("liquidation_price", flat=True)) == {None}
    for shown, other in zip(view.positions, reversed(view.positions), strict=True):
        price = shown.liquidation_price
        assert price is not None
        assert price < shown.mark
        assert margin_left(season, shown, other, price) <= 0 < margin_left(season, shown, other, price + 1)


def margin_left(season: str, moved: Any, other: Any, price: int) -> int:
    """Return equity less maintenance with one position's mark moved, in units of 1e-16, not rounded."""
    own, known = portfolio(account("ann")), instruments(season)
    left = (own.available + own.reserved) * SCALE
    for held in own.positions:
        mark = price if held.symbol == moved.symbol else other.mark
        notional = held.qty * mark
        left += held.side * (notional - held.entry_cost * SCALE)
        tier = [t for t in known[held.symbol].brackets if t.floor * SCALE <= notional][-1]
        left -= notional * tier.rate // SCALE - tier.amount * SCALE
    return left
