"""Text by others, and moments, made safe and readable for a page.

Templates escape HTML; what they let through is characters that turn text around or hide it. Those are shown
as a replacement mark, so that what a model wrote is seen as it is.
"""

import unicodedata
from datetime import UTC, datetime
from typing import Final

from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kernel.time import SECOND_MS, iso_utc

_REPLACEMENT: Final = "\ufffd"
_LAYOUT: Final = frozenset("\n\t")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, format characters (bidi and zero width among them), lone surrogates, private and unassigned."""

_FORMS: Final = {"time": "H:i:s", "date": "j M Y", "minute": "j M Y H:i"}


def inert(text: str) -> str:
    """Return text with every invisible or direction-changing character replaced by a visible mark."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(letter) for letter in text)


def shortened(text: str, letters: int) -> str:
    """Return text cut to so many letters, with an ellipsis where something was cut."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "\u2026"


def moment(market_ms: int, form: str = "minute") -> SafeString:
    """Return a time element: UTC as text and on hover; scripts rewrite the text to the viewer's zone.

    ``form`` is 'time', 'date' or 'minute'.
    """
    at = datetime.fromtimestamp(market_ms // SECOND_MS, UTC)
    text = written(at, _FORMS[form])
    zone = "" if form == "date" else " UTC"
    title = written(at, "Y-m-d H:i:s") + " UTC"
    iso = iso_utc(market_ms - market_ms % SECOND_MS)
    return format_html('<time datetime="{}" title="{}" data-t="{}">{}{}</time>', iso, title, form, text, zone)


def _visible(letter: str) -> str:
    return _REPLACEMENT if letter not in _LAYOUT and unicodedata.category(letter) in _HIDDEN else letter
