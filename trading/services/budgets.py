"""How much may still be asked of a venue: one bucket for all processes, taken from by compare-and-swap.

A venue counts what comes from one internet address, whichever process sent it. Each request takes its
weight before it is sent, in a statement of its own; never call this inside a transaction. A share is kept
back for cancels and closing orders, so that looking and opening can never starve them: routine looks leave
two fifths of the bucket, other requests one, looks that a halt waits for a tenth, cancels and closing orders
nothing. Routine looks of one account take no more than its part of the whole.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple

from kernel.time import DAY_MS, MINUTE_MS
from trading.models import VenueAccount, VenueBudget
from trading.ports import VenueUnavailableError

KEPT_BY_LOOKS: Final = 400
KEPT: Final = 200
KEPT_BY_ENDINGS: Final = 100
"""Thousandths of a full bucket that a request must leave; urgent ones leave nothing."""

CLOCKS_DIFFER_MS: Final = MINUTE_MS
"""A bucket filled further ahead than this was filled under another clock, and so was its wait."""

LONGEST_WAIT_MS: Final = 3 * DAY_MS
"""The longest that a venue bans an address for."""

_LOOK_PARTS: Final = 10
"""An account may save up one part in so many for its looks, however many share: one look must fit."""

_ATTEMPTS: Final = 50
_UNIT: Final = MINUTE_MS
"""A weight in stored tokens: so that a millisecond's refill, per_minute / 60,000 of a weight, is whole."""


class _Asker(NamedTuple):
    account_id: str
    kept: int


_NOBODY: Final = _Asker("", KEPT)
_asker: Final[ContextVar[_Asker]] = ContextVar("asker", default=_NOBODY)


@contextmanager
def asking(account_id: str, kept: int) -> Iterator[None]:
    """Let what is asked in the block leave so much of the bucket: KEPT_BY_LOOKS or KEPT_BY_ENDINGS."""
    token = _asker.set(_Asker(account_id, kept))
    try:
        yield
    finally:
        _asker.reset(token)


class BudgetSpentError(VenueUnavailableError):
    """Too much was asked of the venue for now: nothing was sent. ``wait_ms`` is when to come again."""

    def __init__(self, text: str, wait_ms: int) -> None:
        super().__init__(text)
        self.wait_ms = wait_ms


class SharedBudget:
    """The bucket of one venue and profile; it fills by ``per_minute`` weights a minute, up to that many.

    ``clock`` returns wall milliseconds. One that steps back a little refills nothing until it has caught up.
    """

    def __init__(self, venue: str, profile: str, per_minute: int, clock: Callable[[], int]) -> None:
        self._venue, self._profile = venue, profile
        self._rate, self._clock = per_minute, clock
        self._sharers, self._counted_ms = 1, 0

    def spend(self, weight: int, *, urgent: bool) -> None:
        """Take so much; raises BudgetSpentError where it is not there or the venue wants us to wait.

        ``urgent``: a cancel or a closing order, which may take the share that is kept back.
        """
        asker = _asker.get()
        bucket = self._whole()
        bucket.check(weight, 0 if urgent else asker.kept)
        if asker.kept == KEPT_BY_LOOKS and not urgent:
            self._part_of(asker.account_id).take(weight, 0)
        bucket.take(weight, 0 if urgent else asker.kept)

    def block(self, wait_ms: int) -> None:
        """Let nothing be spent for so long: the venue said (429, 418) that it was too much."""
        self._whole().block(min(wait_ms, LONGEST_WAIT_MS))

    def _whole(self) -> "_Bucket":
        return _Bucket(f"{self._venue}:{self._profile}", self._rate, self._rate, self._clock)

    def _part_of(self, account_id: str) -> "_Bucket":
        now = self._clock()
        if abs(now - self._counted_ms) >= MINUTE_MS:
            rows = VenueAccount.objects.filter(venue=self._venue, profile=self._profile, enabled=True)
            self._sharers, self._counted_ms = max(1, rows.count()), now
        rate = max(1, self._rate // self._sharers)
        full = max(rate, self._rate // _LOOK_PARTS)
        return _Bucket(f"{self._venue}:{self._profile}:{account_id}", rate, full, self._clock)


class _Read(NamedTuple):
    tokens: int
    refilled_ms: int
    blocked_ms: int


class _Bucket:
    """One row: filled by ``rate`` weights a minute up to ``full`` of them."""

    def __init__(self, key: str, rate: int, full: int, clock: Callable[[], int]) -> None:
        self._key, self._rate, self._full, self._clock = key, rate, full * _UNIT, clock

    def check(self, weight: int, kept: int) -> None:
        """Raise BudgetSpentError where ``take`` would, and take nothing."""
        now = self._clock()
        self._left(self._row(now), now, weight, kept)

    def take(self, weight: int, kept: int) -> None:
        """Take so much; raises BudgetSpentError where less than ``kept`` thousandths would be left."""
        for _ in range(_ATTEMPTS):
            now = self._clock()
            row = self._row(now)
            left = self._left(row, now, weight, kept)
            if self._write(row, _Read(left, max(now, row.refilled_ms), row.blocked_ms)):
                return
        raise BudgetSpentError(f"{self._key}: too many processes ask at once", 1_000)

    def block(self, wait_ms: int) -> None:
        """Let nothing be taken for so long."""
        for _ in range(_ATTEMPTS):
            now = self._clock()
            row = self._row(now)
            until_ms = max(now + wait_ms, row.blocked_ms)
            if self._write(row, _Read(self._filled(row, now), max(now, row.refilled_ms), until_ms)):
                return

    def _row(self, now: int) -> _Read:
        """Return the bucket; one that another clock wrote is written anew, as filled now, with no wait."""
        defaults = {"tokens": self._full, "refilled_wall_ms": now}
        row, _ = VenueBudget.objects.get_or_create(id=self._key, defaults=defaults)
        found = _Read(row.tokens, row.refilled_wall_ms, row.blocked_until_wall_ms)
        if found.refilled_ms > now + CLOCKS_DIFFER_MS:
            mended = found._replace(refilled_ms=now, blocked_ms=0)
        elif found.blocked_ms > now + LONGEST_WAIT_MS + CLOCKS_DIFFER_MS:
            mended = found._replace(blocked_ms=0)
        else:
            return found
        self._write(found, mended)
        return mended

    def _filled(self, row: _Read, now: int) -> int:
        return min(row.tokens + max(now - row.refilled_ms, 0) * self._rate, self._full)

    def _left(self, row: _Read, now: int, weight: int, kept: int) -> int:
        """Return the tokens that are left after taking; raises BudgetSpentError where they are too few."""
        if now < row.blocked_ms:
            wait = row.blocked_ms - now
            raise BudgetSpentError(f"{self._key}: the venue wants us to wait {wait} ms longer", wait)
        left = self._filled(row, now) - weight * _UNIT
        floor = self._full * kept // 1_000
        if left < floor:
            wait = -((left - floor) // self._rate)
            raise BudgetSpentError(f"{self._key}: its limit of requests is used up for {wait} ms", wait)
        return left

    def _write(self, before: _Read, after: _Read) -> bool:
        """Write it where nobody else has since it was read."""
        names = ("tokens", "refilled_wall_ms", "blocked_until_wall_ms")
        seen = VenueBudget.objects.filter(id=self._key, **dict(zip(names, before, strict=True)))
        return seen.update(**dict(zip(names, after, strict=True))) == 1
