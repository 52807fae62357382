"""Trips carried out: the switch is turned, and the episode is kept so that it trips only once."""

from collections.abc import Callable, Iterable

from trading import models
from trading.domain.levels import ACTIVE, FLATTEN, GLOBAL, LEVELS
from trading.domain.trips import Trip, due_trips
from trading.selectors.stop_file import stop_file
from trading.services.switch import AUTOMATIC, Turn, Turned, record_change

TurnSwitch = Callable[[Turn], Turned]


def trip(trips: Iterable[Trip], turn_switch: TurnSwitch, wall_ms: int) -> list[Trip]:
    """Turn the switch of each scope that a new or worse condition stops; return what was done."""
    wanted = list(trips)
    if not wanted:
        return []
    scopes = {one.scope for one in wanted}
    rows = models.TradingState.objects.filter(id__in=scopes).values_list("id", "level")
    due = due_trips(wanted, dict(rows), _tripped(scopes))
    for one in due:
        # Turned before it is noted: killed in between, the scope is stopped and stays so.
        turn_switch(Turn(one.scope, one.asked, one.reason, AUTOMATIC, wall_ms))
        note = Turn(one.scope, str(one.depth), one.reason, AUTOMATIC, wall_ms)
        record_change("trip", note, f"{one.rule} {one.episode}"[:40])
    return due


def obey_stop_file(turn_switch: TurnSwitch, wall_ms: int) -> bool:
    """Turn the arena's switch as far as the stop file asks, and once: its removal starts nothing again."""
    filed = stop_file()
    if filed is None:
        return False
    rows = models.TradingState.objects.filter(id=GLOBAL).values_list("level", flat=True)
    asked, level = filed.asked, rows.first() or ACTIVE
    is_stricter = asked in LEVELS and LEVELS.index(asked) > LEVELS.index(level)
    if not is_stricter and not (asked == FLATTEN and not _flattened_by_file(filed.reason or asked)):
        return False
    turn_switch(Turn(GLOBAL, asked, _reason(filed.reason or asked), AUTOMATIC, wall_ms))
    return True


def _flattened_by_file(said: str) -> bool:
    """Return whether the arena's newest turn is this file's own flatten."""
    turns = models.ControlChange.objects.filter(what="level", scope=GLOBAL).order_by("-id")
    newest = turns.values_list("after", "reason").first()
    return newest is not None and newest == (FLATTEN, _reason(said))


def _reason(said: str) -> str:
    return f"auto: stop file: {said}"[:200]


def _tripped(scopes: set[str]) -> dict[tuple[str, str, str], int]:
    rows = models.ControlChange.objects.filter(what="trip", scope__in=scopes).order_by("id")
    found = {}
    for scope, before, after in rows.values_list("scope", "before", "after"):
        rule, _, episode = before.partition(" ")
        found[scope, rule, episode] = int(after)
    return found
