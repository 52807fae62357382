"""How often one address may ask."""

from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView


class PublicThrottle(AnonRateThrottle):
    """Counts by the peer's address.

    A client may write any X-Forwarded-For it likes, so that is not read here: the server in front of
    Django replaces the peer's address where it trusts its proxy.
    """

    def get_ident(self, request: Request) -> str:
        """Return the peer's address."""
        return str(request.META.get("REMOTE_ADDR", ""))

    def get_cache_key(self, request: Request, view: APIView) -> str:  # noqa: ARG002 - DRF's signature
        """Return one key for an address, whoever is signed in."""
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
