"""Text from outside, safe to store and to show: nothing invisible, nothing that reorders, bounded."""

import re
from typing import Any, Final

_WALKED: Final = 8
"""Signs looked at per sign kept: enough for honest text, a bound for text that is mostly invisible."""

_INVISIBLE: Final = re.compile(
    "["
    # Controls, but for the blanks that split() takes care of.
    "\x00-\x08\x0e-\x1f\x7f-\x9f"
    # Format signs: bidi, zero width, soft hyphen, tags (Unicode category Cf).
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
    # Lone surrogates: no UTF-8 and no PostgreSQL text can hold them.
    "\ud800-\udfff"
    # Letters and marks that show as nothing, and variation selectors, which can carry hidden bytes.
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef"
    "]+"
)


def clean_text(value: Any, length: int) -> str:
    """Return text without invisible signs, spaces collapsed, of at most ``length`` signs; '' for no text."""
    if not isinstance(value, str) or not value:
        return ""
    text = value[: length * _WALKED]
    if not text.isascii() or not text.isprintable():
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())[:length].rstrip()
