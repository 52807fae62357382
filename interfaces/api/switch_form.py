"""The kill switch as JSON: what comes in, and how the switches stand."""

from typing import Any, Final

from django.conf import settings

from arena.selectors.switch import names_of_accounts
from interfaces.api.shape import COUNT, FLAG, TEXT, Schema, object_schema
from trading.domain.levels import ACTIVE, LEVELS, STOPS
from trading.selectors import control_changes, stop_file, switch_states, trading_level, waiting_commands
from trading.services import Turned

_LEVEL: Final[Schema] = {"type": "string", "enum": list(LEVELS)}
_ASKED: Final[Schema] = {"type": "string", "enum": [ACTIVE, *STOPS]}
_WHO: Final = {
    "scope": TEXT.note("'global', or the id of a contestant's account.").schema,
    "season": TEXT.note("Slug; empty for the arena.").schema,
    "contestant": TEXT.note("Slug; empty for the arena.").schema,
}
_SHOWN: Final = 20

TURN_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "A turn of the kill switch. Without season and contestant it is the whole arena's.",
    "properties": {
        "level": {
            **_ASKED,
            "description": "reducing: no new entries. halted: cancel all that rests. flatten: and close all.",
        },
        "reason": {"type": "string", "minLength": 1, "maxLength": 200},
        "season": {"type": "string"},
        "contestant": {"type": "string"},
    },
    "required": ["level", "reason"],
    "additionalProperties": False,
}

TURNED_SCHEMA: Final = object_schema(
    {
        "scope": _WHO["scope"],
        "before": _LEVEL,
        "after": _LEVEL,
        "asked": _ASKED,
        "commands": COUNT.note("Commands left to be carried out at the next prices.").schema,
        "repeated": FLAG.note("The same request was carried out before; nothing was done now.").schema,
    },
    "What a turn of the switch did.",
)

SWITCHES_SCHEMA: Final = object_schema(
    {
        "level": {**_LEVEL, "description": "The arena's own."},
        "profile": {"type": "string", "enum": ["paper", "testnet", "live"]},
        "stop_file": {
            "type": ["string", "null"],
            "description": "What the stop file asks for.",
        },
        "switches": {
            "type": "array",
            "items": object_schema(
                {
                    **_WHO,
                    "level": _LEVEL,
                    "reason": TEXT.schema,
                    "by": TEXT.schema,
                    "changed_ms": COUNT.schema,
                },
                "One that was turned at least once.",
            ),
        },
        "waiting": {
            "type": "array",
            "items": object_schema(
                {"feed": TEXT.schema, "scope": TEXT.schema, "kind": TEXT.schema}, "A command not done yet."
            ),
        },
        "history": {
            "type": "array",
            "items": object_schema(
                {
                    **dict.fromkeys(("what", "scope", "before", "after", "reason", "by"), TEXT.schema),
                    "wall_ms": COUNT.schema,
                },
                "A turn, newest first.",
            ),
        },
    },
    "How the switches stand, and who turned them.",
)


def turned_form(turned: Turned) -> dict[str, Any]:
    """Return what a turn did as JSON."""
    names = ("scope", "before", "after", "asked", "commands")
    return {**{name: getattr(turned, name) for name in names}, "repeated": turned.is_repeated}


def switches_form() -> dict[str, Any]:
    """Return how the switches stand as JSON."""
    states, filed = switch_states(), stop_file()
    names = names_of_accounts(state.scope for state in states)
    history = control_changes(_SHOWN)
    return {
        "level": trading_level(),
        "profile": settings.ARENA_TRADING,
        "stop_file": None if filed is None else filed.asked,
        "switches": [
            {
                "scope": state.scope,
                "season": names.get(state.scope, ("", ""))[0],
                "contestant": names.get(state.scope, ("", ""))[1],
                "level": state.level,
                "reason": state.reason,
                "by": state.changed_by,
                "changed_ms": state.changed_ms,
            }
            for state in states
        ],
        "waiting": [{"feed": one.feed, "scope": one.scope, "kind": one.kind} for one in waiting_commands()],
        "history": [
            {
                **{name: getattr(one, name) for name in ("what", "scope", "before", "after", "reason")},
                "by": one.changed_by,
                "wall_ms": one.wall_ms,
            }
            for one in history
        ],
    }
