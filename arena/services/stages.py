"""Opening rounds and moving them along their stages by compare-and-swap: doing it twice changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from arena.domain.stages import OPENED, next_stage
from arena.models import Round, Season
from arena.selectors.roster import SeasonFacts
from kernel.ids import derive_id

LEASE_GRACE_MS = 60_000
"""Wall time beyond the answering deadline after which a silent worker counts as dead."""


RETRY_MS = 1_000
MAX_RETRY_MS = 60_000
"""How long a round that failed waits for its next try: doubled from the first to the second."""

OTHER_CLOCK_MS = 15 * 60_000
"""A lease that ends this much later than one taken now would was taken under a clock that has gone back."""


class LostClaimError(Exception):
    """Another worker has taken this round over: what was being written is rolled back and dropped."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to move one round along. ``epoch`` fences: an older claim can write nothing."""

    round_id: str
    epoch: int


def open_slot(season: SeasonFacts, slot: int, market_ms: int, wall_ms: int, lease_ms: int) -> Claim | None:
    """Open a round and claim it; None if somebody else did or the season's cursor has moved on."""
    round_id = derive_id("round", season.id, slot)
    untouched = Q(last_slot=season.clock.last_slot) & (Q(last_slot=None) | Q(last_slot__lt=slot))
    try:
        with transaction.atomic():
            moved = Season.objects.filter(untouched, id=season.id, status="running", round_open=False).update(
                last_slot=slot, round_open=True
            )
            if not moved:
                return None
            Round.objects.create(
                id=round_id,
                season_id=season.id,
                slot=slot,
                number=season.rounds_closed + 1,
                market_ms=market_ms,
                stage=OPENED,
                epoch=1,
                lease_until_ms=wall_ms + lease_ms,
                rulebook_sha256=season.rulebook_sha256,
                opened_wall_ms=wall_ms,
            )
    except IntegrityError:
        return None
    return Claim(round_id, 1)


def claim_round(round_id: str, wall_ms: int, lease_ms: int) -> Claim | None:
    """Take over an unfinished round whose lease has run out; None while another worker holds it.

    A lease that ends later than any taken now could was taken under another clock, and holds nobody.
    """
    epoch = Round.objects.values_list("epoch", flat=True).get(id=round_id)
    ended = Q(lease_until_ms__lte=wall_ms) | Q(lease_until_ms__gt=wall_ms + lease_ms + OTHER_CLOCK_MS)
    free = Round.objects.filter(ended, id=round_id, epoch=epoch).exclude(stage="closed")
    taken = free.update(epoch=epoch + 1, lease_until_ms=wall_ms + lease_ms)
    return Claim(round_id, epoch + 1) if taken else None


def release_claim(claim: Claim, wall_ms: int) -> None:
    """Give a round back that could not be finished: soon the first time, later each time it fails again.

    A round that keeps failing would otherwise ask every agent once a ring, and models cost money.
    """
    wait_ms = min(RETRY_MS * 2 ** min(claim.epoch - 1, 10), MAX_RETRY_MS)
    Round.objects.filter(id=claim.round_id, epoch=claim.epoch).update(lease_until_ms=wall_ms + wait_ms)


def release_leases(season_ids: Iterable[str] | None = None) -> int:
    """Free every claim of these seasons, or all; only for the process that plays them alone, at its start."""
    unfinished = Round.objects.exclude(stage="closed")
    if season_ids is not None:
        unfinished = unfinished.filter(season_id__in=list(season_ids))
    return unfinished.update(lease_until_ms=0)


def advance_stage(claim: Claim, stage: str, **columns: Any) -> None:
    """Move the round from ``stage`` to the next with these columns, inside the caller's transaction.

    Raises LostClaimError if the round is not at this stage under this claim: the transaction must not commit.
    """
    moved = Round.objects.filter(id=claim.round_id, epoch=claim.epoch, stage=stage).update(
        stage=next_stage(stage), **columns
    )
    if not moved:
        raise LostClaimError(f"round {claim.round_id} is no longer at {stage} under epoch {claim.epoch}")
