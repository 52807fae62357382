"""Canonical bytes and hashes: the same value has the same bytes on every machine.

The form is JSON with sorted keys, no spaces, UTF-8, and only objects, lists, strings, integers,
booleans and null. Floats are refused: their text differs between writers.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence


Canonical = Mapping[str, "Canonical"] | Sequence["Canonical"] | str | int | bool | None


class CanonicalError(TypeError):
    """A value that has no canonical form."""


def _refuse(value: object) -> None:
    raise CanonicalError(
        f"{type(value).__name__} has no canonical form; use objects, lists, strings, integers, booleans and null"
    )


def _check_no_floats(value: object) -> None:
    if isinstance(value, float):
        _refuse(value)
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise CanonicalError("object keys must be strings")
        for item in value.values():
            _check_no_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_no_floats(item)


def canonical_bytes(value: object) -> bytes:
    """Return the canonical bytes of a value; raises CanonicalError where there are none."""
    _check_no_floats(value)
    try:
        text = json.dumps(
            value,
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            default=_refuse,
        )
        return text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError("text with a lone surrogate has no canonical form") from error


def sha256_hex(body: bytes) -> str:
    """Return the SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def chain_hash(previous: str, body: bytes) -> str:
    """Return the next head of a hash chain: SHA-256 over the previous head and the new bytes."""
    return hashlib.sha256(bytes.fromhex(previous) + hashlib.sha256(body).digest()).hexdigest()


GENESIS = "0" * 64
"""Head of a hash chain that holds nothing yet."""
