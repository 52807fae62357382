"""Strategies applied to seasons and retired: the document becomes a contestant that plays like any other."""

from dataclasses import dataclass
from typing import Final

from django.db import transaction

from agents.domain.llm.entry import MAX_NAME, EntryError, slug_of
from agents.domain.specs import SpecConfig
from agents.domain.strategy.form import Strategy
from agents.selectors.specs import newest_spec
from agents.selectors.strategies import StrategyView
from agents.services import ensure_specs
from agents.services.errands import ask_errand
from agents.services.strategies import set_strategy_status
from arena.selectors.entering import season_id_of_open
from arena.selectors.strategies import season_symbols, seats_of
from arena.services.seasons import ContestantDraft, add_contestants, set_contestant_status
from trading.domain.rules import PROFILES

DRAFT_KIND: Final = "draft_strategy"


@dataclass(frozen=True, slots=True)
class Applied:
    """Who plays a strategy from the next round on."""

    season: str
    slug: str
    contestant_id: str


@transaction.atomic
def apply_strategy(view: StrategyView, season: str, *, name: str = "", profile: str = "moderate") -> Applied:
    """Enter a strategy into a season that is open, as a contestant; all of it or nothing.

    ``name`` '' takes the strategy's. Raises EntryError, which names the field at fault.
    """
    shown = name.strip() or view.name
    slug = slug_of(shown)
    season_id = season_id_of_open(season)
    if season_id is None:
        raise EntryError("season", f"there is no open season {season[:40]}")
    if profile not in PROFILES:
        raise EntryError("profile", f"the profile is not known; use one of {', '.join(PROFILES)}")
    if not slug or len(shown) > MAX_NAME or not shown.isprintable():
        raise EntryError("slug", f"the name needs 1 to {MAX_NAME} signs with a letter or a digit among them")
    _check_symbols(view.strategy, season, season_id)
    ids = _enter(view, season_id, slug, shown, profile)
    set_strategy_status(view.name, view.version, "active")
    return Applied(season, slug, ids[0])


def _check_symbols(strategy: Strategy, season: str, season_id: str) -> None:
    there = season_symbols(season_id)
    missing = [symbol for symbol in strategy.symbols or () if symbol not in there]
    if missing:
        raise EntryError(
            "symbols", f"season {season} has no {', '.join(missing)}; it trades {', '.join(there)}"
        )


def _enter(view: StrategyView, season_id: str, slug: str, name: str, profile: str) -> list[str]:
    known = newest_spec(slug)
    if known is not None and known.kind != "strategy":
        # Keys belong to names: a strategy must never become the next version of somebody's model.
        raise EntryError("slug", f"{slug} is the name of a contestant of another kind; choose another name")
    spec_id = ensure_specs([SpecConfig("strategy", slug, config=view.strategy.canonical())])[slug]
    draft = ContestantDraft(
        slug=slug,
        name=name,
        subtitle=f"strategy {view.name} v{view.version}"[:60],
        spec_id=spec_id,
        replica=0,
        profile=profile,
        status="playing",
        is_baseline=False,
    )
    try:
        return add_contestants(season_id, [draft])
    except ValueError as problem:
        raise EntryError("slug", str(problem)) from problem


@transaction.atomic
def retire_strategy(view: StrategyView) -> tuple[str, ...]:
    """Retire a strategy and every contestant that plays it; return their slugs. Their record stays."""
    retired = [seat for seat in seats_of(view.document) if seat.status != "retired"]
    for seat in retired:
        set_contestant_status(seat.contestant_id, "retired")
    set_strategy_status(view.name, view.version, "retired")
    return tuple(seat.slug for seat in retired)


def ask_draft(sentence: str, model: str, asked_by: str, wall_ms: int) -> str:
    """Have the runner ask a model for a strategy; return the errand's id. ``sentence`` is checked."""
    request = {"sentence": sentence, "model": model, "author": asked_by}
    return ask_errand(DRAFT_KIND, request, asked_by, wall_ms)
