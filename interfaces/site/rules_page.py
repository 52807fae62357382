"""The rule book as values a template can show: each limit with its code's name and what it is for."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from arena.domain.board import SeasonView
from interfaces.format import count, duration, leverage, money, short_percent
from interfaces.site.bar import Now, market_words, season_bar
from kernel.time import iso_utc
from trading.domain.rules import (
    LIMIT_BAND,
    MAX_TRAIL,
    MIN_TRAIL,
    PROFILES,
    Blackout,
    Profile,
    RiskLimits,
    RuleBook,
)


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
            *limits_on_stakes(book.limits),
            *limits_on_opening(book.limits),
            *limits_on_markets(book.limits),
            *limits_on_time(book.blackouts),
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
        Limit(
            _("Taker fee"),
            short_percent(book.taker_fee, 4),
            _("Of the notional; what waited pays the market's own maker fee instead."),
        ),
        Limit(
            _("Funding"),
            _("Charged") if book.funding else _("Not charged"),
            _("At the market's rate and moments, on the notional at the mark."),
        ),
        _margin_term(book),
        Limit(
            _("Liquidation fee"),
            short_percent(book.liquidation_fee, 4) if book.liquidation_fee else _("None"),
            _("Of the notional, beside the taker fee; it goes to the insurance."),
        ),
    )


def _margin_term(book: RuleBook) -> Limit:
    if book.margin_mode == "cross":
        return Limit(_("Margin"), _("Cross"), _("The whole wallet stands behind all positions."))
    return Limit(_("Margin"), _("Isolated"), _("A position can lose its own margin and no more."))


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
        Limit(
            _("Limit price"),
            short_percent(LIMIT_BAND),
            _("Most distance from the mark; it stands on the tick."),
        ),
        Limit(
            _("Trailing stop"),
            f"{short_percent(MIN_TRAIL)} \u2013 {short_percent(MAX_TRAIL)}",
            _("Distance it keeps from the best price."),
        ),
    )


def limits_on_stakes(limits: RiskLimits) -> tuple[Limit, ...]:
    """Return what may be put at stake, by one trade and by all."""
    together = _("The same, of symbols whose bars move together from a correlation of {from_} on.").format(
        from_=short_percent(limits.correlation_from)
    )
    return (
        Limit(
            _("Risk of a trade"),
            _share_or_none(limits.max_risk),
            _("Most of equity that the stop may lose, fees included."),
        ),
        Limit(
            _("Reward over risk"),
            _share_or_none(limits.min_reward_risk),
            _("Least way to the target over the way to the stop, measured from the mark."),
        ),
        Limit(
            _("Exposure"),
            _share_or_none(limits.max_exposure),
            _("Most notional of all positions and resting openings, of equity."),
        ),
        Limit(_("Correlated exposure"), _share_or_none(limits.max_correlated), together),
    )


def _share_or_none(limit: int) -> str:
    return short_percent(limit) if limit else _("None")


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
        Limit(
            _("Pause after a loss"),
            duration(limits.cooldown_ms) if limits.cooldown_ms else _("None"),
            _("Nobody wins a loss back in a hurry."),
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


def limits_on_time(blackouts: tuple[Blackout, ...]) -> tuple[Limit, ...]:
    """Return the times in which nobody opens; none are a line too."""
    if not blackouts:
        return (Limit(_("Blackouts"), _("None"), _("Times around events in which nobody opens.")),)
    all_symbols = _("All symbols")
    return tuple(
        Limit(
            _("Blackout"),
            f"{item.symbol or all_symbols}, {iso_utc(item.from_ms)} \u2013 {iso_utc(item.until_ms)}",
            item.event,
        )
        for item in blackouts
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
