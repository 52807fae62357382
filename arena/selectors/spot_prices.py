"""Spot prices of a season: the newest recorded tick, with its age on the season's own clock."""

from typing import Final

from arena.models import Season
from arena.selectors.seasons import season_view
from kernel.time import MINUTE_MS
from trading.domain.spot import SpotPrice, SpotPrices
from trading.selectors import latest_tick

MAX_AGE_MS: Final = 5 * MINUTE_MS
"""Older prices trade nothing; where bars are longer, two bars."""


def season_prices(slug: str, wall_ms: int) -> SpotPrices | None:
    """Return the newest prices of a season; None if it has none or is not running."""
    season = season_view(slug, wall_ms)
    if season is None or season.status != "running":
        return None
    tick = latest_tick(season.id)
    if tick is None:
        return None
    bar_ms = Season.objects.values_list("bar_ms", flat=True).get(id=season.id)
    known = {part.symbol: SpotPrice(part.close, part.spread) for part in tick.symbols}
    age_ms = max(season.market_ms - tick.market_ms, 0)
    source = f"{season.slug}: {tick.source}"
    return SpotPrices(source, tick.market_ms, age_ms, max(MAX_AGE_MS, 2 * bar_ms), known)
