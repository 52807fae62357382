"""Pages of rows that share moments, on top of selectors that page by moment alone."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from interfaces.api.query import Cursor


class Momentary(Protocol):
    """A row that happened at a market moment."""

    @property
    def market_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""


Row = TypeVar("Row", bound=Momentary)


def page_of(
    fetch: Callable[[int | None, int], Sequence[Row]], cursor: Cursor, limit: int
) -> tuple[Sequence[Row], Cursor | None]:
    """Return one page, newest first, and the cursor of the next; no row is lost or shown twice.

    ``fetch(before_ms, limit)`` returns rows in one fixed order, newest moment first.
    """
    rows = fetch(cursor.before_ms, cursor.skip + limit + 1)[cursor.skip :]
    if len(rows) <= limit:
        return rows, None
    page = rows[:limit]
    last_ms = page[-1].market_ms
    shown = sum(row.market_ms == last_ms for row in page)
    if cursor.before_ms == last_ms + 1:
        shown += cursor.skip
    return page, Cursor(last_ms + 1, shown)
