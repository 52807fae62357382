"""Commands of a recorded season, put where its settlement finds them at the moments they took effect."""

from collections.abc import Iterable, Sequence

from arena.selectors.recording import EVERYBODY
from kernel.ids import derive_id
from trading.domain.levels import GLOBAL
from trading.services import CommandRow, record_commands


def put_recorded_commands(season_id: str, commands: Iterable[Sequence[str | int]]) -> None:
    """Store (scope, kind, effective moment) of a recording, with slugs turned into this season's accounts.

    Nobody asks for them here, so they bear the recording's name and no wall time.
    """
    record_commands(
        season_id,
        [
            CommandRow(_scope_of(season_id, str(scope)), str(kind), int(effective_ms))
            for scope, kind, effective_ms in commands
        ],
    )


def _scope_of(season_id: str, scope: str) -> str:
    """Return the scope as this season names it; accounts are named after their contestants."""
    if scope == EVERYBODY:
        return GLOBAL
    return derive_id("account", derive_id("contestant", season_id, scope))
