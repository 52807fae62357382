"""The rule book as values a template can show: each limit with its code's name and what it is for."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from arena.domain.board import SeasonView
from interfaces.format import count, duration, leverage, money, short_percent
from interfaces.site.bar import Now, market_words, season_bar
from trading.domain.rules import PROFILES, Profile, RiskLimits, RuleBook


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit and why it stands."""

    name: str
    value: str
    why: str


def rules_context(season: SeasonView, book: RuleBook, now: Now) -> dict[str, Any]:
    """Return everything the rule book's template shows."""
    return {
        "here": "rules",
        "bar": season_bar(season, now),
        "version": count(book.version),
        "sha256": book.sha256,
        "preset": book.preset,
        "terms": terms(season, book),
        "limits": (
            *limits_on_orders(book.limits),
            *limits_on_opening(book.limits),
            *limits_on_markets(book.limits),
        ),
        "profiles": [profile_row(profile) for profile in PROFILES.values()],
    }


def terms(season: SeasonView, book: RuleBook) -> tuple[Limit, ...]:
    """Return what is played for, and how."""
    return (
        Limit(_("Symbols"), ", ".join(book.symbols), _("Perpetuals, margined and settled in USDT.")),
        Limit(_("Market"), market_words(season), _("Where the prices come from.")),
        Limit(_("Starting capital"), _usdt(book.starting_capital), _("Paper money; the same for everybody.")),
        Limit(_("A round every"), duration(book.interval_ms), _("Of market time.")),
        Limit(_("Time to answer"), duration(book.deadline_ms), _("Later answers are forced holds.")),
        Limit(_("Taker fee"), short_percent(book.taker_fee, 4), _("Of the notional, on every execution.")),
    )


def limits_on_orders(limits: RiskLimits) -> tuple[Limit, ...]:
    """Return what one order must obey."""
    stop = _("Required") if limits.require_stop else _("Optional")
    span = f"{leverage(limits.min_leverage)} \u2013 {leverage(limits.max_leverage)}"
    return (
        Limit(_("Leverage"), span, _("Both ends are checked.")),
        Limit(
            _("Position"), short_percent(limits.max_position), _("Most margin of one position, of equity.")
        ),
        Limit(_("Order"), _usdt(limits.min_order), _("Least notional.")),
        Limit(_("Stop loss"), stop, _("On the losing side of the mark, and before liquidation.")),
    )


def limits_on_opening(limits: RiskLimits) -> tuple[Limit, ...]:
    """Return what stops a contestant from opening more."""
    return (
        Limit(_("Openings an hour"), count(limits.max_trades_hour), _("Against churning.")),
        Limit(_("Openings a day"), count(limits.max_trades_day), _("Within 24 hours.")),
        Limit(_("Daily loss"), short_percent(limits.max_daily_loss), _("Stops opening until 00:00 UTC.")),
        Limit(
            _("Drawdown"),
            short_percent(limits.max_drawdown),
            _("Fall from the highest equity; stops opening."),
        ),
    )


def limits_on_markets(limits: RiskLimits) -> tuple[Limit, ...]:
    """Return what the market must offer."""
    band = short_percent(limits.liquidity_band)
    rest = _("Resting within {band} of the middle, on the side taken.").format(band=band)
    return (
        Limit(_("Spread"), short_percent(limits.max_spread), _("Most distance between bid and ask.")),
        Limit(_("Liquidity"), _usdt(limits.min_liquidity), rest),
        Limit(
            _("Age of a price"),
            duration(limits.max_data_age_ms),
            _("Or one and a half bars, where those are longer."),
        ),
    )


def profile_row(profile: Profile) -> tuple[str, str, str, str]:
    """Return a risk profile's name, least confidence, most position and size factor."""
    return (
        profile.name,
        short_percent(profile.min_confidence),
        short_percent(profile.max_position),
        short_percent(profile.size_factor),
    )


def _usdt(units: int) -> str:
    return f"{money(units)}\u202fUSDT"
