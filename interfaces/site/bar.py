"""The season's state, which stands on top of every page: where we are, on which market, is it true."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from arena.domain.board import PriceView, SeasonView
from interfaces.format import count, duration, percent, price
from interfaces.sentences import level_word, status_word
from interfaces.site.text import inert
from kernel.time import MINUTE_MS, SECOND_MS, iso_utc

STALE_INTERVALS: Final = 3
"""After this many intervals without a closed round the page says so."""
LEAST_PATIENCE_MS: Final = MINUTE_MS
"""An interval counts as at least this long: on a fast clock one slow answer is no silence."""


@dataclass(frozen=True, slots=True)
class Now:
    """The wall time of an answer, and the wall time at which the season's newest round was closed."""

    wall_ms: int
    last_closed_ms: int | None = None


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
    money: str
    is_paper: bool
    """True where nobody's orders reach a real venue, not even a testnet."""


@dataclass(frozen=True, slots=True)
class Price:
    """One symbol of the market strip."""

    symbol: str
    mark: str
    change: str


def season_bar(season: SeasonView, now: Now) -> Bar:
    """Return the state of a season at this time."""
    due = due_wall_ms(season, now.wall_ms)
    return Bar(
        slug=season.slug,
        version=season.version,
        name=inert(season.name),
        round=count(season.rounds_closed),
        due="" if due is None else iso_utc(due - due % SECOND_MS),
        wait=_wait(season, due, now.wall_ms),
        market=market_words(season),
        balances=season.books_balance,
        books_problem=inert(season.books_problem),
        proven=season.proof != "none",
        proof=_("not proven") if season.proof == "none" else _("proven: {kind}").format(kind=season.proof),
        level="" if season.trading_level == "active" else level_word(season.trading_level),
        stale=_stale(season, now),
        money=money_words(season.profile),
        is_paper=season.profile not in {"live", "testnet"},
    )


def money_words(profile: str) -> str:
    """Return whose money it is: real money is never left unsaid."""
    return {
        "live": _("paper money, and real money in the live division"),
        "testnet": _("paper money, and a venue's test money"),
    }.get(profile, _("paper money"))


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


def stale_from_ms(season: SeasonView, now: Now) -> int | None:
    """Return the wall moment from which the season counts as silent; None if no round is awaited."""
    if season.status != "running" or season.trading_level == "halted" or now.last_closed_ms is None:
        return None
    pace = season.interval_ms // max(season.speed, 1) if season.clock == "scaled" else season.interval_ms
    return now.last_closed_ms + STALE_INTERVALS * max(pace, LEAST_PATIENCE_MS)


def is_stale(season: SeasonView, now: Now) -> bool:
    """Return whether a running season has closed no round for more than three intervals."""
    since = stale_from_ms(season, now)
    return since is not None and now.wall_ms > since


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


def _stale(season: SeasonView, now: Now) -> str:
    if now.last_closed_ms is None or not is_stale(season, now):
        return ""
    return _(
        "The last round was closed {late} ago: the figures below are the last known ones. The operator finds "
        "the reason with: manage.py arena doctor"
    ).format(late=duration(now.wall_ms - now.last_closed_ms))
