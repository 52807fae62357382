"""What an account at a venue would send, without sending or signing it: for the preflight and the docs."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kernel.units import SCALE, Rounding, mul_div, round_to_step
from trading.adapters.ccxt_live.codes import WORDS
from trading.adapters.ccxt_live.dialects import dialect_of
from trading.adapters.ccxt_live.endpoints import Endpoint, Table
from trading.adapters.ccxt_live.errors import TroubleError
from trading.adapters.ccxt_live.gate import Gate
from trading.adapters.ccxt_live.legs import CONDITIONAL, Leg
from trading.adapters.ccxt_live.markets import Listed
from trading.adapters.ccxt_live.opening import tongue_of
from trading.adapters.ccxt_live.tongue import Tongue
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.adapters.ccxt_live.wire import Unlimited, Wire
from trading.domain.terms import LIMIT, MARKET, STOP, TAKE_PROFIT
from trading.domain.venue import VenueOrder

_ID: Final = "0123456789abcdef" * 2
_OF_THE_ACCOUNT: Final = frozenset({"user"})
HIDDEN: Final = "(the account's)"


class Rehearsed(NamedTuple):
    """One request that would leave: what for, where to, with what, and whether it would be signed."""

    what: str
    method: str
    url: str
    params: dict[str, Any]
    signed: bool


_EMPTY: Final[dict[str, Any]] = {
    "config": [],
    "margin_mode": {},
    "leverage": {},
    "dead_man": {},
    "open": [],
    "open_triggers": [],
    "history": [],
}
"""Answers of a venue that knows nothing yet, so that the requests that follow are noted too."""


class _Note(Wire):
    """Notes requests and sends none; what has no empty answer is answered by 'not found'."""

    def __init__(self, client: Any, venue: str, table: Table) -> None:
        super().__init__(client, Gate(venue, table, None), table, WORDS[venue], Unlimited())
        self.noted: list[tuple[Endpoint, dict[str, Any]]] = []

    def ask(
        self,
        name: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,  # noqa: ARG002 - nothing is paid for
        signed_ms: int | None = None,  # noqa: ARG002 - nothing is signed
    ) -> Any:
        # A nonce belongs to a signature, and nothing is signed here.
        told = {key: value for key, value in (params or {}).items() if key != "nonce"}
        self.noted.append((self._table[name], told))
        if name in _EMPTY:
            return _EMPTY[name]
        raise TroubleError("not_found", "nothing was sent", definite=True, sent=False)

    def act(
        self,
        name: str,
        action: Mapping[str, Any],
        *,
        urgent: bool = False,
        signed_ms: int | None = None,  # noqa: ARG002 - nothing is signed
        window_ms: int = 0,  # noqa: ARG002 - as above
    ) -> Any:
        return self.ask(name, {"action": dict(action)}, urgent=urgent)


def rehearse(account: LiveAccount, symbol: str, profile: str, price: int) -> list[Rehearsed]:
    """Return the requests of an order's life on a symbol at this price, as they would leave, unsigned.

    Asks the venue for its list of markets where that is not known yet, and for nothing else.
    """
    listed = account.listing().by_symbol[symbol]
    client, dialect = account.tongue.client, dialect_of(account.name)
    table = dialect.table_of(profile)
    found = []
    for what, act in _acts(listed, price):
        note = _Note(client, account.name, table)
        tongue = tongue_of(account.name, note, lambda: 1, dialect.quote)
        tongue.know(account.listing())
        with contextlib.suppress(TroubleError):
            act(tongue)
        found += [_rehearsed(what, each, client) for each in note.noted]
    return found


def _acts(listed: Listed, price: int) -> list[tuple[str, Callable[[Tongue], object]]]:
    symbol = listed.symbol
    smallest = max(listed.min_qty, mul_div(listed.min_notional, SCALE, price, Rounding.UP))
    qty = round_to_step(smallest, listed.lot, Rounding.UP)
    resting = VenueOrder(_ID, "1", symbol, 1, qty, 0, "accepted", False, LIMIT, price, None, 1)

    def placing(kind: str, side: int) -> Callable[[Tongue], object]:
        return lambda tongue: tongue.place(_leg(listed, kind, side, qty, price), tongue.client.clock())

    return [
        ("set leverage and margin mode", lambda tongue: tongue.prepare(symbol, 1, "isolated")),
        ("buy at the market", placing(MARKET, 1)),
        ("buy at a limit", placing(LIMIT, 1)),
        ("stop", placing(STOP, -1)),
        ("take profit", placing(TAKE_PROFIT, -1)),
        ("find an order", lambda tongue: tongue.find(_ID, symbol, 0)),
        ("cancel an order", lambda tongue: tongue.cancel(resting)),
        ("look at positions", lambda tongue: tongue.positions()),
        ("look at the balance", lambda tongue: tongue.balance()),
        ("hold the dead man's switch", lambda tongue: tongue.hold(frozenset({symbol}), 60_000)),
    ]


def _leg(listed: Listed, kind: str, side: int, qty: int, price: int) -> Leg:
    on_tick = round_to_step(price, listed.tick_at(price), Rounding.DOWN)
    prefix = "0x" if listed.digits >= 0 else ""
    return Leg(
        order_id=prefix + _ID,
        listed=listed,
        side=side,
        qty=qty,
        kind=kind,
        price=on_tick if kind == LIMIT else None,
        trigger=on_tick if kind in CONDITIONAL else None,
        immediate=False,
        post_only=False,
        reduce_only=kind in CONDITIONAL,
        trail=0,
        guide=on_tick,
    )


def _rehearsed(what: str, noted: tuple[Endpoint, dict[str, Any]], client: Any) -> Rehearsed:
    endpoint, params = noted
    base = client.implode_hostname(client.urls["api"][endpoint.api])
    shown = {name: HIDDEN if name in _OF_THE_ACCOUNT else value for name, value in params.items()}
    return Rehearsed(what, endpoint.method, f"{base}/{endpoint.path}", shown, endpoint.signed)
