"""Errands read."""

import json
from dataclasses import dataclass
from typing import Any

from agents.models import Errand


@dataclass(frozen=True, slots=True)
class ErrandView:
    """An errand as it stands. ``state``: 'waiting', 'running', 'done' or 'failed'."""

    id: str
    kind: str
    state: str
    request: dict[str, Any]
    result: dict[str, Any]
    asked_by: str
    created_wall_ms: int
    done_wall_ms: int | None

    @property
    def is_over(self) -> bool:
        """True once nothing more comes of it."""
        return self.state in {"done", "failed"}


def errand(errand_id: str) -> ErrandView | None:
    """Return an errand, or None."""
    row = Errand.objects.filter(id=errand_id).first()
    if row is None:
        return None
    return ErrandView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        request=json.loads(bytes(row.request)),
        result=json.loads(bytes(row.result)),
        asked_by=row.asked_by,
        created_wall_ms=row.created_wall_ms,
        done_wall_ms=row.done_wall_ms,
    )
