"""A season's clock: which market moment it is, and which slot is due.

``wall``: market time is the wall clock; slots missed while nothing ran stay missed.
``scaled``: market time runs ``speed`` times the wall clock from an anchor, and stands still at the next
slot until its round is closed, so no slot is skipped and a slow model costs no market time.
``tape``: the next slot is always due; rounds are played as fast as they can be.
"""

from dataclasses import dataclass

from kernel.time import slot_of, slot_start


@dataclass(frozen=True, slots=True)
class SeasonClock:
    """What the clock needs to know; all times in milliseconds."""

    kind: str
    speed: int
    anchor_market_ms: int
    anchor_wall_ms: int
    interval_ms: int
    first_slot: int
    last_slot: int | None
    round_open: bool = False
    """True while the round of ``last_slot`` is unfinished."""

    @property
    def next_slot(self) -> int:
        """The slot after the last one opened."""
        return self.first_slot if self.last_slot is None else self.last_slot + 1


def market_now(clock: SeasonClock, wall_ms: int) -> int:
    """Return the market moment at this wall time."""
    if clock.kind == "wall":
        return wall_ms
    if clock.kind == "scaled" and clock.round_open and clock.last_slot is not None:
        return slot_start(clock.last_slot, clock.interval_ms)
    next_opening = slot_start(clock.next_slot, clock.interval_ms)
    if clock.kind == "tape":
        return next_opening
    passed = max(0, wall_ms - clock.anchor_wall_ms) * clock.speed
    return min(clock.anchor_market_ms + passed, next_opening)


def due_slot(clock: SeasonClock, wall_ms: int) -> int | None:
    """Return the slot whose round should be opened now, if any."""
    slot = slot_of(market_now(clock, wall_ms), clock.interval_ms)
    if slot < clock.first_slot:
        return None
    if clock.last_slot is not None and slot <= clock.last_slot:
        return None
    return slot


def wall_ms_until(clock: SeasonClock, market_ms: int, wall_ms: int) -> int:
    """Return the wall milliseconds until a market moment; 0 if it has passed or the clock does not wait."""
    gap = market_ms - market_now(clock, wall_ms)
    if gap <= 0 or clock.kind == "tape":
        return 0
    return gap if clock.kind == "wall" else -(-gap // clock.speed)


FAST_ROUND_MS = 1_000
"""What counts as a round's wall time where rounds are played as fast as they can be."""


def wall_interval_ms(clock: SeasonClock) -> int:
    """Return the wall time from round to round: what providers that failed are left alone by."""
    if clock.kind == "tape":
        return FAST_ROUND_MS
    return max(1, clock.interval_ms // clock.speed) if clock.kind == "scaled" else clock.interval_ms
