"""The season's state, which stands on top of every page: where we are, on which market, is it true."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from arena.domain.board import PriceView, SeasonView
from interfaces.format import count, duration, percent, price
from interfaces.sentences import level_word, status_word
from interfaces.site.text import inert
from kernel.time import SECOND_MS, iso_utc

STALE_INTERVALS: Final = 3
"""A round this many intervals overdue is said to be missing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The state as words. ``due`` is the wall moment of the next round as ISO 8601, '' if none is awaited."""

    slug: str
    version: int
    name: str
    round: str
    due: str
    wait: str
    market: str
    balances: bool
    books_problem: str
    proven: bool
    proof: str
    level: str
    stale: str


@dataclass(frozen=True, slots=True)
class Price:
    """One symbol of the market strip."""

    symbol: str
    mark: str
    change: str


def season_bar(season: SeasonView, wall_ms: int) -> Bar:
    """Return the state of a season at this wall time."""
    due = due_wall_ms(season, wall_ms)
    return Bar(
        slug=season.slug,
        version=season.version,
        name=inert(season.name),
        round=count(season.rounds_closed),
        due="" if due is None else iso_utc(due - due % SECOND_MS),
        wait=_wait(season, due, wall_ms),
        market=market_words(season),
        balances=season.books_balance,
        books_problem=inert(season.books_problem),
        proven=season.proof != "none",
        proof=_("not proven") if season.proof == "none" else _("proven: {kind}").format(kind=season.proof),
        level="" if season.trading_level == "active" else level_word(season.trading_level),
        stale=_stale(season, due, wall_ms),
    )


def market_words(season: SeasonView) -> str:
    """Return what the prices are, and how fast market time runs."""
    label = inert(season.market_label)
    is_faster = season.clock == "scaled" and season.speed > 1
    return f"{label} \u00b7 {season.speed}\u00d7" if is_faster else label


def due_wall_ms(season: SeasonView, wall_ms: int) -> int | None:
    """Return the wall moment at which the next round opens; None if none is awaited at a known time."""
    if season.next_round_ms is None or season.status != "running" or season.clock == "tape":
        return None
    if season.clock == "wall":
        return season.next_round_ms
    return wall_ms + max(0, season.next_round_ms - season.market_ms) // max(season.speed, 1)


def is_stale(season: SeasonView, wall_ms: int) -> bool:
    """Return whether the next round of a running season is overdue by more than three intervals."""
    due = due_wall_ms(season, wall_ms)
    return due is not None and wall_ms - due > STALE_INTERVALS * season.interval_ms


def strip(prices: tuple[PriceView, ...]) -> tuple[Price, ...]:
    """Return the market strip."""
    return tuple(Price(p.symbol, price(p.mark), percent(p.change, signed=True)) for p in prices)


def _wait(season: SeasonView, due: int | None, wall_ms: int) -> str:
    if season.status != "running":
        return status_word(season.status)
    if due is None:
        return _("no further round") if season.next_round_ms is None else _("as fast as it can")
    seconds = max(0, due - wall_ms) // SECOND_MS
    return f"{seconds // 60}:{seconds % 60:02d}"


def _stale(season: SeasonView, due: int | None, wall_ms: int) -> str:
    if due is None or not is_stale(season, wall_ms):
        return ""
    return _(
        "The next round was due {late} ago and one is due every {interval}: the figures below are the last "
        "known ones. The operator finds the reason with: manage.py arena doctor"
    ).format(late=duration(wall_ms - due), interval=duration(season.interval_ms))
