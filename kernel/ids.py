"""Ids derived from natural keys, so that two processes that do the same work name it the same."""

import hashlib
from typing import Final

ID_LENGTH: Final = 32
"""Hexadecimal digits of an id: 128 bits."""


def derive_id(kind: str, *natural_key: str | int) -> str:
    """Return 128 bits of SHA-256 over the kind and natural key, as 32 hexadecimal digits.

    Parts are length-prefixed, so ("ab", "c") and ("a", "bc") differ.
    """
    material = f"{len(kind)}:{kind}"
    for part in natural_key:
        text = part if type(part) is str else str(part)
        material += f"{len(text)}:{text}"
    return hashlib.sha256(material.encode()).hexdigest()[:ID_LENGTH]


def derive_seed(*natural_key: str | int) -> int:
    """Return a 64-bit seed for a random generator, fixed by the natural key."""
    return int(derive_id("seed", *natural_key)[:16], 16)
