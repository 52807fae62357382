"""The switch turned after review and before the venue: what opens is denied, what closes goes through."""

from dataclasses import replace
from pathlib import Path

import pytest

from arena.models import Contestant, Round
from arena.ports import Ports
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.services.stages import release_leases
from contracts.adapters.none import NoChain
from contracts.ports import ProofReceipt
from tests.factories.contests import (
    buy,
    close,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    story_of,
    write_tape,
)
from trading.domain.orders import ApprovedOrder, Rejected
from trading.models import Order
from trading.services import set_trading_level

pytestmark = pytest.mark.django_db


class TurningChain(NoChain):
    """While it takes a round's root, after review and before the intents, the operator turns the switch."""

    def __init__(self, level: str) -> None:
        self.level = level

    def commit_root(self, round_id: str, root: str) -> ProofReceipt:
        """Turn the switch, then answer as ever."""
        set_trading_level(self.level, "a test", "tester", 1)
        return super().commit_root(round_id, root)


class LostVenue:
    """A venue that breaks off at its first order."""

    def submit(self, order: ApprovedOrder, *_rest: object) -> Rejected:
        """Fail."""
        raise ConnectionError(f"nothing was heard of {order.order.client_order_id}")


def open_duel(folder: Path) -> str:
    """Open a contest in whose second round ann closes what bob would open; the first is played."""
    roster = [
        scripted("ann", says(buy()), says(close()), says(buy())),
        scripted("bob", says(), says(buy()), says(), says(buy())),
    ]
    season = open_contest(roster, f"tape:{write_tape(folder)}")
    play(season, 1)
    return season


def turning(season: str, level: str, **changes: object) -> Ports:
    """Return the season's ports with a switch that is turned in mid-round."""
    return replace(ports_for(season), chain=TurningChain(level), **changes)  # type: ignore[arg-type]


def orders(slug: str) -> list[tuple[str, str, bool]]:
    """Return state, reason and whether it only reduces of each of a contestant's orders, in order."""
    rows = Order.objects.filter(account__in=accounts(slug)).order_by("market_ms")
    return list(rows.values_list("state", "reason", "reduce_only"))


def accounts(slug: str) -> list[str]:
    """Return a contestant's account."""
    return [row.account_id for row in Contestant.objects.filter(slug=slug)]


def problems() -> list[str]:
    """Return what the audit says; R1 is the replay chain."""
    return [f"{finding.invariant}: {finding.problem}" for finding in audit() if finding.problem]


@pytest.mark.parametrize("level", ["reducing", "halted"])
def test_what_opens_is_denied_and_what_closes_goes_through(tmp_path: Path, level: str) -> None:
    season = open_duel(tmp_path)
    assert play_next_round(turning(season, level), season) is not None
    assert orders("ann") == [("filled", "", False), ("filled", "", True)]
    assert orders("bob") == [("denied", "kill_switch", False)]
    assert [row[1] for row in story_of("ann")["fills"]] == [1, -1]
    assert story_of("bob")["fills"] == []
    assert [row[6:8] for row in story_of("bob")["decisions"]] == [("approved", "")]
    assert problems() == []


@pytest.mark.parametrize("level", ["reducing", "halted"])
def test_after_the_switch_is_turned_back_the_denied_stay_denied(tmp_path: Path, level: str) -> None:
    season = open_duel(tmp_path)
    play_next_round(turning(season, level), season)
    set_trading_level("active", "a test", "tester", 2)
    assert len(play(season, 2)) == 2
    assert [row[0] for row in orders("bob")] == ["denied", "filled"]
    assert [row[0] for row in orders("ann")] == ["filled", "filled", "filled"]
    assert problems() == []


def test_a_round_cut_off_after_the_denial_executes_no_denied_order_later(tmp_path: Path) -> None:
    season = open_duel(tmp_path)
    lost = turning(season, "reducing", venue=LostVenue())
    with pytest.raises(ConnectionError, match="nothing was heard of"):
        play_next_round(lost, season)
    assert Round.objects.get(number=2).stage == "ordered"
    assert orders("ann")[1][0] == "intent"
    set_trading_level("active", "a test", "tester", 2)
    release_leases()
    assert play(season, 1)[0].number == 2
    assert orders("ann")[1][0] == "filled"
    assert orders("bob") == [("denied", "kill_switch", False)]
    assert problems() == []


def test_the_switch_turned_after_the_intents_comes_too_late_for_them(tmp_path: Path) -> None:
    season = open_duel(tmp_path)
    with pytest.raises(ConnectionError, match="nothing was heard of"):
        play_next_round(turning(season, "active", venue=LostVenue()), season)
    set_trading_level("reducing", "a test", "tester", 2)
    release_leases()
    play(season, 1)
    assert orders("bob") == [("filled", "", False)]
    assert problems() == []
