"""The equity chart as values a template can draw: one set of lines, shown in a wide and a narrow frame.

The lines are drawn once in a plot of 2000 x 1000 and stretched into either frame, so a phone costs no second
copy. Names and figures stand at the ends of the lines; nobody looks colours up in a legend.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from arena.domain.board import CurveView
from interfaces.format import fixed, percent
from interfaces.site.curves import Scale, path_of, spread, ticks, value_range
from interfaces.site.marks import Mark, mark_of
from interfaces.site.text import inert, moment, shortened
from kernel.units import SCALE, Rounding, mul_div

PLOT_WIDTH: Final = 2000
PLOT_HEIGHT: Final = 1000
MOST_LINES: Final = 24
_SPARK_WIDTH = 96
_SPARK_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Frame:
    """Measures of one drawing: the plot reaches from ``left`` to ``right``; a label is ``gap`` high."""

    width: int
    height: int
    left: int
    right: int
    gap: int
    letters: int
    with_figures: bool


WIDE: Final = Frame(width=880, height=372, left=62, right=690, gap=16, letters=14, with_figures=True)
NARROW: Final = Frame(width=340, height=300, left=0, right=208, gap=15, letters=13, with_figures=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One contestant's curve in plot coordinates."""

    mark: Mark
    path: str


@dataclass(frozen=True, slots=True)
class Grid:
    """One horizontal line with its amount; ``start`` marks the starting capital."""

    y: int
    text_y: int
    text: str
    start: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A name at the end of its line. ``leader`` joins the two where the label had to move."""

    mark: Mark
    name: str
    figure: str
    y: int
    text_y: int
    leader: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One frame, filled."""

    frame: Frame
    css: str
    grid: tuple[Grid, ...]
    labels: tuple[Label, ...]
    span: int
    mark_x: int
    text_x: int


@dataclass(frozen=True, slots=True)
class Chart:
    """All of it: shared lines, two drawings and what they span."""

    title: str
    description: str
    lines: tuple[Line, ...]
    drawings: tuple[Drawing, ...]
    first: SafeString
    last: SafeString


def draw_chart(curves: Sequence[CurveView], capital: int, title: str) -> Chart | None:
    """Return the chart of these curves, the most important first; None while there is nothing to draw.

    ``capital`` in units of USDT is drawn as the line everybody started from.
    """
    shown = [curve for curve in curves if curve.points][:MOST_LINES]
    if not shown:
        return None
    times = [moment for curve in shown for moment, _ in curve.points]
    low, high = value_range([capital, *(equity for curve in shown for _, equity in curve.points)])
    across = Scale(min(times), max(times), 0, PLOT_WIDTH)
    down = Scale(low, high, PLOT_HEIGHT, 0)
    lines = tuple(Line(_mark(curve), path_of(curve.points, across, down)) for curve in reversed(shown))
    drawings = tuple(
        _drawing(frame, css, shown, (low, high, capital))
        for frame, css in ((WIDE, "wide"), (NARROW, "narrow"))
    )
    return Chart(title, _description(shown, capital), lines, drawings, moment(min(times)), moment(max(times)))


def up_to_now(curve: CurveView, market_ms: int, equity: int | None) -> CurveView:
    """Return the curve with the equity of this moment as its end, so that it agrees with the standings."""
    if equity is None or not curve.points or market_ms <= curve.points[-1][0]:
        return curve
    return replace(curve, points=(*curve.points, (market_ms, equity)))


def spark_path(values: Sequence[int]) -> str:
    """Return a sparkline's path in a box of 96 x 24; empty without values."""
    low, high = value_range(values)
    across = Scale(0, max(len(values) - 1, 1), 1, _SPARK_WIDTH - 1)
    down = Scale(low, high, _SPARK_HEIGHT - 1, 1)
    return path_of(list(enumerate(values)), across, down)


def gain(equity: int, capital: int) -> int:
    """Return equity over capital minus one as a ratio."""
    return mul_div(equity, SCALE, capital, Rounding.DOWN) - SCALE if capital else 0


def _mark(curve: CurveView) -> Mark:
    return mark_of(curve.position, baseline=curve.baseline)


def _description(curves: Sequence[CurveView], capital: int) -> str:
    """Return the chart in words, for those who do not see it."""
    ends = [f"{inert(c.name)} {percent(gain(c.points[-1][1], capital), 1, signed=True)}" for c in curves]
    return _("At the end: {list}.").format(list=", ".join(ends))


def _drawing(frame: Frame, css: str, curves: Sequence[CurveView], span: tuple[int, int, int]) -> Drawing:
    low, high, capital = span
    down = Scale(low, high, frame.height, 0)
    grid = [_grid(down, value, start=False) for value in _clear_ticks(low, high, capital)]
    labels = _labels(frame, curves[: frame.height // frame.gap], down, capital)
    return Drawing(
        frame,
        css,
        (*grid, _grid(down, capital, start=True)),
        labels,
        frame.right - frame.left,
        frame.right + 16,
        frame.right + 26,
    )


def _clear_ticks(low: int, high: int, capital: int) -> list[int]:
    """Return the ticks that stay clear of the line of the starting capital, which has its own text."""
    room = (high - low) // 12
    return [value for value in ticks(low, high, 6) if abs(value - capital) > room]


def _grid(down: Scale, value: int, *, start: bool) -> Grid:
    y = down.at(value)
    whole = value % SCALE == 0
    return Grid(y, max(y - 5, 10), fixed(value, 0 if whole else 2), start)


def _labels(frame: Frame, curves: Sequence[CurveView], down: Scale, capital: int) -> tuple[Label, ...]:
    ends = [down.at(curve.points[-1][1]) for curve in curves]
    places = spread(ends, frame.gap, frame.gap // 2, frame.height - frame.gap // 2)
    return tuple(
        _label(frame, curve, (end, place), capital)
        for curve, end, place in zip(curves, ends, places, strict=True)
    )


def _label(frame: Frame, curve: CurveView, at: tuple[int, int], capital: int) -> Label:
    end, place = at
    figure = percent(gain(curve.points[-1][1], capital), 2, signed=True) if frame.with_figures else ""
    moved = abs(end - place) > frame.gap // 4
    leader = f"M{frame.right + 2} {end}L{frame.right + 9} {place}" if moved else ""
    return Label(_mark(curve), shortened(inert(curve.name), frame.letters), figure, place, place + 4, leader)
