"""A key that has several parts (a name, a secret, a password) as one text under one seal."""

import json
from collections.abc import Mapping

from accounts.domain.secrets import UnusableSecretError


def write_fields(fields: Mapping[str, str]) -> str:
    """Return the parts as one text that tells them apart again."""
    return json.dumps(dict(fields), separators=(",", ":"), sort_keys=True)


def read_fields(text: str) -> dict[str, str]:
    """Return the parts of such a text; raises UnusableSecretError, without telling it."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(part, str) for part in found.values()):
        raise UnusableSecretError("the stored key has not the form of a venue's key; set it anew")
    return found


def fields_from(text: str, wanted: tuple[str, ...]) -> dict[str, str]:
    """Return the wanted parts out of a JSON object or lines ``name=value``; raises UnusableSecretError.

    The sentence names parts, never what stands in them. The order is that of ``wanted``.
    """
    try:
        given = read_fields(text) if text.lstrip().startswith("{") else _from_lines(text)
    except UnusableSecretError:
        raise _unusable(wanted) from None
    if set(given) != set(wanted) or not all(given.values()):
        raise _unusable(wanted)
    return {name: given[name] for name in wanted}


def _from_lines(text: str) -> dict[str, str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all("=" in line for line in lines):
        raise UnusableSecretError("a line without a name")
    pairs = [line.partition("=") for line in lines]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _unusable(wanted: tuple[str, ...]) -> UnusableSecretError:
    shape = ", ".join(f'"{name}": "..."' for name in wanted)
    return UnusableSecretError(
        f"this venue's key has the parts {', '.join(wanted)}; pipe in {{{shape}}} or one line name=value each"
    )
