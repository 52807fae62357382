"""Reading what venues keep: pages without gaps, permissions from the key itself, switches that hold."""

from itertools import pairwise
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from kernel.time import HOUR_MS
from kernel.units import SCALE
from tests.factories.venue_server import VenueServer
from tests.venues.desk import KEYS, TAKEN, account_on, approved, scripted, wall_ms
from trading.adapters.ccxt_live import grant_permit, open_venue
from trading.adapters.ccxt_live.reading import MOST_MS, WEEK_MS, Pages, Row
from trading.domain.permissions import objection_to
from trading.domain.venue import Acknowledged, Permissions, Unclear
from trading.ports import VenueUnavailableError


@given(
    times=st.lists(st.integers(0, 3 * WEEK_MS), max_size=40),
    limit=st.integers(8, 12),
    newest_first=st.booleans(),
    crowd=st.integers(0, 6),
)
def test_a_list_in_pages_is_read_whole_and_once(
    times: list[int], limit: int, crowd: int, *, newest_first: bool
) -> None:
    moments = sorted(times + times[:1] * crowd)
    rows: list[Row] = [{"id": number, "time": moment} for number, moment in enumerate(moments)]

    def ask(start: int, end: int) -> tuple[list[Row], bool]:
        found = [row for row in rows if start <= row["time"] <= end]
        page = (found[::-1] if newest_first else found)[:limit]
        return page, len(page) >= limit

    if max((moments.count(each) for each in moments), default=0) < limit:
        read = Pages(ask, "id").read(0, 3 * WEEK_MS)
        assert sorted(row["id"] for row in read) == [row["id"] for row in rows]
        assert [row["time"] for row in read] == moments


def test_a_list_from_a_moment_ahead_of_our_clock_is_asked_for_all_the_same() -> None:
    told = [{"id": 1, "time": 1_000_000}]

    def ask(start: int, end: int) -> tuple[list[Row], bool]:
        return [row for row in told if start <= row["time"] <= end], False

    assert Pages(ask, "id").read(1_000_000, 400_000) == told


@pytest.mark.parametrize("behind_ms", [2 * HOUR_MS, 30 * 24 * HOUR_MS])
def test_hyperliquids_lists_have_no_end_of_ours(behind_ms: int) -> None:
    row = {
        "tid": 5, "oid": 7, "coin": "BTC", "side": "B", "sz": "0.1", "px": "60000", "fee": "2",
        "feeToken": "USDC", "crossed": True, "time": wall_ms(),
    }  # fmt: skip
    with scripted("hyperliquid", {"/info userFillsByTime": [row]}, clock=lambda: wall_ms() - behind_ms) as (
        account,
        script,
    ):
        fills = account.tongue.fills(("BTC",), wall_ms() - 1_000)
    assert [fill.trade_id for fill in fills] == ["5"]
    assert all("endTime" not in each.params for each in script.sent)


def test_a_list_since_ever_is_read_for_a_quarter_of_a_year() -> None:
    asked: list[tuple[int, int]] = []

    def ask(start: int, end: int) -> tuple[list[Row], bool]:
        asked.append((start, end))
        return [], False

    now = 1_800_000_000_000
    assert Pages(ask, "id").read(0, now) == []
    assert asked[0][0] == now - MOST_MS
    assert asked[-1][1] == now
    assert len(asked) == 14
    assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(asked))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Permissions(False, True, True, False)),
        ({"enableFutures": True, "enableWithdrawals": True}, Permissions(True, True, True, False)),
        (
            {
                "enableFutures": True,
                "enableWithdrawals": False,
                "enableInternalTransfer": False,
                "permitsUniversalTransfer": False,
                "ipRestrict": True,
            },
            Permissions(True, False, False, True),
        ),
    ],
)
def test_what_binance_does_not_deny_counts_as_allowed(told: dict[str, Any], expected: Permissions) -> None:
    with scripted("binanceusdm", {"/sapi/v1/account/apiRestrictions": told}) as (account, _):
        assert account.fetch_permissions() == expected


def test_an_agents_key_may_trade_only_and_the_accounts_own_may_all() -> None:
    agent = Account.create()
    owner = Account.create()
    for signer, withdraw in ((agent, False), (owner, True)):
        keys = {"walletAddress": str(owner.address), "privateKey": signer.key.hex()}
        permit = grant_permit("live", "live", True)
        account = open_venue("hyperliquid", keys, permit=permit, profile="live", clock=wall_ms)
        found = account.fetch_permissions()
        assert (found.withdraw, found.transfer) == (withdraw, withdraw)
        assert bool(objection_to(found, has_waiver=True)) is withdraw


@pytest.mark.parametrize("venue", ["aster", "weex"])
def test_a_venue_that_cannot_tell_needs_somebody_who_answers_for_the_key(venue: str) -> None:
    with scripted(venue) as (account, script):
        found = account.fetch_permissions()
        assert objection_to(found, has_waiver=False)
        assert not objection_to(found, has_waiver=True)
        assert account.hold_dead_man(60_000) is False
        assert script.sent == []


def test_the_dead_mans_switch_holds_each_symbol_that_was_touched() -> None:
    with VenueServer() as server:
        account = account_on(server, "binanceusdm")
        assert account.hold_dead_man(60_000)
        account.submit(approved(1), "market", None, None)
        account.prepare("ETH", 2, "cross")
        assert account.hold_dead_man(60_000)
        held = [each.params for each in server.requests if each.path.endswith("countdownCancelAll")]
        assert [(each["symbol"], each["countdownTime"]) for each in held] == [
            ("BTCUSDT", "60000"),
            ("ETHUSDT", "60000"),
        ]


@pytest.mark.parametrize(
    "body", [{}, "nonsense", [1, 2], [{"positionAmt": "NaN"}], [{"positionAmt": "1"}], None]
)
def test_an_answer_that_cannot_be_read_is_nothing_known_and_never_flat(body: Any) -> None:
    answers = {"/fapi/v3/positionRisk": (200, body)}
    with scripted("aster", answers) as (account, _), pytest.raises(VenueUnavailableError):
        account.fetch_positions()


def test_a_nonce_is_never_used_twice() -> None:
    with scripted("aster", {"/fapi/v3/balance": []}, clock=lambda: 1_800_000_000_000) as (account, script):
        for _ in range(50):
            account.fetch_balance()
        nonces = [int(each.params["nonce"]) for each in script.sent]
        assert len(set(nonces)) == 50
        assert nonces == sorted(nonces)


def test_a_position_at_each_margin_is_told_in_full() -> None:
    row = {
        "symbol": "BTCUSDT",
        "positionAmt": "-0.020",
        "entryPrice": "60000.5",
        "leverage": "7",
        "marginType": "isolated",
        "markPrice": "59000.1",
        "liquidationPrice": "0",
    }
    quiet = row | {"symbol": "ETHUSDT", "positionAmt": "0.000"}
    with scripted("aster", {"/fapi/v3/positionRisk": [row, quiet]}) as (account, _):
        (found,) = account.fetch_positions()
    assert found == ("BTC", -2_000_000, 6_000_050_000_000, 7, "isolated", 5_900_010_000_000, None)
    assert KEYS["privateKey"] not in repr(found)
    assert SCALE == 100_000_000


def test_an_old_list_of_markets_stands_in_where_a_new_one_cannot_be_had() -> None:
    now = [1_800_000_000_000]
    with scripted("aster", {"/fapi/v3/order": TAKEN["aster"]}, clock=lambda: now[0]) as (account, script):
        account.listing()
        script.answers["/fapi/v3/exchangeInfo"] = (503, "busy")
        now[0] += 2 * HOUR_MS
        assert isinstance(account.submit(approved(), "market", None, None), Acknowledged)
        assert isinstance(account.submit(approved(2), "market", None, None), Acknowledged)
        lists = [path for _, path in script.calls() if path.endswith("exchangeInfo")]
        assert len(lists) == 2


def test_without_any_list_an_order_is_known_not_to_have_left() -> None:
    with scripted("aster", {"/fapi/v3/exchangeInfo": (503, "busy")}) as (account, script):
        outcome = account.submit(approved(), "market", None, None)
        assert isinstance(outcome, Unclear)
        assert not outcome.sent
        assert script.calls() == [("GET", "/fapi/v3/exchangeInfo")]
