"""What can be set on each house decider: a whole number with a default and bounds, nothing else."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

Knobs = Mapping[str, int]


class Knob(NamedTuple):
    """One setting; the bounds are inclusive."""

    default: int
    low: int
    high: int


SIZINGS: Final = ("fraction", "risk", "kelly", "volatility")
"""What ``sizing`` may name; inside of Knobs it is the place in this row."""

_TRADER: Final = {
    "size_pct": Knob(10, 1, 100),  # fraction: margin of a position, percent of equity
    "sizing": Knob(0, 0, len(SIZINGS) - 1),  # how size follows from the idea (docs/algorithms/sizing.md)
    "risk_bp": Knob(100, 1, 2_000),  # risk: lost at the stop, and Kelly's cap, in 1/10,000 of equity
    "kelly_pct": Knob(25, 1, 100),  # kelly: how much of Kelly's fraction
    "volatility_pct": Knob(40, 1, 1_000),  # volatility: yearly deviation aimed at, percent of equity
    "leverage": Knob(4, 1, 125),
    "min_confidence_pct": Knob(65, 0, 100),  # silent below it; the profile's own threshold still applies
    "max_positions": Knob(3, 1, 50),
    "opens_a_round": Knob(1, 1, 50),
    "pace_offset": Knob(0, 0, 1_000),  # moves its rounds for opening, so that not everybody opens at once
    "stop_atr_pct": Knob(300, 50, 5_000),  # distance of the stop, percent of the ATR
    "target_stop_pct": Knob(200, 10, 1_000),  # distance of the target, percent of the stop's
}

_HOLDER: Final = {
    "exposure_pct": Knob(100, 1, 1_000),  # notional of all positions at the start, percent of equity
    "retry_rounds": Knob(20, 1, 100_000),  # a stopped-out position is bought again at every n-th slot
}

KNOBS: Final[dict[str, dict[str, Knob]]] = {
    "scoring": {**_TRADER, "close_lead": Knob(100, 1, 700)},  # hundredths of a point
    "momentum": {**_TRADER, "pace_offset": Knob(3, 0, 1_000)},
    "mean_reversion": {
        **_TRADER,
        "pace_offset": Knob(6, 0, 1_000),
        "max_positions": Knob(2, 1, 50),
        "stop_atr_pct": Knob(400, 50, 5_000),
    },
    "buy_and_hold": _HOLDER,
    "equal_weight": {**_HOLDER, "drift_pct": Knob(2, 1, 100)},
    "random": {"stop_atr_pct": Knob(300, 50, 5_000), "target_stop_pct": Knob(200, 10, 1_000)},
    "always_flat": {},
}


def read_knobs(kind: str, config: Mapping[str, Any]) -> Knobs:
    """Return every setting of a kind, defaults filled in; raises ValueError naming the one that is wrong."""
    table = KNOBS[kind]
    unknown = sorted(set(config) - set(table))
    if unknown:
        known = ", ".join(table) or "nothing"
        raise ValueError(f"{kind} has no setting {unknown[0]!r}; it takes {known}")
    config = {name: _number_of(name, value) for name, value in config.items()}
    for name, value in config.items():
        low, high = table[name].low, table[name].high
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"{kind}: {name} must be a whole number from {low} to {high}, not {value!r}")
    return {name: config.get(name, knob.default) for name, knob in table.items()}


def _number_of(name: str, value: Any) -> Any:
    """Return a named sizing as its number; anything else as it is."""
    if name != "sizing":
        return value
    if value not in SIZINGS or not isinstance(value, str):
        raise ValueError(f"sizing must be one of {', '.join(SIZINGS)}, not {value!r}")
    return SIZINGS.index(value)
