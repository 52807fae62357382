"""Opening rounds and moving them along their stages by compare-and-swap: doing it twice changes nothing."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from arena.domain.stages import OPENED, next_stage
from arena.models import Round, Season
from arena.selectors.roster import SeasonFacts
from kernel.ids import derive_id

LEASE_GRACE_MS = 60_000
"""Wall time beyond the answering deadline after which a silent worker counts as dead."""


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
    try:
        with transaction.atomic():
            moved = Season.objects.filter(
                id=season.id, last_slot=season.clock.last_slot, status="running"
            ).update(last_slot=slot)
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
    """Take over an unfinished round whose lease has run out; None while another worker holds it."""
    free = Round.objects.filter(id=round_id, lease_until_ms__lte=wall_ms).exclude(stage="closed")
    taken = free.update(epoch=F("epoch") + 1, lease_until_ms=wall_ms + lease_ms)
    if not taken:
        return None
    return Claim(round_id, Round.objects.values_list("epoch", flat=True).get(id=round_id))


def release_claim(claim: Claim) -> None:
    """Give a round back that could not be finished, so that the next ring goes on with it at once."""
    Round.objects.filter(id=claim.round_id, epoch=claim.epoch).update(lease_until_ms=0)


def release_leases() -> int:
    """Free every claim; only for the one process that holds the database alone, at its start."""
    return Round.objects.exclude(stage="closed").update(lease_until_ms=0)


def advance_stage(claim: Claim, stage: str, **columns: Any) -> None:
    """Move the round from ``stage`` to the next with these columns, inside the caller's transaction.

    Raises LostClaimError if the round is not at this stage under this claim: the transaction must not commit.
    """
    moved = Round.objects.filter(id=claim.round_id, epoch=claim.epoch, stage=stage).update(
        stage=next_stage(stage), **columns
    )
    if not moved:
        raise LostClaimError(f"round {claim.round_id} is no longer at {stage} under epoch {claim.epoch}")
