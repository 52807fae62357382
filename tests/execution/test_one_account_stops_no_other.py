"""The rings: one account whose season or venue fails, or hangs, stops no other."""

from typing import Any

import pytest

from config import execution
from config.wiring import WORLD
from tests.factories.live_orders import stage
from trading import models
from trading.selectors.venues import VenueFacts
from trading.services.outbox_unserved import deny_unserved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _three_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve three accounts whose desks are their names, with a process that holds keys."""
    facts = [VenueFacts(name, name, "aster", "live", "isolated", True, False) for name in "abc"]
    monkeypatch.setattr(execution, "may_open_venue_keys", lambda: True)
    monkeypatch.setattr(execution, "served_accounts", lambda: list(facts))
    monkeypatch.setattr(execution, "_first", {})
    monkeypatch.setattr(execution, "_desk", _desk)


def _desk(facts: VenueFacts, _venue: Any, _world: Any) -> Any:
    if facts.feed == "b":
        raise LookupError("season b cannot be read")
    return facts.account_id


def _open(_facts: VenueFacts, _world: Any) -> Any:
    return "a venue"


def _ring(done: list[Any], last: list[str]) -> None:
    execution._for_each("trial", done.append, WORLD, lambda: last.append("last"), _open)


def test_an_account_whose_season_cannot_be_read_stops_no_other() -> None:
    done: list[Any] = []
    last: list[str] = []
    with pytest.raises(LookupError):
        _ring(done, last)
    assert (done, last) == (["a", "c"], ["last"])
    found: list[Any] = list(execution.desks(WORLD, _open))
    assert found == ["a", "c"]


def test_another_account_comes_first_at_each_ring() -> None:
    firsts = []
    for _ in range(3):
        done: list[Any] = []
        with pytest.raises(LookupError):
            _ring(done, [])
        firsts.append(done[0])
    assert firsts == ["a", "c", "c"]


def test_a_ring_that_takes_too_long_leaves_the_rest_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    times = iter([0.0, 1_000.0, 0.0, 1.0, 1_000.0])
    monkeypatch.setattr(execution, "monotonic", lambda: next(times))
    _ring(done, [])
    assert done == ["a"]
    with pytest.raises(LookupError):
        _ring(done, [])
    assert done == ["a", "c"]


def test_a_season_that_cannot_be_read_lets_the_other_accounts_orders_end() -> None:
    bad, good = stage("bad"), stage("good")
    orders = [scene.decide() for scene in (bad, good)]
    models.VenueAccount.objects.filter(account_id=bad.desk.account_id).update(feed="unreadable")

    def lateness(feed: str) -> int:
        if feed == "unreadable":
            raise LookupError(feed)
        return 1

    with pytest.raises(LookupError):
        deny_unserved(good.clock() + 10_000, lateness)
    states = dict(models.Order.objects.values_list("id", "state"))
    assert [states[order] for order in orders] == ["intent", "denied"]
