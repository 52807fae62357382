"""Programs that decide for a contestant: who is asking, by the token of their seat, and how often."""

from dataclasses import dataclass
from typing import Any, Final

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from agents.selectors.seats import SeatView, seat_of_token
from agents.services.seating import note_seen
from interfaces.clock import wall_ms
from kernel.canonical import sha256_hex

RATE: Final = "120/min"
"""A program needs three requests a round; one that looks every second stays well below."""

_SCHEME: Final = "bearer "


@dataclass(frozen=True, slots=True)
class Program:
    """Who a token stands for: no user of the site, so it may do nothing else here."""

    is_authenticated: bool = True
    is_active: bool = True
    is_staff: bool = False


def bearer_token(header: str) -> str:
    """Return the token of an Authorization header, '' where there is none."""
    return header[len(_SCHEME) :].strip() if header.lower().startswith(_SCHEME) else ""


class SeatTokens(BaseAuthentication):
    """``Authorization: Bearer TOKEN``. The token is looked up by its hash and never logged."""

    def authenticate(self, request: Request) -> tuple[Program, SeatView] | None:
        """Return the program and its seat; None without a token, AuthenticationFailed for a wrong one."""
        token = bearer_token(request.headers.get("Authorization", ""))
        if not token:
            return None
        seat = seat_of_token(token)
        if seat is None:
            raise AuthenticationFailed("This token is not valid: it was revoked or replaced, or never was.")
        note_seen(seat.contestant_id, seat.last_seen_ms, wall_ms())
        return Program(), seat

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Return the challenge that turns a refusal into 401."""
        return 'Bearer realm="arena"'


class HasSeat(BasePermission):
    """Only with a token."""

    message = "Send the seat's token: Authorization: Bearer TOKEN."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002 - DRF's signature
        """Return whether the request came with a valid token."""
        return isinstance(request.auth, SeatView)


class SeatThrottle(SimpleRateThrottle):
    """Counts by token, wherever it is used from."""

    scope = "seat"
    rate = RATE

    def get_cache_key(self, request: Request, view: Any) -> str:  # noqa: ARG002 - DRF's signature
        """Return one key for a token; the cache never holds the token itself."""
        token = bearer_token(request.headers.get("Authorization", ""))
        ident = sha256_hex(token.encode("utf-8", "surrogateescape"))
        return self.cache_format % {"scope": self.scope, "ident": ident}
