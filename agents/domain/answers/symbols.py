"""One symbol, many spellings: BTC, btcusdt, BTC/USDT:USDT, BTC-PERP. ASCII only, and only what is offered."""

import re
from functools import lru_cache
from typing import Any, Final

LONGEST: Final = 40

_FORM: Final = re.compile(r"([A-Z0-9]{1,20}?)(?:[/_-]?USDT(?::USDT)?)?(?:[_-]?PERP|[_-]?SWAP|\.P)?", re.ASCII)
"""Base, then USDT with / - _ or nothing between, then :USDT, PERP, SWAP or .P. No other quote, no names."""


def _base_of(text: str) -> str:
    found = _FORM.fullmatch(text.upper()) if text.isascii() else None
    return found.group(1) if found else ""


@lru_cache(maxsize=64)
def _names(offered: tuple[str, ...]) -> dict[str, str]:
    """Return base -> offered name; a base that two offered names share stands for neither."""
    names: dict[str, str] = {}
    for name in offered:
        base = _base_of(name)
        names[base] = "" if base in names else name
    names.pop("", None)
    return names


def find_symbol(text: Any, offered: tuple[str, ...]) -> str:
    """Return the offered symbol that ``text`` spells; '' if it spells none of them, or not surely one."""
    if not isinstance(text, str):
        return ""
    if text in offered:
        return text
    text = text.strip(" \t\r\n")
    return _names(offered).get(_base_of(text), "") if 0 < len(text) <= LONGEST else ""
