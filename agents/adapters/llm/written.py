"""JSON read so that it can be written again with nothing lost: repeated fields and figures as they stood.

A vendor gives the input of a tool as part of its own document, not as text. Read the usual way, the last of
two fields of one name would win and 1e400 become infinite before the strict parser of answers sees either.
"""

import json
from collections.abc import Mapping
from typing import Any, Self

from kernel.nesting import check_nesting


class Figure(float):
    """A number with a point or an exponent, and how it was written."""

    text: str

    def __new__(cls, text: str) -> Self:
        """Read it."""
        figure = super().__new__(cls, text)
        figure.text = text
        return figure


class Fields(dict[str, Any]):
    """An object; ``pairs`` holds every field that stood in it, in order, repeated names included."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def load(body: bytes) -> Any:
    """Return a document of Fields and Figures. Raises ValueError and RecursionError."""
    check_nesting(body)
    return json.loads(body, object_pairs_hook=Fields, parse_float=Figure)


def dump(value: Any) -> str:
    """Return JSON with all that was loaded. Raises RecursionError."""
    if isinstance(value, Mapping):
        pairs = value.pairs if isinstance(value, Fields) else value.items()
        return "{" + ", ".join(f"{_text(name)}: {dump(inner)}" for name, inner in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dump, value)) + "]"
    return value.text if isinstance(value, Figure) else _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def has_repeats(document: Mapping[str, Any]) -> bool:
    """Return whether a name stands twice in this object itself."""
    return isinstance(document, Fields) and len(document) != len(document.pairs)
