"""Bodies of the API: bounded, and refused in a sentence where they cannot be read."""

import json
from collections.abc import Mapping
from typing import IO, Any, Final

from rest_framework.parsers import BaseParser

from interfaces.api.errors import ApiProblem
from kernel.nesting import check_nesting

MAX_BODY: Final = 64 * 1024
"""Bytes of a body: the longest prompt is a tenth of it, a strategy may take all of it."""


class BoundedJSON(BaseParser):
    """Reads JSON of at most ``MAX_BODY`` bytes; the rest is a problem with status 400 or 413."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 - DRF's signature
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002 - DRF's signature
    ) -> Any:
        """Return the value of a body; raises ApiProblem."""
        raw = stream.read(MAX_BODY + 1)
        if len(raw) > MAX_BODY:
            raise ApiProblem("too_large", f"A body holds at most {MAX_BODY} bytes.")
        try:
            check_nesting(raw)
            value = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
            # Escapes may stand for half a sign or for NUL, which no text of PostgreSQL can hold.
            text = json.dumps(value, ensure_ascii=False)
            text.encode("utf-8")
        except (ValueError, RecursionError):
            raise ApiProblem("parse_error", "The body is no JSON in UTF-8 that can be read here.") from None
        if "\\u0000" in text:
            raise ApiProblem("parse_error", "The body holds a NUL, which no text may.")
        return value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
