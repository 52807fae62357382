"""Entering contestants: who plays at once, who waits, and who may play now."""

import os
from collections.abc import Sequence

from django.conf import settings

from agents.domain.registry import KINDS
from agents.domain.roster import RosterEntry
from agents.domain.specs import SpecConfig
from agents.services import ensure_specs, missing_key
from arena.selectors.roster import waiting_contestants
from arena.services import seasons
from arena.services.seasons import ContestantDraft, set_contestant_status
from config.keys import is_key_there
from kernel.ids import derive_id


def contestant_drafts(roster: Sequence[RosterEntry], *, with_models: bool) -> list[ContestantDraft]:
    """Return the entries as contestants: playing, or waiting for their key or their switch."""
    specs = ensure_specs([entry.spec for entry in roster if not entry.original])
    return [
        ContestantDraft(
            slug=entry.slug,
            name=entry.name,
            subtitle=entry.subtitle,
            spec_id=specs[entry.original or entry.slug],
            replica=entry.replica,
            profile=entry.profile,
            status="playing" if _may_play(entry.spec, with_models=with_models) else "waiting_for_key",
            is_baseline=entry.baseline,
            is_derived=entry.derived,
            division=entry.division,
        )
        for entry in roster
    ]


def _may_play(spec: SpecConfig, *, with_models: bool) -> bool:
    return is_ready(spec) and (with_models or KINDS[spec.kind].how != "model")


def add_contestants(season_id: str, roster: Sequence[RosterEntry]) -> list[str]:
    """Enter contestants into a season that has begun; they play from the next round on. Return their ids.

    Raises ValueError with a sentence for a finished season and for a name that is taken.
    """
    return seasons.add_contestants(season_id, contestant_drafts(roster, with_models=True))


def seat_ready_contestants() -> int:
    """Let contestants play that waited for what is there now; return how many."""
    ready = [contestant for contestant, spec in waiting_contestants().items() if is_ready(spec)]
    for contestant in ready:
        set_contestant_status(contestant, "playing")
    return len(ready)


def seat_if_ready(season_id: str, slugs: Sequence[str]) -> None:
    """Let these contestants play if they can be asked now: whoever enters them by hand wants them in."""
    entered = {derive_id("contestant", season_id, slug) for slug in slugs}
    for contestant, spec in waiting_contestants(season_id).items():
        if contestant in entered and is_ready(spec):
            set_contestant_status(contestant, "playing")


def is_ready(spec: SpecConfig) -> bool:
    """Return whether this installation can ask such an agent now."""
    if spec.kind == "local_llm":
        return bool(settings.ARENA_LOCAL_LLM)
    if KINDS[spec.kind].how == "model":
        return is_key_there(spec)
    return missing_key(spec, os.environ) is None
