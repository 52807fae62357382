"""Figures of the venue's own book: integers at 1e-8, read from and written as plain decimal text."""

from decimal import Decimal, InvalidOperation

SCALE = 100_000_000


class UnreadableError(ValueError):
    """A figure that is no finite decimal of at most eight places."""


def units(figure: object) -> int:
    """Return a decimal as an integer at 1e-8; UnreadableError where that is not exact."""
    try:
        scaled = Decimal(str(figure)) * SCALE
    except InvalidOperation:
        raise UnreadableError(f"{figure!r} is no decimal") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise UnreadableError(f"{figure!r} has no exact value at 1e-8")
    return int(scaled)


def text(value: int, places: int = 8) -> str:
    """Return an integer at 1e-8 as a decimal with at least so many places, and no more than it needs."""
    sign, whole, part = "-" if value < 0 else "", abs(value) // SCALE, f"{abs(value) % SCALE:08d}"
    kept = part.rstrip("0").ljust(places, "0")
    return f"{sign}{whole}.{kept}" if kept else f"{sign}{whole}"


def plain(value: int) -> str:
    """Return an integer at 1e-8 as the shortest decimal."""
    return text(value, 0)


def divide(numerator: int, denominator: int, *, up: bool) -> int:
    """Return a quotient rounded towards +infinity or -infinity."""
    return -(-numerator // denominator) if up else numerator // denominator


def times(first: int, second: int, *, up: bool = False) -> int:
    """Return the product of two figures at 1e-8, rounded up or down."""
    return divide(first * second, SCALE, up=up)


def cut(value: int, step: int) -> int:
    """Return the largest multiple of a step that is not above the value."""
    return value // step * step
