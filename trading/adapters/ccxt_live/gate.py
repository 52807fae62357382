"""The gate every request passes: in the venue's table, to the venue's own hosts, signed only with leave.

It stands at three places, the last of them right before a connection is opened, so that neither a method of
ccxt nobody thought of nor an option switched on by default can get a signed request out.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from kernel.nesting import check_nesting
from trading.adapters.ccxt_live.endpoints import Table
from trading.adapters.ccxt_live.permit import Permit, PermitRefusedError
from trading.ports import VenueRefusedError

_NEED: Final = "a signed request needs the leave of the deployment and of the account; none was granted"

_KEY_HEADERS: Final = frozenset({"x-mbx-apikey", "access-key", "access-sign", "authorization", "x-api-key"})

TOO_MUCH: Final = frozenset({418, 429})
"""HTTP statuses by which a venue says that it was asked too much."""

_NO_WORDS: Final = frozenset({""})


class ForbiddenRequestError(VenueRefusedError):
    """A request that is not in the venue's table; the text names it, without its parameters."""


class Heard(NamedTuple):
    """The venue's last answer as it came: HTTP status, body, and how long it asked us to wait."""

    status: int
    body: str
    retry_after_ms: int = 0


class Gate:
    """Decides about each request of one client, and remembers the last answer in ``heard``."""

    def __init__(self, venue: str, table: Table, permit: Permit | None) -> None:
        self._venue = venue
        self._permit = permit
        self._table = table
        self._calls: dict[tuple[str, str, str], set[str]] = {}
        for each in table.values():
            self._calls.setdefault((each.api, each.method, each.path), set()).add(each.word)
        self._signed = {each.api for each in table.values() if each.signed}
        self._addresses: dict[tuple[str, str], set[str]] = {}
        self.heard: Heard | None = None

    def forget(self) -> None:
        """Forget the last answer: what is heard from now on belongs to the next request."""
        self.heard = None

    def open_to(self, urls: Mapping[str, str]) -> None:
        """Allow the listed paths under these addresses (ccxt's group -> URL), and nothing anywhere else."""
        self._addresses = {}
        for each in self._table.values():
            address = urlsplit(f"{urls[each.api]}/{each.path}")
            place = (each.method, f"{address.scheme}://{address.netloc}{address.path}")
            self._addresses.setdefault(place, set()).add(each.word)

    def check_call(self, api: str, method: str, path: str, params: Mapping[str, Any]) -> None:
        """Raise ForbiddenRequestError for what is not listed, PermitRefusedError without leave to sign."""
        self._check_listed(self._calls.get((api, method, path)), method, path, params)
        if api in self._signed:
            self.check_signing()

    def check_signing(self) -> None:
        """Raise PermitRefusedError without a permit."""
        if self._permit is None:
            raise PermitRefusedError(_NEED)

    def check_request(self, method: str, url: str, headers: Iterable[str], body: object) -> None:
        """Judge a finished request right before it is sent."""
        address = urlsplit(url)
        place = (method, f"{address.scheme}://{address.netloc}{address.path}")
        text = text_in(body)
        self._check_listed(self._addresses.get(place), method, address.path, _decoded(text))
        if is_signed(address.query, headers, text):
            self.check_signing()

    def _check_listed(
        self, words: set[str] | None, method: str, path: str, params: Mapping[str, Any]
    ) -> None:
        word = "" if words is not None and words <= _NO_WORDS else _word(params)
        if words is None or word not in words:
            what = f"{self._venue}: {method} {path} {word}".rstrip()
            raise ForbiddenRequestError(f"{what} is not a request this adapter makes; nothing was sent")


def is_signed(query: str, headers: Iterable[str], body: str) -> bool:
    """Tell whether a request carries a key or a signature."""
    if _KEY_HEADERS & {name.lower() for name in headers}:
        return True
    return "signature=" in query or "signature=" in body or '"signature"' in body


def _word(params: Mapping[str, Any]) -> str:
    """Return the 'type' of a body, or of the action in it, where one path serves many purposes."""
    action = params.get("action", params)
    return str(action.get("type", "")) if isinstance(action, Mapping) else ""


def text_in(body: object) -> str:
    """Return a body as text."""
    return body.decode() if isinstance(body, bytes) else str(body or "")


def _decoded(text: str) -> Mapping[str, Any]:
    try:
        check_nesting(text.encode())
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
