"""Pausing, resuming and retiring a contestant: one rule for every face."""

from typing import Final

from django.db import transaction

from agents.domain.registry import KINDS
from agents.selectors.specs import spec_config
from arena.models import Contestant
from arena.services.seasons import set_contestant_status

STEPS: Final = {
    "pause": ("playing", "waiting_for_key"),
    "resume": ("paused",),
    "retire": ("playing", "waiting_for_key", "paused", "absent"),
}
"""Action -> the states it applies to. Retired is in none: a contestant's part ends once."""


class SteeringError(ValueError):
    """One sentence: why an action does not apply to a contestant as it stands."""


@transaction.atomic
def steer_contestant(contestant_id: str, action: str) -> str:
    """Carry out an action of ``STEPS``; return the new status.

    A resumed model waits for its key like one that was just entered: it plays as soon as the key is seen.
    Raises SteeringError where the action does not apply; KeyError for an unknown action.
    """
    row = Contestant.objects.select_for_update().get(id=contestant_id)
    if row.status not in STEPS[action]:
        raise SteeringError(_refusal(row.slug, row.status))
    status = _status_after(action, row.spec_id)
    set_contestant_status(contestant_id, status)
    return status


def _status_after(action: str, spec_id: str) -> str:
    if action != "resume":
        return "paused" if action == "pause" else "retired"
    kind = spec_config({spec_id})[spec_id].kind
    return "waiting_for_key" if KINDS[kind].how == "model" else "playing"


def _refusal(slug: str, status: str) -> str:
    if status == "retired":
        return f"{slug} is retired, which cannot be taken back; enter another contestant"
    if status == "waiting_for_key":
        return f"{slug} waits for a key; store one: manage.py arena key set agent:{slug}"
    return f"{slug} is {status} already"
