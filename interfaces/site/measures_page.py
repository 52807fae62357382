"""A contestant's measures of performance as values a template can show, and its days as drawn bars."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from arena.domain.measures import UNITS, Measures
from interfaces.format import count, money
from interfaces.measure_words import MEASURES, QUALIFICATIONS, why_not, written
from interfaces.site.text import moment
from trading.domain.performance_curve import DayResult

WIDTH: Final = 880
HALF: Final = 56
"""Height of the tallest bar, above or below the line."""
MOST_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure, written. ``why`` says why it is not available, '' where it is."""

    code: str
    title: str
    value: str
    sample: str
    why: str
    definition: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's profit (up) or loss (down) in the drawing's coordinates."""

    x: int
    y: int
    width: int
    height: int
    lost: bool
    text: str


@dataclass(frozen=True, slots=True)
class Days:
    """The drawn days."""

    bars: tuple[Bar, ...]
    middle: int
    width: int
    height: int
    description: str
    first: SafeString
    last: SafeString


def measures_context(measures: Measures | None) -> dict[str, Any]:
    """Return what the contestant's template shows of its measures; nothing before the first round."""
    if measures is None or not measures.points:
        return {"measures": (), "days": None, "measured": ""}
    return {
        "measures": tuple(_row(measures, code) for code in UNITS),
        "days": draw_days(measures.days),
        "measured": _("Closed rounds: {points}; hourly returns: {hours}.").format(
            points=count(measures.points), hours=count(measures.hours)
        ),
        "qualification": str(QUALIFICATIONS[measures.qualification]),
    }


def _row(measures: Measures, code: str) -> MeasureRow:
    figure, words = measures.figures[code], MEASURES[code]
    sample = count(figure.sample) if figure.sample else ""
    return MeasureRow(
        code, str(words.title), written(code, figure), sample, why_not(figure), str(words.definition)
    )


def draw_days(days: tuple[DayResult, ...]) -> Days | None:
    """Return the newest days as bars on one line: up is profit, down is loss, in scale with each other."""
    shown = days[-MOST_DAYS:]
    if not shown:
        return None
    most = max(abs(day.pnl) for day in shown) or 1
    step = WIDTH // max(len(shown), MOST_DAYS // 3)
    bars = tuple(_bar(day, index * step, step, most) for index, day in enumerate(shown))
    best, worst = max(day.pnl for day in shown), min(day.pnl for day in shown)
    text = _(
        "Days: {days}; the best {best}, the worst {worst} USDT. A UTC day runs from midnight to midnight."
    )
    description = text.format(
        days=count(len(shown)), best=money(best, signed=True), worst=money(worst, signed=True)
    )
    ends = moment(shown[0].day_ms, "date"), moment(shown[-1].day_ms, "date")
    return Days(bars, HALF + 2, WIDTH, 2 * HALF + 4, description, *ends)


def _bar(day: DayResult, x: int, step: int, most: int) -> Bar:
    height = max(abs(day.pnl) * HALF // most, 1)
    y = HALF + 2 if day.pnl < 0 else HALF + 2 - height
    return Bar(x, y, max(step - 3, 2), height, day.pnl < 0, money(day.pnl, signed=True))
