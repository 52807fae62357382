"""How much may still be asked of a venue: one bucket for all processes, taken from by compare-and-swap.

A venue counts what comes from one internet address, whichever process sent it. Each request takes its
weight before it is sent, in a statement of its own; never call this inside a transaction. A share is kept
back for cancels and closing orders, so that looking and opening can never starve them.
"""

from collections.abc import Callable
from typing import Final

from kernel.time import MINUTE_MS
from trading.models import VenueBudget
from trading.ports import VenueUnavailableError

RESERVED_SHARE: Final = 5
"""One part in so many is kept for cancels and closing orders."""

_ATTEMPTS: Final = 50
_UNIT: Final = MINUTE_MS
"""A weight in stored tokens: so that a millisecond's refill, per_minute / 60,000 of a weight, is whole."""


class BudgetSpentError(VenueUnavailableError):
    """Too much was asked of the venue for now: nothing was sent. ``wait_ms`` is when to come again."""

    def __init__(self, text: str, wait_ms: int) -> None:
        super().__init__(text)
        self.wait_ms = wait_ms


class SharedBudget:
    """The bucket of one venue and profile; it fills by ``per_minute`` weights a minute, up to that many.

    ``clock`` returns wall milliseconds. One that steps back refills nothing until it has caught up.
    """

    def __init__(self, venue: str, profile: str, per_minute: int, clock: Callable[[], int]) -> None:
        self._id = f"{venue}:{profile}"
        self._rate = per_minute
        self._full = per_minute * _UNIT
        self._kept = self._full // RESERVED_SHARE
        self._clock = clock

    def spend(self, weight: int, *, urgent: bool) -> None:
        """Take so much; raises BudgetSpentError where it is not there or the venue wants us to wait.

        ``urgent``: a cancel or a closing order, which may take the share that is kept back.
        """
        for _ in range(_ATTEMPTS):
            if self._taken(weight * _UNIT, 0 if urgent else self._kept):
                return
        raise BudgetSpentError(f"{self._id}: too many processes ask at once", 1_000)

    def _taken(self, wanted: int, kept: int) -> bool:
        """Take it or raise; False where another process was faster and the look must be repeated."""
        now = self._clock()
        row, _ = VenueBudget.objects.get_or_create(
            id=self._id, defaults={"tokens": self._full, "refilled_wall_ms": now}
        )
        if now < row.blocked_until_wall_ms:
            wait = row.blocked_until_wall_ms - now
            raise BudgetSpentError(f"{self._id}: the venue wants us to wait {wait} ms longer", wait)
        filled = min(row.tokens + max(now - row.refilled_wall_ms, 0) * self._rate, self._full)
        if filled - wanted < kept:
            wait = -((filled - wanted - kept) // self._rate)
            raise BudgetSpentError(f"{self._id}: its limit of requests is used up for {wait} ms", wait)
        seen = VenueBudget.objects.filter(
            id=self._id, tokens=row.tokens, refilled_wall_ms=row.refilled_wall_ms
        )
        since = max(now, row.refilled_wall_ms)
        return seen.update(tokens=filled - wanted, refilled_wall_ms=since) == 1

    def block(self, wait_ms: int) -> None:
        """Let nothing be spent for so long: the venue said (429, 418) that it was too much."""
        now = self._clock()
        VenueBudget.objects.get_or_create(
            id=self._id, defaults={"tokens": self._full, "refilled_wall_ms": now}
        )
        later = VenueBudget.objects.filter(id=self._id, blocked_until_wall_ms__lt=now + wait_ms)
        later.update(blocked_until_wall_ms=now + wait_ms)
