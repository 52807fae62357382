"""The list of requests in the docs is what the adapter makes: recorded at the server, compared both ways."""

from collections.abc import Callable
from typing import Any

import pytest

from kernel.units import SCALE
from tests.factories.venue_server import Request, VenueServer
from tests.venues.desk import ON_SERVER, account_on, approved, order_id, wall_ms
from tests.venues.requests_doc import DOC, rewritten
from trading.adapters.ccxt_live import DIALECTS
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.domain.terms import Terms

Call = tuple[str, str, str]


def _life(account: LiveAccount) -> list[Callable[[], Any]]:
    """Return everything that an account at a venue can be asked for."""
    since = wall_ms() - 60_000
    limit = Terms("limit", 50_000 * SCALE, "gtc")
    return [
        account.fetch_time,
        account.fetch_permissions,
        lambda: account.prepare("BTC", 3, "isolated"),
        lambda: account.submit(approved(1), "market", None, None),
        lambda: account.submit(approved(2, terms=limit), "limit", 50_000 * SCALE, None),
        lambda: account.submit(approved(3, side=-1, reduce_only=True), "stop", None, 55_000 * SCALE),
        lambda: account.find_order(order_id(9), "BTC", since),
        lambda: [account.cancel(order) for order in account.fetch_open_orders(())],
        lambda: account.fetch_fills(("BTC",), since),
        account.fetch_positions,
        account.fetch_balance,
        lambda: account.fetch_income(since),
        lambda: account.hold_dead_man(60_000),
        lambda: account.tongue.fees("BTC"),
        lambda: account.tongue.chosen("BTC"),
        getattr(account.tongue, "hedged", bool),
    ]


def _call(request: Request) -> Call:
    action = request.params.get("action", request.params)
    hyperliquid = request.venue == "hyperliquid"
    return request.method, request.path, str(action.get("type", "")) if hyperliquid else ""


def _listed(account: LiveAccount, venue: str) -> set[Call]:
    urls = account.tongue.client.urls["api"]
    found = set()
    for each in DIALECTS[venue].table.values():
        base = urls[each.api].split("/", 3)
        prefix = f"/{base[3]}/" if len(base) > 3 else "/"
        found.add((each.method, prefix + each.path, each.word))
    return found


@pytest.mark.parametrize("venue", ON_SERVER)
def test_an_account_makes_exactly_the_requests_that_are_listed(venue: str) -> None:
    with VenueServer() as server:
        account = account_on(server, venue)
        for step in _life(account):
            step()
        assert {_call(each) for each in server.requests} == _listed(account, venue)
        assert {each.venue for each in server.requests} == {venue}


def test_all_four_venues_are_served() -> None:
    assert set(ON_SERVER) == set(DIALECTS)


def test_the_page_lists_them() -> None:
    text = DOC.read_text()
    assert text == rewritten(text), "run: .venv/bin/python -m tests.venues.requests_doc"
