"""Keys are struck out of text by their value, whatever name they stand under.

Every secret that this process has had in its hands is known here (SecretText and Keyring say so themselves),
so that a log line, an error report or a provider's echo cannot carry it on.
"""

import json
import re
from base64 import b64encode
from html import escape
from typing import Final
from urllib.parse import quote

MARK: Final = "[hidden]"

MIN_LENGTH: Final = 8
"""Signs of the shortest value that is struck out: a shorter one is a placeholder for a server on this
machine, or an ordinary word."""


class Scrubber:
    """A growing set of values that no text may hold. Adding and scrubbing may happen in many threads."""

    def __init__(self) -> None:
        self._forms: dict[str, None] = {}
        self._patterns: tuple[int, re.Pattern[str], re.Pattern[bytes]] | None = None

    def add(self, value: str) -> None:
        """Strike this value out from now on, also as it stands in JSON, HTML, an address and base64."""
        if len(value) < MIN_LENGTH:
            return
        for form in (value, json.dumps(value)[1:-1], quote(value, safe=""), escape(value), _base64(value)):
            self._forms[form] = None

    def scrub(self, text: str) -> str:
        """Return the text with every known value replaced by a mark."""
        found = self._compiled()
        return text if found is None else found[1].sub(MARK, text)

    def scrub_bytes(self, body: bytes) -> bytes:
        """Return the bytes with every known value replaced by a mark."""
        found = self._compiled()
        return body if found is None else found[2].sub(MARK.encode(), body)

    def _compiled(self) -> tuple[int, re.Pattern[str], re.Pattern[bytes]] | None:
        patterns = self._patterns
        if patterns is None or patterns[0] != len(self._forms):
            # The longest first: one may hold another.
            forms = sorted(self._forms, key=len, reverse=True)
            if not forms:
                return None
            text = "|".join(map(re.escape, forms))
            patterns = (len(forms), re.compile(text), re.compile(text.encode()))
            self._patterns = patterns
        return patterns


def _base64(value: str) -> str:
    return b64encode(value.encode()).decode().rstrip("=")


KNOWN: Final = Scrubber()
"""What this process knows."""
