"""The levels of the kill switch: what each stops, and which of several counts."""

from collections.abc import Iterable
from typing import Final

ACTIVE: Final = "active"
REDUCING: Final = "reducing"
HALTED: Final = "halted"
FLATTEN: Final = "flatten"

LEVELS: Final = (ACTIVE, REDUCING, HALTED)
"""From the mildest to the strictest: all trades; no new entries; nothing rests and no round opens."""

STOPS: Final = (REDUCING, HALTED, FLATTEN)
"""What a person may ask for. 'flatten' is halted, and every position is closed once."""

GLOBAL: Final = "global"
"""The scope of the whole arena; every other scope is an account's id."""

_MAX_WORD: Final = 12


def level_of(asked: str) -> str:
    """Return the level that stands after a request: 'flatten' is carried out once and leaves 'halted'."""
    return HALTED if asked == FLATTEN else asked


def strictest(levels: Iterable[str]) -> str:
    """Return the strictest of these levels; 'active' of none. A level that is not known counts as halted."""
    ranks = [LEVELS.index(level) if level in LEVELS else LEVELS.index(HALTED) for level in levels]
    return LEVELS[max(ranks, default=0)]


def asked_by_stop_text(text: str) -> str:
    """Return what a stop file asks for: its first word; halted where it has none or an unknown one.

    A file that was made in a hurry must stop trading, so nothing in it is refused.
    """
    word = text.split(maxsplit=1)[0][: _MAX_WORD + 1].casefold() if text.split() else HALTED
    return word if word in STOPS else HALTED
