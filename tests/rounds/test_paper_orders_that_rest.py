"""Waiting orders, reversals, funding and commands through the database: booked once, whoever settles."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction

from accounts.models import JournalEntry, TradingAccount
from accounts.selectors import check_ledger
from arena.models import Contestant, Season, Standing
from arena.selectors.roster import season_facts
from arena.services import settlement, settlement_books
from arena.services.settlement import record_new_ticks, settle_ticks
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import (
    START_MS,
    Bar,
    buy,
    close,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    write_tape,
)
from trading.domain.decisions import Action, Decision
from trading.domain.funding import FundingRate
from trading.domain.terms import Terms
from trading.models import Command, Fill, FundingPayment, Order, Position, VenueAccount
from trading.selectors import portfolio
from trading.services import record_funding

pytestmark = pytest.mark.django_db
DIP: Bar = (100, 100, 98.4, 99)


def small(**changes: object) -> Decision:
    """Return a purchase of 2 % of equity with its stop 5 % and its target 10 % away."""
    return replace(buy(stop=95, target=110), size=SCALE // 50, **changes)  # type: ignore[arg-type]


def waiting(price: float = 99) -> Decision:
    """Return the same at a limit, good till cancelled."""
    return small(terms=Terms("limit", round(price * SCALE), "gtc"))


def slow_contest(folder: Path, bent: dict[int, Bar], *answers: str) -> str:
    """Open a contest with a round every three bars; the first one sees three, so bar 3 is its future."""
    roster = [scripted("ann", *answers, from_slot=START_MS // (3 * MINUTE_MS) + 1)]
    return open_contest(roster, f"tape:{write_tape(folder, bent=bent)}", interval_s=180, symbols=("BTC",))


def account() -> str:
    """Return the only contestant's account."""
    return Contestant.objects.get().account_id


def settle_to(season: str, minute: int) -> int:
    """Settle up to a minute after the start, as a watcher does; return how many events were booked."""
    facts = season_facts(season)
    record_new_ticks(ports_for(season).market, facts, START_MS + minute * MINUTE_MS)
    return settle_ticks(facts, START_MS + minute * MINUTE_MS)


def test_a_limit_waits_with_its_margin_set_aside_and_fills_as_maker(tmp_path: Path) -> None:
    season = slow_contest(tmp_path, {5: DIP}, says(waiting()))
    play(season, 1)
    order = Order.objects.get()
    assert (order.state, order.type, order.filled) == ("accepted", "limit", 0)
    own = portfolio(account())
    assert own.reserved == order.reserved > 0
    assert own.available + own.reserved == 10_000 * SCALE
    assert settle_to(season, 6) == 1
    fill, order = Fill.objects.get(), Order.objects.get()
    assert (fill.kind, fill.maker, fill.notional) == ("limit", True, fill.qty * 99)
    assert (order.state, order.filled, order.reserved) == ("filled", order.qty, 0)
    assert portfolio(account()).reserved == Position.objects.get().margin
    assert check_ledger() is None
    assert settle_to(season, 6) == 0


def test_a_crash_in_the_middle_of_settling_leaves_nothing_and_the_next_try_books_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = slow_contest(tmp_path, {5: DIP}, says(waiting()))
    play(season, 1)
    record_funding(season, [FundingRate("BTC", START_MS + 6 * MINUTE_MS, 10_000, 100 * SCALE)])
    real = settlement_books.book_changes

    def killed(*arguments: object) -> int:
        real(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    before = portfolio(account()), Season.objects.get().replay_head
    monkeypatch.setattr(settlement, "book_changes", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        settle_to(season, 8)
    assert (portfolio(account()), Season.objects.get().replay_head) == before
    assert not Fill.objects.exists()
    monkeypatch.undo()
    assert settle_to(season, 8) == 1
    assert (Fill.objects.count(), Order.objects.get().state) == (1, "filled")


def test_funding_is_booked_once_with_one_entry_and_stands_in_position_trade_and_standing(
    tmp_path: Path,
) -> None:
    season = slow_contest(tmp_path, {}, says(small()), says(), says(close()))
    play(season, 1)
    instants = [START_MS + minute * MINUTE_MS for minute in (5, 8)]
    record_funding(season, [FundingRate("BTC", at_ms, 10_000, 100 * SCALE) for at_ms in instants])
    free = portfolio(account()).available
    assert settle_to(season, 5) == 1
    assert settle_to(season, 5) == 0
    payment, held = FundingPayment.objects.get(), Position.objects.get()
    assert payment.amount == -held.qty * 100 * 10_000 // SCALE
    assert (held.funding, portfolio(account()).available) == (payment.amount, free + payment.amount)
    entry = JournalEntry.objects.get(kind="funding")
    assert entry.reference == f"funding:{season}:{instants[0]}"
    play(season, 2)
    assert FundingPayment.objects.count() == 2
    total = sum(FundingPayment.objects.values_list("amount", flat=True))
    assert Standing.objects.get().funding == total
    assert Position.objects.get().qty == 0
    assert check_ledger() is None


def test_a_reversal_closes_and_opens_with_an_order_of_each(tmp_path: Path) -> None:
    sell = replace(small(), action=Action.SELL, stop_loss=105 * SCALE, take_profit=90 * SCALE)
    season = slow_contest(tmp_path, {}, says(small()), says(sell), says(replace(sell, reverse=True)))
    play(season, 2)
    assert [(fill.side, fill.lifecycle) for fill in Fill.objects.order_by("seq")] == [(1, 1)]
    play(season, 1)
    rows = Fill.objects.order_by("market_ms", "seq").values_list("side", "lifecycle", "seq")
    assert list(rows) == [(1, 1, 1000), (-1, 1, 1000), (-1, 2, 1001)]
    assert set(Order.objects.values_list("state", "reduce_only")) == {("filled", False), ("filled", True)}
    assert (Position.objects.get().side, check_ledger()) == (-1, None)


@pytest.mark.parametrize(("kind", "qty"), [("cancel", True), ("flatten", False)])
def test_a_command_is_carried_out_at_the_first_tick_and_says_when(
    tmp_path: Path, kind: str, *, qty: bool
) -> None:
    season = slow_contest(tmp_path, {}, says(small()), says(waiting(97)))
    play(season, 2)
    Command.objects.create(feed=season, scope="global", kind=kind, asked_by="ann", asked_wall_ms=1)
    settle_to(season, 9)
    assert Command.objects.get().effective_ms is not None
    states = dict(Order.objects.values_list("type", "state"))
    assert states["limit"] == "canceled"
    assert bool(Position.objects.get().qty) is qty
    assert Fill.objects.filter(kind="flatten").exists() is not qty
    own = portfolio(account())
    assert own.reserved == sum(held.margin for held in own.positions)
    assert check_ledger() is None


def test_the_paper_engine_leaves_accounts_at_real_venues_alone(tmp_path: Path) -> None:
    season = slow_contest(tmp_path, {4: (100, 100, 80, 85)}, says(small()), says(close()))
    play(season, 1)
    owner = TradingAccount.objects.get(id=account())
    VenueAccount.objects.create(
        account=owner, feed=season, venue="aster", profile="testnet", created_wall_ms=1
    )
    record_funding(season, [FundingRate("BTC", START_MS + 5 * MINUTE_MS, 10_000, 100 * SCALE)])
    play(season, 1)
    assert Position.objects.get().qty > 0
    assert not FundingPayment.objects.exists()
    assert sorted(Order.objects.values_list("state", flat=True)) == ["filled", "intent"]
