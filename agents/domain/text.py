"""Text from outside, safe to store and to show: nothing invisible, nothing that reorders, bounded."""

import unicodedata
from typing import Any, Final

_STRIPPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs"})
"""Control, format (bidi, zero width, tags) and lone surrogates."""

_SPACE_CATEGORIES: Final = frozenset({"Zs", "Zl", "Zp"})
_BLANK_CONTROLS: Final = frozenset("\t\n\r\v\f")

_WALKED: Final = 8
"""Signs looked at per sign kept: enough for honest text, a bound for text that is mostly invisible."""

_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show as nothing."""


def _is_invisible(sign: str) -> bool:
    return (
        unicodedata.category(sign) in _STRIPPED_CATEGORIES
        or sign in _FILLERS
        or "\ufe00" <= sign <= "\ufe0f"  # variation selectors can carry hidden bytes
        or "\U000e0100" <= sign <= "\U000e01ef"
    )


def _clean_sign(sign: str) -> str:
    if sign in _BLANK_CONTROLS or unicodedata.category(sign) in _SPACE_CATEGORIES:
        return " "
    return "" if _is_invisible(sign) else sign


def clean_text(value: Any, length: int) -> str:
    """Return text without invisible signs, spaces collapsed, of at most ``length`` signs; '' for no text."""
    if not isinstance(value, str) or not value:
        return ""
    # Usual answers are short printable ASCII: they skip the walk over every sign.
    plain = (
        value
        if value.isascii() and value.isprintable()
        else "".join(map(_clean_sign, value[: length * _WALKED]))
    )
    return " ".join(plain.split())[:length].rstrip()
