"""Fields of a strategy document, read strictly; each refusal is one sentence that begins with the path."""

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn

from agents.domain.strict_json import RepeatedKeys
from kernel.units import SCALE, UnitsError, format_units, to_units

_SHOWN: Final = 40
_TOO_SHORT: Final = 2
"""Signs, of which nobody can guess what they were meant to be."""

_WHOLE_TEXT: Final = re.compile(r"[0-9]{1,9}")


class StrategyError(ValueError):
    """A document that cannot be played: ``path`` names the place, the text is one sentence with it."""

    def __init__(self, path: str, sentence: str) -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.path = path


def refuse(path: str, sentence: str) -> NoReturn:
    """Raise the refusal of one place."""
    raise StrategyError(path, sentence)


def join(path: str, name: str) -> str:
    """Return the path of a field."""
    return f"{path}.{name}" if path else name


def shown(value: Any) -> str:
    """Return a value from outside as a refusal shows it: short, in quotes, on one line."""
    text = value if isinstance(value, str) else type(value).__name__
    return ascii(text[:_SHOWN]) if isinstance(value, str) else f"a {text}"


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Return the words that name what was meant, or what there is."""
    names = list(known)
    close = difflib.get_close_matches(wrong[:_SHOWN], names, 1, 0.6) if len(wrong) > _TOO_SHORT else []
    return f"did you mean {close[0]}?" if close else f"use one of {', '.join(names)}"


def read_object(value: Any, path: str, needed: Sequence[str], more: Sequence[str] = ()) -> dict[str, Any]:
    """Return an object with these fields; what is optional and null counts as absent."""
    if not isinstance(value, dict):
        refuse(path, f"must be an object, not {shown(value)}")
    if isinstance(value, RepeatedKeys):
        refuse(path, "says two things under one key; keep one of them")
    known = (*needed, *more)
    for name in value:
        if name not in known:
            refuse(join(path, str(name)[:_SHOWN]), f"is no field here; {nearest(str(name), known)}")
    for name in needed:
        if value.get(name) is None:
            refuse(join(path, name), "is missing")
    return {name: part for name, part in value.items() if part is not None}


def read_list(value: Any, path: str, longest: int) -> list[Any]:
    """Return a list of at most so many parts."""
    if not isinstance(value, list | tuple):
        refuse(path, f"must be a list, not {shown(value)}")
    if len(value) > longest:
        refuse(path, f"holds {len(value)} parts; at most {longest} are read")
    return list(value)


def read_choice(value: Any, path: str, known: Iterable[str]) -> str:
    """Return one of the known words."""
    names = list(known)
    if not isinstance(value, str) or value not in names:
        text = value if isinstance(value, str) else ""
        refuse(path, f"{shown(value)} is unknown; {nearest(text, names)}")
    return str(value)


def read_whole(value: Any, path: str, low: int, high: int) -> int:
    """Return a whole number within bounds, written as a number or as its text."""
    text = _number_text(value)
    # "5.0" is five; anything else behind the point is no whole number.
    whole, point, rest = text.partition(".")
    is_whole = _WHOLE_TEXT.fullmatch(whole) is not None and (not point or set(rest) == {"0"})
    if not is_whole or not low <= int(whole) <= high:
        refuse(path, f"must be a whole number from {low} to {high}, not {_shown_number(value)}")
    return int(whole)


def read_decimal(value: Any, path: str, low: int, high: int) -> int:
    """Return a decimal number in units within bounds, written as its text or as a number."""
    try:
        units = to_units(_number_text(value))
    except UnitsError:
        refuse(
            path, f"must be a plain decimal number such as 0.5 or 30, up to 8 decimals, not {shown(value)}"
        )
    if not low <= units <= high:
        bounds = f"between {format_units(low)} and {format_units(high)}"
        refuse(path, f"must lie {bounds}, not {format_units(units)[:_SHOWN]}")
    return units


def is_number(value: Any) -> bool:
    """Return whether a value is written like a number, whatever its size."""
    text = _number_text(value)
    return bool(text) and text.lstrip("+-")[:1].isdigit()


def _number_text(value: Any) -> str:
    """Return a number as text; '' for what is none. A float's shortest text is what its author wrote."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return value if isinstance(value, str) else _clipped(value)


def _clipped(value: float) -> str:
    # An integer of thousands of digits would cost time to write, and is out of any bounds.
    return "" if isinstance(value, int) and abs(value) > SCALE**4 else repr(value)


def _shown_number(value: Any) -> str:
    text = _number_text(value)
    return text[:_SHOWN] if text and not isinstance(value, str) else shown(value)
