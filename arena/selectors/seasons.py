"""Seasons as the faces show them."""

from accounts.selectors import books_balance
from arena.domain.board import SeasonView
from arena.domain.clock import SeasonClock, market_now
from arena.models import Round, RuleBookVersion, Season
from arena.selectors.roster import clock_of
from kernel.time import slot_of, slot_start
from trading import selectors as trading
from trading.domain.rules import RuleBook


def seasons() -> tuple[SeasonView, ...]:
    """Return every season, newest first, at the market time of its last published state."""
    return tuple(_view(row, row.anchor_wall_ms) for row in Season.objects.order_by("-created_ms", "-id"))


def current_season_slug() -> str | None:
    """Return the slug of the newest running season, else of the newest; None if there is none.

    A season that is played again from its tape is shown where there is no other.
    """
    newest = Season.objects.order_by("-ranked", "-created_ms", "-id").values_list("slug", flat=True)
    running = newest.filter(status="running", ranked=True)
    # One that a full-speed run left behind stands back: nobody plays it on.
    return running.exclude(clock="tape").first() or running.first() or newest.first()


def season_version(slug: str) -> int | None:
    """Return the published version of a season; None if there is no such season. One indexed read."""
    return Season.objects.filter(slug=slug).values_list("version", flat=True).first()


def season_view(slug: str, wall_ms: int) -> SeasonView | None:
    """Return a season's head at this wall time."""
    row = Season.objects.filter(slug=slug).first()
    return _view(row, wall_ms) if row else None


def last_closed_wall_ms(slug: str) -> int | None:
    """Return the wall time at which a season's newest round was closed; None before the first."""
    rows = Round.objects.filter(season__slug=slug, stage="closed").order_by("-number")
    return rows.values_list("closed_wall_ms", flat=True).first()


def rule_book(season_slug: str) -> RuleBook | None:
    """Return the rule book a season is played under."""
    sha = Season.objects.filter(slug=season_slug).values_list("rulebook_sha256", flat=True).first()
    return trading.rule_book(sha) if sha else None


def _view(row: Season, wall_ms: int) -> SeasonView:
    clock = clock_of(row)
    is_running = row.status == "running"
    now_ms = market_now(clock, wall_ms) if is_running else row.anchor_market_ms
    balanced = books_balance()
    version = RuleBookVersion.objects.filter(season=row).order_by("-version").first()
    return SeasonView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        status=row.status,
        ranked=row.ranked,
        market_kind=row.market_kind,
        market_label=row.market_label,
        clock=row.clock,
        speed=row.speed,
        proof=row.proof,
        interval_ms=row.interval_ms,
        starting_capital=row.starting_capital,
        rulebook_sha256=row.rulebook_sha256,
        rulebook_version=version.version if version else 0,
        rounds_closed=row.rounds_closed,
        version=row.version,
        market_ms=max(now_ms, row.settled_ms) if is_running else row.settled_ms,
        next_round_ms=_next_round_ms(clock, now_ms) if is_running else None,
        trading_level=trading.trading_level(),
        books_balance=balanced,
        books_problem=""
        if balanced
        else "The ledger's columns do not sum to zero; run: manage.py arena audit",
        replay_head=row.replay_head,
        profile=trading.feed_profile(row.id),
    )


def _next_round_ms(clock: SeasonClock, now_ms: int) -> int:
    if clock.kind == "wall":
        return slot_start(slot_of(now_ms, clock.interval_ms) + 1, clock.interval_ms)
    return slot_start(clock.next_slot, clock.interval_ms)
