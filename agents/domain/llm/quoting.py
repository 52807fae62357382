"""Words from outside as data inside a prompt: one line of JSON that no delimiter can break out of."""

import json
import re
import unicodedata
from typing import Final

from agents.domain.text import clean_text

_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode

_SIGNS: Final = "<>[]`|#&"
_MARKUP: Final = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in _SIGNS})
"""Signs of chat templates, tags, fences and headings; inside a JSON string their escapes say the same."""

_ANY_SIGN: Final = re.compile(f"[{re.escape(_SIGNS)}]")


def quote(value: object, length: int) -> str:
    """Return text as a JSON string of at most ``length`` signs: NFKC, nothing invisible, markup escaped.

    The result is one line and decodes to the cleaned text; anything that is no text gives ``""``.
    """
    if not isinstance(value, str):
        return '""'
    # Compatibility forms first: full-width or circled letters must not hide what is escaped below.
    text = value if value.isascii() else unicodedata.normalize("NFKC", value[: length * 8])
    encoded = _ENCODE(clean_text(text, length))
    return encoded if _ANY_SIGN.search(encoded) is None else encoded.translate(_MARKUP)
