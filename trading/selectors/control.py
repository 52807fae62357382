"""What the switches say and who turned them: for the faces and the automatic trips."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from trading import models

MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A switch that was turned at least once. ``scope``: 'global' or an account's id."""

    scope: str
    level: str
    reason: str
    changed_ms: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class ControlRecord:
    """A turn of a switch as it was written down; see models.ControlChange."""

    id: int
    what: str
    scope: str
    before: str
    after: str
    reason: str
    changed_by: str
    wall_ms: int


@dataclass(frozen=True, slots=True)
class WaitingCommand:
    """A command that nobody has carried out yet."""

    feed: str
    scope: str
    kind: str
    asked_by: str
    asked_wall_ms: int


def switch_states() -> tuple[SwitchState, ...]:
    """Return every switch that was ever turned, the arena's own first."""
    names = tuple(SwitchState.__dataclass_fields__)
    columns = ("id", *names[1:])
    rows = [SwitchState(*row) for row in models.TradingState.objects.order_by("id").values_list(*columns)]
    return tuple(sorted(rows, key=lambda state: (state.scope != "global", state.scope)))


def control_changes(limit: int = 50, what: Iterable[str] = ()) -> tuple[ControlRecord, ...]:
    """Return the newest turns of switches, newest first; ``what`` leaves out all other kinds."""
    rows = models.ControlChange.objects.order_by("-id")
    kinds = list(what)
    if kinds:
        rows = rows.filter(what__in=kinds)
    found = rows.values_list(*ControlRecord.__dataclass_fields__)[: min(limit, MAX_SHOWN)]
    return tuple(ControlRecord(*row) for row in found)


def last_change(what: str, scope: str, before: str = "") -> ControlRecord | None:
    """Return the newest turn of a kind and scope, and of this ``before`` where one is named."""
    rows = models.ControlChange.objects.filter(what=what, scope=scope).order_by("-id")
    if before:
        rows = rows.filter(before=before)
    row = rows.values_list(*ControlRecord.__dataclass_fields__).first()
    return None if row is None else ControlRecord(*row)


def waiting_commands() -> tuple[WaitingCommand, ...]:
    """Return what was asked of running seasons and venues and is not carried out yet, oldest first."""
    rows = models.Command.objects.filter(effective_ms=None).order_by("id")
    return tuple(WaitingCommand(*row) for row in rows.values_list(*WaitingCommand.__dataclass_fields__))
