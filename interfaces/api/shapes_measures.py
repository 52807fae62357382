"""JSON forms of measures of performance: a figure with its unit and sample, or why it is missing."""

from typing import Any, Final

from arena.domain.measures import QUALIFICATIONS, UNITS, Measures
from interfaces.api.shape import COUNT, MOMENT, MONEY, TEXT, Kind, Schema, Shape, choice, many, object_schema
from interfaces.measure_words import MEASURES, why_not
from kernel.units import format_units
from trading.domain.performance_curve import DayResult
from trading.domain.performance_figures import REASONS, Figure

_TEXT_UNITS: Final = frozenset({"usdt", "ratio", "factor", "bp"})

FIGURE_SCHEMA: Final[Schema] = object_schema(
    {
        "value": {
            "description": "An exact decimal string in units usdt, ratio, factor and bp (a ratio: 0.0001 is "
            "one basis point); a number in units statistic, ms and count; null where not available.",
            "anyOf": [{"type": "string", "format": "decimal"}, {"type": "number"}, {"type": "null"}],
        },
        "unit": {"type": "string", "enum": sorted(set(UNITS.values()))},
        "sample": {"type": "integer", "description": "How many hours, trades, orders or points it is from."},
        "standard_error": {"type": ["number", "null"], "description": "In the unit of the value."},
        "reason": {"type": "string", "enum": ["", *sorted(REASONS)]},
        "reason_sentence": {"type": "string", "description": "Why it is not available; empty where it is."},
        "definition": {"type": "string"},
    },
    "One measure.",
)


def _figure(code: str, figure: Figure[int] | Figure[float]) -> dict[str, Any]:
    value: int | float | str | None = figure.value
    if value is not None and UNITS[code] in _TEXT_UNITS:
        value = format_units(int(value))
    return {
        "value": value,
        "unit": UNITS[code],
        "sample": figure.sample,
        "standard_error": figure.error,
        "reason": figure.reason,
        "reason_sentence": why_not(figure),
        "definition": str(MEASURES[code].definition),
    }


FIGURES: Final = Kind(
    object_schema(dict.fromkeys(UNITS, FIGURE_SCHEMA), "Every measure by its code."),
    lambda figures: {code: _figure(code, figure) for code, figure in figures.items()},
)

DAY_RESULT: Final = Shape(
    "DayResult",
    DayResult,
    "One UTC day: equity at its end minus equity at its start. The newest day may still be running.",
    day_ms=MOMENT,
    pnl=MONEY,
    equity=MONEY,
)

MEASURES_SHAPE: Final = Shape(
    "Measures",
    Measures,
    "A contestant's measures of performance, derived from stored rows alone.",
    contestant_slug=TEXT,
    name=TEXT,
    from_ms=MOMENT,
    until_ms=MOMENT,
    points=COUNT.note("Points of the equity curve, one a round."),
    hours=COUNT.note("Hourly returns that ratios of risk are taken from."),
    figures=FIGURES,
    days=many(DAY_RESULT.kind),
    qualification=choice(*QUALIFICATIONS).note("Ten closed trades, and no order by hand."),
)
