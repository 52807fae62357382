"""How deep a JSON text nests, found without reading it: a reader in C can run out of its stack.

The interpreter's recursion limit stops that only where nobody has raised it, and packages do so at import.
"""

import re
from typing import Final

MAX_NESTING: Final = 100
"""No answer of a provider, venue or client of ours nests deeper than a dozen levels."""

_MARK: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)


class TooDeepError(ValueError):
    """A text that nests deeper than anything that is meant to be read."""


def check_nesting(body: bytes, most: int = MAX_NESTING) -> None:
    """Raise TooDeepError for JSON that nests deeper than ``most``; linear in the length of the text."""
    if body.count(b"{") + body.count(b"[") <= most:
        return
    depth = 0
    for mark in _MARK.finditer(body):
        sign = mark.group()
        if sign in b"[{":
            depth += 1
        elif sign in b"]}":
            depth -= 1
        if depth > most:
            raise TooDeepError(f"JSON nested deeper than {most} levels is not read")
