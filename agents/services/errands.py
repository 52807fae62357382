"""Errands written: asked for by a face, taken by the runner, finished once. No secret ever stands in one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from agents.models import Errand
from kernel.canonical import canonical_bytes, sha256_hex
from kernel.ids import derive_id
from kernel.time import SECOND_MS

LOST_AFTER_MS: Final = 60 * SECOND_MS
"""An errand that runs for longer was lost with its process, and is taken again."""

GIVEN_UP_AFTER_MS: Final = 10 * 60 * SECOND_MS
"""An errand that is this old ends as failed, so that one that kills its process cannot do so for ever."""

MAX_ASKED_BY: Final = 160


@dataclass(frozen=True, slots=True)
class TakenErrand:
    """An errand in hand. ``taken_wall_ms`` is the fence: who takes it later finishes it, not who had it."""

    id: str
    kind: str
    request: dict[str, Any]
    taken_wall_ms: int


def ask_errand(kind: str, request: Mapping[str, Any], asked_by: str, wall_ms: int) -> str:
    """Store an errand for the runner and return its id. ``request`` holds canonical values and no secret."""
    body = canonical_bytes(dict(request))
    errand_id = derive_id("errand", kind, asked_by, wall_ms, sha256_hex(body))
    Errand.objects.get_or_create(
        id=errand_id,
        defaults={
            "kind": kind,
            "state": "waiting",
            "request": body,
            "result": b"{}",
            "asked_by": asked_by[:MAX_ASKED_BY],
            "created_wall_ms": wall_ms,
        },
    )
    return errand_id


def take_errand(kinds: Sequence[str], wall_ms: int) -> TakenErrand | None:
    """Take the oldest errand of these kinds that waits or was lost; None if there is none.

    Two runners cannot take the same one: the update says who was first.
    """
    lost = Q(state="running", started_wall_ms__lte=wall_ms - LOST_AFTER_MS)
    free = Errand.objects.filter(Q(state="waiting") | lost, kind__in=list(kinds))
    for row in free.order_by("created_wall_ms", "id")[:10]:
        known = Errand.objects.filter(id=row.id, state=row.state, started_wall_ms=row.started_wall_ms)
        if wall_ms - row.created_wall_ms > GIVEN_UP_AFTER_MS:
            known.update(state="failed", result=_given_up(), done_wall_ms=wall_ms)
        elif known.update(state="running", started_wall_ms=wall_ms):
            return TakenErrand(row.id, row.kind, json.loads(bytes(row.request)), wall_ms)
    return None


def _given_up() -> bytes:
    minutes = GIVEN_UP_AFTER_MS // (60 * SECOND_MS)
    return canonical_bytes({"detail": f"nobody finished it within {minutes} minutes; ask again"})


def finish_errand(taken: TakenErrand, *, is_done: bool, result: Mapping[str, Any], wall_ms: int) -> bool:
    """Store what came of it; return False if somebody else has taken it meanwhile."""
    rows = Errand.objects.filter(id=taken.id, state="running", started_wall_ms=taken.taken_wall_ms)
    state = "done" if is_done else "failed"
    return bool(rows.update(state=state, result=canonical_bytes(dict(result)), done_wall_ms=wall_ms))
