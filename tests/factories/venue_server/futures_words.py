"""How the venues of one family of futures interfaces say no, and that they are busy."""

from abc import ABC

from tests.factories.venue_server.dialect import Dialect, Reply
from tests.factories.venue_server.futures_refusals import refusal_of
from tests.factories.venue_server.records import Refusal


class FuturesDialect(Dialect, ABC):
    """Base of those that refuse by a number and its words."""

    def refuse(self, refusal: Refusal) -> Reply:
        """Say no by code."""
        return refusal_of(refusal)

    def unknown(self) -> Reply:
        """Say -1007."""
        return refusal_of(Refusal("status_unknown"))

    def busy(self, status: int) -> Reply:
        """Answer 429 and 418 in the venue's own words, the rest as the gateway does."""
        if status not in (418, 429):
            return super().busy(status)
        kind = "too_many" if status == 429 else "banned"
        return Reply(status, refusal_of(Refusal(kind)).body, {"Retry-After": "1"})
