"""A later decision on a symbol takes the place of what waits there; who leaves takes along what waits."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from accounts.models import JournalEntry
from accounts.selectors import check_ledger
from arena.models import Contestant, Round, Season
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.services.seasons import set_contestant_status, set_season_status
from arena.services.stages import release_leases
from kernel.units import SCALE
from tests.factories.contests import (
    buy,
    close,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    write_tape,
)
from tests.factories.kills import KilledError, killed_at
from trading.domain.decisions import Action, Decision
from trading.domain.terms import Terms
from trading.models import Command, Fill, Order, Position
from trading.selectors import open_counts, portfolio

pytestmark = pytest.mark.django_db(transaction=True)


def waiting(price: float = 97, symbol: str = "BTC", **changes: object) -> Decision:
    """Return a purchase of 2 % of equity at a limit, good till cancelled."""
    terms = Terms("limit", round(price * SCALE), "gtc")
    return replace(buy(symbol, 90, 110), size=SCALE // 50, terms=terms, **changes)  # type: ignore[arg-type]


def contest(folder: Path, *answers: str, slug: str = "cup") -> str:
    """Open a contest of one who plays these answers, a round a minute."""
    roster = [scripted("ann", *answers)]
    return open_contest(roster, f"tape:{write_tape(folder)}", slug=slug, symbols=("BTC",))


def ends() -> list[tuple[str, str]]:
    """Return state and reason of every order, as they were placed."""
    return list(Order.objects.order_by("market_ms", "reduce_only").values_list("state", "reason"))


def assert_sound(account: str) -> None:
    """Check ledger, audit, and that nothing but margins and waiting orders is reserved."""
    own = portfolio(account)
    left = sum(Order.objects.filter(account_id=account).values_list("reserved", flat=True))
    assert own.reserved == left + sum(held.margin for held in own.positions)
    assert check_ledger() is None
    assert [finding for finding in audit() if finding.problem] == []


@pytest.mark.parametrize(
    "later",
    [
        waiting(96),
        replace(buy(stop=90, target=110), size=SCALE // 50),
        replace(buy(stop=110, target=90), action=Action.SELL, size=SCALE // 50),
    ],
)
def test_a_later_opening_takes_the_place_of_what_waits(tmp_path: Path, later: Decision) -> None:
    season = contest(tmp_path, says(waiting()), says(later))
    play(season, 2)
    (first, second) = Order.objects.order_by("market_ms")
    assert (first.state, first.reason, first.reserved, first.filled) == ("canceled", "replaced", 0, 0)
    assert second.state == ("accepted" if later.terms.price else "filled")
    assert JournalEntry.objects.filter(reference=f"release:{first.pk}").count() == 1
    assert_sound(first.account_id)


def test_a_close_ends_what_waits_beside_the_position(tmp_path: Path) -> None:
    season = contest(tmp_path, says(replace(buy(stop=90), size=SCALE // 50)), says(waiting()), says(close()))
    play(season, 2)
    assert ends() == [("filled", ""), ("accepted", "")]
    play(season, 1)
    assert ends() == [("filled", ""), ("canceled", "replaced"), ("filled", "")]
    assert_sound(Contestant.objects.get().account_id)


def test_a_close_without_a_position_ends_what_waits_and_is_no_refusal(tmp_path: Path) -> None:
    season = contest(tmp_path, says(waiting()), says(close()), says(close()))
    play(season, 3)
    assert ends() == [("canceled", "replaced")]
    account = Contestant.objects.get().account_id
    assert portfolio(account).available == 10_000 * SCALE
    assert_sound(account)


def test_what_waits_elsewhere_and_what_is_denied_replaces_nothing(tmp_path: Path) -> None:
    season = contest(tmp_path, says(waiting()), says(buy(leverage=50)), says(Decision(Action.HOLD, "BTC")))
    play(season, 3)
    assert ends() == [("accepted", "")]


def test_a_limit_of_the_largest_size_may_be_moved(tmp_path: Path) -> None:
    """The rules do not count what the decision would replace: not as size, not as free money."""
    large = replace(waiting(), size=SCALE // 5)
    season = contest(tmp_path, says(large), says(replace(large, terms=waiting(96).terms)), says(large))
    play(season, 3)
    assert ends() == [("canceled", "replaced"), ("canceled", "replaced"), ("accepted", "")]
    assert_sound(Contestant.objects.get().account_id)


def test_a_partly_filled_order_keeps_what_it_filled_and_counts_as_one_opening(tmp_path: Path) -> None:
    """At so much capital the levels up to the limit hold a part of the order only."""
    large = replace(waiting(100.05), size=SCALE // 5)
    roster = [scripted("ann", says(large))]
    season = open_contest(roster, f"tape:{write_tape(tmp_path)}", symbols=("BTC",), capital=600_000)
    play(season, 1)
    order = Order.objects.get()
    assert (order.state, 0 < order.filled < order.qty) == ("partially_filled", True)
    assert open_counts(season, order.market_ms) == {order.account_id: (1, 1)}
    set_season_status(season, "finished", 1_000)
    filled = order.filled
    order.refresh_from_db()
    assert (order.state, order.reason, order.reserved) == ("canceled", "season_over", 0)
    assert Fill.objects.get().qty == Position.objects.get().qty == order.filled == filled
    assert open_counts(season, order.market_ms) == {order.account_id: (1, 1)}
    assert_sound(order.account_id)


def test_cut_off_before_any_statement_it_is_replaced_once(tmp_path: Path) -> None:
    answers = [says(waiting()), says(waiting(96)), says(close()), says(waiting(95)), says(buy(stop=90))] * 4
    calm = contest(tmp_path, *answers, slug="calm")
    play(calm, 12)
    season = contest(tmp_path, *answers)
    number = 0
    while (closed := Season.objects.get(id=season).rounds_closed) < 12:
        with suppress(KilledError), killed_at(number % 60):
            play_next_round(ports_for(season), season)
        release_leases()
        number += 1
        if number % 60 == 0:
            play(season, 1)
    heads = set(Season.objects.values_list("replay_head", "rounds_closed"))
    assert (len(heads), closed) == (1, 12)
    for feed in (calm, season):
        rows = Order.objects.filter(feed=feed).order_by("market_ms", "reduce_only")
        assert "replaced" in set(rows.values_list("reason", flat=True))
    assert len(ends()) % 2 == 0
    for account in Contestant.objects.values_list("account_id", flat=True):
        assert_sound(account)


@pytest.mark.parametrize("status", ["paused", "retired"])
def test_pausing_and_retiring_end_what_waits(tmp_path: Path, status: str) -> None:
    season = contest(tmp_path, says(waiting()))
    play(season, 1)
    set_contestant_status(Contestant.objects.get().id, status)
    set_contestant_status(Contestant.objects.get().id, status)
    play(season, 2)
    order = Order.objects.get()
    assert (order.state, order.reason) == ("canceled", status)
    assert Command.objects.count() == 1
    assert not Command.objects.filter(effective_ms=None).exists()
    assert_sound(order.account_id)


def test_resuming_places_nothing_again(tmp_path: Path) -> None:
    season = contest(tmp_path, says(waiting()))
    play(season, 1)
    set_contestant_status(Contestant.objects.get().id, "paused")
    set_contestant_status(Contestant.objects.get().id, "playing")
    play(season, 4)
    assert ends() == [("canceled", "paused")]
    assert_sound(Order.objects.get().account_id)


@pytest.mark.parametrize(("status", "ended"), [("paused", ["paused"]), ("retired", ["replaced", "retired"])])
def test_who_leaves_in_mid_round_leaves_nothing_waiting(
    tmp_path: Path, status: str, ended: list[str]
) -> None:
    season = contest(tmp_path, says(waiting()), says(waiting(96)))
    play(season, 1)
    number = 0
    while not Round.objects.filter(number=2, stage="answered").exists():
        with suppress(KilledError), killed_at(number):
            play_next_round(ports_for(season), season)
        release_leases()
        number += 1
    set_contestant_status(Contestant.objects.get().id, status)
    play(season, 3)
    # Of who is paused nothing new is placed; of who retires in mid round what was decided still is.
    assert ends() == [("canceled", reason) for reason in ended]
    assert_sound(Contestant.objects.get().account_id)


def test_the_end_of_a_season_ends_what_waits(tmp_path: Path) -> None:
    season = contest(tmp_path, says(waiting()))
    play(season, 1)
    set_season_status(season, "finished", 1_000)
    set_season_status(season, "finished", 2_000)
    assert ends() == [("canceled", "season_over")]
    account = Contestant.objects.get().account_id
    assert portfolio(account).available == 10_000 * SCALE
    assert_sound(account)


def test_the_end_of_the_tape_ends_what_waits(tmp_path: Path) -> None:
    season = contest(tmp_path, says(waiting()))
    play(season, 60)
    assert Season.objects.get().status == "finished"
    assert ends() == [("canceled", "season_over")]
