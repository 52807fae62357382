"""Reading answers: rows and objects or a refusal to guess, and lists that come in pages."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from kernel.time import MINUTE_MS
from trading.adapters.ccxt_live.figures import UnreadableError, moment_of

Row = Mapping[str, Any]

WEEK_MS: Final = 7 * 24 * 3_600_000
MOST_MS: Final = 13 * WEEK_MS
"""How far back a list is read: a quarter of a year, which is what venues keep."""
AHEAD_MS: Final = MINUTE_MS
"""How far beyond our own clock a list is read: the venue's may be ahead by so much and take requests."""
_MOST_PAGES: Final = 200


def row_of(answer: Any) -> Row:
    """Return an object; raises UnreadableError for anything else."""
    if not isinstance(answer, Mapping):
        raise UnreadableError("an object was expected")
    return answer


def rows_of(answer: Any) -> list[Row]:
    """Return a list of objects; raises UnreadableError for anything else."""
    if not isinstance(answer, list):
        raise UnreadableError("a list was expected")
    return [row_of(each) for each in answer]


def state_of(states: Mapping[str, str], said: Any) -> str:
    """Return our state of the venue's word; raises UnreadableError for a word we do not know."""
    found = states.get(str(said))
    if found is None:
        raise UnreadableError(f"no order is in state {said!r}")
    return found


def side_of(said: Any) -> int:
    """Return +1 for buying, -1 for selling."""
    sides = {"BUY": 1, "SELL": -1, "B": 1, "A": -1}
    if str(said).upper() not in sides:
        raise UnreadableError(f"{said!r} is no side")
    return sides[str(said).upper()]


class Pages:
    """A list by time that a venue gives so many rows of at once, newest or oldest first.

    ``ask(since, until)`` gets one page and whether there may be more, ``row_key`` tells rows apart. The next
    page begins, or ends, where the last one stopped, so that rows of one millisecond are never lost.
    """

    def __init__(
        self, ask: Callable[[int, int], tuple[list[Row], bool]], row_key: str, *, window_ms: int = WEEK_MS
    ) -> None:
        self._ask, self._key, self._window = ask, row_key, window_ms

    def read(self, since_ms: int, until_ms: int) -> list[Row]:
        """Return every row of the time asked for, at most a quarter of a year, oldest first, each once.

        The beginning is a moment that the venue told: where the end, by our clock, lies before it, our clock
        is behind, and the venue is asked all the same: nothing is no answer to what was not asked.
        """
        found: dict[str, Row] = {}
        until_ms = max(until_ms, since_ms + AHEAD_MS)
        start = max(since_ms, until_ms - MOST_MS)
        while start <= until_ms:
            end = min(start + self._window - 1, until_ms)
            self._window_of(start, end, found)
            start = end + 1
        return sorted(found.values(), key=lambda row: moment_of(row["time"]))

    def _window_of(self, start: int, end: int, found: dict[str, Row]) -> None:
        for _ in range(_MOST_PAGES):
            page, more = self._ask(start, end)
            fresh = [row for row in page if str(row[self._key]) not in found]
            found.update({str(row[self._key]): row for row in fresh})
            if not more or not fresh:
                return
            first, last = moment_of(page[0]["time"]), moment_of(page[-1]["time"])
            start, end = (last, end) if first <= last else (start, last)
        raise UnreadableError("the list has no end")
