"""Canonical bytes and hashes: the same value has the same bytes on every machine.

The form is JSON with sorted keys, no spaces, UTF-8, and only objects, lists, strings, integers,
booleans and null. Floats are refused: their text differs between writers.
"""

import hashlib
import json


class CanonicalError(TypeError):
    """A value that has no canonical form."""


def _refuse(value: object) -> None:
    known = "objects, lists, strings, integers, booleans and null"
    raise CanonicalError(f"{type(value).__name__} has no canonical form; use {known}")


_LEAVES = frozenset({str, int, bool, type(None)})


def _check_no_floats(value: object) -> None:
    """Look at every part; whole lists of leaves are passed at the speed of ``map``."""
    waiting: list[object] = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if not all(type(key) is str for key in part):
                raise CanonicalError("object keys must be strings")
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            if not _LEAVES.issuperset(map(type, part)):
                waiting.extend(part)
        elif isinstance(part, float):
            _refuse(part)


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
