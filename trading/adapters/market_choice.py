"""From a specification (`ARENA_MARKET`, `--market`) to a market."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple, cast
from urllib.parse import parse_qsl

from trading.adapters.ccxt_public import VENUES, CcxtPublicMarket, MakeClient, first_reachable, make_client
from trading.adapters.simulated import SimulatedMarket
from trading.adapters.tape import open_tape
from trading.adapters.tape.table import Stamp, Volume
from trading.ports import MarketData, MarketError, TapeError

SPECS: Final = "auto, simulated, tape:FILE[,FILE] or ccxt:VENUE"

_SWITCHES: Final = {"stamp": ("open", "close"), "volume": ("quote", "base", "none"), "allow_gaps": ("0", "1")}


LIVE_ANSWER_MS: Final = 10_000
"""How long a venue that was chosen may take for one answer."""


class UnknownMarketError(MarketError, ValueError):
    """A specification that names no market."""


class _TapeChoice(NamedTuple):
    paths: list[Path]
    stamp: Stamp
    volume: Volume
    allow_gaps: bool


def open_market(  # noqa: PLR0913 - one argument for each thing a person can say about a market
    spec: str,
    *,
    seed: int,
    symbols: tuple[str, ...],
    start_ms: int,
    clock: Callable[[], int],
    stamp: Stamp = "open",
    volume: Volume = "none",
    allow_gaps: bool = False,
    timeout_s: float = 3.0,
    make: MakeClient = make_client,
) -> MarketData:
    """Return the market a specification names.

    ``auto`` is the first venue that answers within ``timeout_s``, else the simulated market, which then says
    so in its label. A tape's list of files may end in ?stamp=close&volume=quote&allow_gaps=1, which outranks
    the arguments. Raises UnknownMarketError for a specification that is none, TapeError for a tape that is
    refused. ``make`` makes the clients by which venues are asked.
    """
    kind, _, rest = spec.partition(":")
    if kind == "tape" and rest:
        choice = _tape_choice(rest, _TapeChoice([], stamp, volume, allow_gaps))
        return open_tape(choice.paths, stamp=choice.stamp, volume=choice.volume, allow_gaps=choice.allow_gaps)
    if kind == "ccxt" and rest in VENUES:
        return CcxtPublicMarket(rest, symbols, make(rest, LIVE_ANSWER_MS), clock=clock)
    if spec not in {"auto", "simulated"}:
        raise UnknownMarketError(f"market {spec!r} is not one of {SPECS} (venues: {', '.join(VENUES)})")
    live = first_reachable(symbols, clock=clock, timeout_s=timeout_s, make=make) if spec == "auto" else None
    if live is not None:
        return live
    label = "simulated market (no venue answered)" if spec == "auto" else ""
    return SimulatedMarket(seed=seed, symbols=symbols, start_ms=start_ms, label=label)


def _tape_choice(text: str, otherwise: _TapeChoice) -> _TapeChoice:
    files, _, query = text.partition("?")
    switches = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in switches.items():
        if value not in _SWITCHES.get(name, ()):
            known = ", ".join(f"{key}={'|'.join(values)}" for key, values in _SWITCHES.items())
            raise TapeError(f"{name}={value} is no setting of a tape; use {known}")
    return _TapeChoice(
        [Path(name) for name in files.split(",") if name],
        cast("Stamp", switches.get("stamp", otherwise.stamp)),
        cast("Volume", switches.get("volume", otherwise.volume)),
        switches["allow_gaps"] == "1" if "allow_gaps" in switches else otherwise.allow_gaps,
    )
