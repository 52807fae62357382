"""Opening a venue: with leave and keys for an account, without either for what everybody may see."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from trading.adapters.ccxt_live.codes import WORDS
from trading.adapters.ccxt_live.dialects import check_profile, dialect_of
from trading.adapters.ccxt_live.fapi import FapiTongue
from trading.adapters.ccxt_live.gate import Gate
from trading.adapters.ccxt_live.hyperliquid import HyperliquidTongue
from trading.adapters.ccxt_live.permit import LIVE, TESTNET, Permit, PermitRefusedError
from trading.adapters.ccxt_live.tongue import Tongue
from trading.adapters.ccxt_live.venue import LiveAccount
from trading.adapters.ccxt_live.weex import WeexTongue
from trading.adapters.ccxt_live.wire import Budget, Unlimited, Wire
from trading.ports import VenueRefusedError

TIMEOUT_MS: Final = 10_000

SettleClient = Callable[[Any], None]
"""Gets the client once it is made; tests lead its transport to a venue of their own."""


class _Way(NamedTuple):
    clock: Callable[[], int]
    timeout_ms: int
    budget: Budget | None
    settle: SettleClient | None


def open_venue(  # noqa: PLR0913 - agreed with those who call it, all of it by name
    name: str,
    credentials: Mapping[str, str],
    *,
    permit: Permit,
    profile: str,
    clock: Callable[[], int],
    timeout_ms: int = TIMEOUT_MS,
    budget: Budget | None = None,
    client_settings: SettleClient | None = None,
) -> LiveAccount:
    """Return an account at a venue. ``budget`` is shared by all processes that ask this venue.

    Raises PermitRefusedError where the permit is for another profile, VenueRefusedError for an unknown venue,
    one without a testnet, and credentials that lack a field. Fields the venue does not have are not used.
    """
    dialect = dialect_of(name)
    check_profile(name, profile)
    if not isinstance(permit, Permit) or permit.profile != profile:
        raise PermitRefusedError(f"the leave given is not one for a {profile} account at {name}")
    missing = [key for key in dialect.keys if not credentials.get(key)]
    if missing:
        raise VenueRefusedError(f"{dialect.name} needs its key's {', '.join(missing)}, which is not there")
    known = {key: credentials[key] for key in dialect.keys}
    return _opened(name, known, permit, profile, _Way(clock, timeout_ms, budget, client_settings))


def open_public(
    name: str,
    *,
    profile: str = LIVE,
    clock: Callable[[], int],
    timeout_ms: int = TIMEOUT_MS,
    budget: Budget | None = None,
    client_settings: SettleClient | None = None,
) -> LiveAccount:
    """Return a venue without keys: its clock and list can be asked, nothing signed can leave."""
    dialect_of(name)
    check_profile(name, profile)
    return _opened(name, {}, None, profile, _Way(clock, timeout_ms, budget, client_settings))


def _opened(
    name: str, credentials: Mapping[str, str], permit: Permit | None, profile: str, way: _Way
) -> LiveAccount:
    dialect = dialect_of(name)
    making = importlib.import_module("trading.adapters.ccxt_live.client")  # loads requests, and then ccxt
    table = dialect.table_of(profile)
    gate = Gate(name, table, permit)
    client = making.make_client(
        name,
        dialect,
        credentials,
        gate,
        testnet=profile == TESTNET,
        timeout_ms=way.timeout_ms,
        clock=way.clock,
    )
    if way.settle is not None:
        way.settle(client)
    wire = Wire(client, gate, table, WORDS[name], way.budget or Unlimited())
    return LiveAccount(name, tongue_of(name, wire, way.clock, dialect.quote), way.clock)


def tongue_of(name: str, wire: Wire, clock: Callable[[], int], quote: str) -> Tongue:
    """Return the dialect of a venue over a wire."""
    if name == "weex":
        return WeexTongue(wire, clock, quote)
    if name == "hyperliquid":
        return HyperliquidTongue(wire, clock, quote)
    return FapiTongue(name, wire, clock, quote)
