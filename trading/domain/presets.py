"""Rule books by name: where a season's rules begin. What an operator names beside them replaces a part."""

from typing import Final

from kernel.time import MINUTE_MS, SECOND_MS
from trading.domain.rules import RiskLimits, RuleBook

ARENA: Final = RuleBook()
"""Language models and programs on five symbols, a round every three minutes, leverage 3 to 10."""

SCALPING: Final = RuleBook(
    preset="scalping",
    symbols=("ADA", "SOL", "LTC", "DOGE", "BTC", "ETH", "XRP", "BNB"),
    interval_ms=5 * SECOND_MS,
    deadline_ms=4 * SECOND_MS,
    limits=RiskLimits(
        min_leverage=1,
        max_leverage=20,
        # Openings for some hours of a fast strategy; fees and the cool-down bound the rest.
        max_trades_hour=30,
        max_trades_day=200,
        max_data_age_ms=15 * SECOND_MS,
        cooldown_ms=MINUTE_MS,
    ),
)
"""Engines on eight pairs, a round every five seconds, leverage up to 20."""

PRESETS: Final[dict[str, RuleBook]] = {book.preset: book for book in (ARENA, SCALPING)}


def preset_of(name: str) -> RuleBook:
    """Return the rule book of a name; raises ValueError with the names there are."""
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; known: {', '.join(PRESETS)}")
    return PRESETS[name]
