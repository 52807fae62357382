"""The doctor's look at language models: key, model, form, price, clock, and what a round costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError

from agents.adapters.llm.local_server import is_installed
from agents.adapters.llm.retirements import sdk_retirements
from agents.domain.llm.catalogue import resolve_model
from agents.domain.llm.entry import CAP_NAMES
from agents.domain.llm.exchange import Health, ModelRef
from agents.domain.registry import KINDS
from agents.domain.roster import DEFAULT_ROSTER
from agents.domain.specs import SpecConfig
from agents.ports import AgentError, ModelAgent
from agents.selectors.catalogue import catalogue
from agents.services.loop import run_on_loop
from arena.selectors.roster import players, waiting_contestants
from arena.selectors.seasons import current_season_slug, season_view
from config.cli.diagnosis import Diagnosis
from config.cli.doctor_round import Round, round_of_models
from config.database import pending_migrations
from config.keys import key_for
from config.minds import model_agent, price_book
from config.wiring import wall_ms
from kernel.time import SECOND_MS
from trading.domain.rules import RuleBook

CHECK_S: Final = 30.0
WARN_DAYS: Final = 30
"""A model that ends sooner is a problem now: a season lasts weeks."""

_STORE_KEY: Final = "manage.py arena key set"

MAX_SKEW_MS: Final = 5_000
"""Providers refuse signed calls from clocks minutes apart; ours decides when a round ends."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A model contestant by the name an operator knows."""

    name: str
    config: SpecConfig


def look_at_models(options: dict[str, Any]) -> Iterator[Diagnosis]:
    """Look at each model contestant of the current season, else of the default one."""
    if not _is_database_ready():
        yield Diagnosis("models", "note", "not looked at: the database has no tables yet", "bin/run")
        return
    seats, interval_ms = _seats()
    playable: list[tuple[Seat, ModelAgent]] = []
    for seat in seats:
        found, agent = _look_at(seat, asks=not options["no_network"])
        yield from found
        if agent is not None:
            playable.append((seat, agent))
    shown = Round(interval_ms, is_asked=options["ask"] and not options["no_network"])
    yield from round_of_models([(seat.name, agent) for seat, agent in playable], shown)


def _is_database_ready() -> bool:
    try:
        return pending_migrations() == 0
    except DatabaseError:
        return False  # the look at the database says what is wrong with it


def _seats() -> tuple[list[Seat], int]:
    """Return the seats to look at, each specification once, and the season's interval."""
    season = season_view(current_season_slug() or "", wall_ms())
    if season is not None:
        configs = [player.config for player in players(season.id)] + list(
            waiting_contestants(season.id).values()
        )
        found = {config.id: Seat(config.name, config) for config in configs if _is_model(config.kind)}
        if found:
            return list(found.values()), season.interval_ms
    standard = [Seat(entry.name, entry.spec) for entry in DEFAULT_ROSTER if _is_model(entry.kind)]
    return standard, RuleBook().interval_ms


def _is_model(kind: str) -> bool:
    return KINDS[kind].how == "model"


def _look_at(seat: Seat, *, asks: bool) -> tuple[list[Diagnosis], ModelAgent | None]:
    """Return what is found about a seat, and its agent if it can be asked."""
    try:
        settings_of_model = {k: v for k, v in seat.config.config.items() if k not in CAP_NAMES}
        model = resolve_model(catalogue(), seat.config.kind, settings_of_model)
    except ValueError as problem:
        return [Diagnosis(seat.name, "problem", str(problem), "enter the contestant again")], None
    today = datetime.fromtimestamp(wall_ms() / SECOND_MS, tz=UTC).date()
    looks = (retirement(seat.name, model, today), _price(seat.name, model))
    found = [item for item in looks if item is not None]
    waits = _waits_for(seat)
    if waits is not None:
        return [*found, waits], None
    try:
        agent = model_agent(seat.config, key_for(seat.config), wall_ms)
    except AgentError as problem:
        return [*found, Diagnosis(seat.name, "problem", str(problem), "see the sentence")], None
    if not asks:
        return [*found, Diagnosis(seat.name, "note", "its key is there; not asked")], agent
    health = run_on_loop(agent.provider.check(agent.model, CHECK_S), CHECK_S + 10)
    return [*found, *health_of(seat.name, agent.model, health)], agent


def _waits_for(seat: Seat) -> Diagnosis | None:
    if seat.config.kind == "local_llm":
        if not is_installed():
            return Diagnosis(seat.name, "note", "is not installed", "bin/run --local-llm")
        if not settings.ARENA_LOCAL_LLM:
            return Diagnosis(seat.name, "note", "is switched off", "set ARENA_LOCAL_LLM=1")
        return None
    names = KINDS[seat.config.kind].needs_key
    if names and key_for(seat.config).text is None:
        remedy = f"set {' and '.join(names)}, or: {_STORE_KEY} provider:{seat.config.kind}"
        return Diagnosis(seat.name, "note", "waits for a key", remedy)
    return None


def retirement(name: str, model: ModelRef, today: date) -> Diagnosis | None:
    """Return what is known about a model's end; None for one that is listed and stays."""
    facts = catalogue().facts(model)
    ends = [date.fromisoformat(facts.retires)] if facts is not None and facts.retires else []
    told = sdk_retirements().get((model.provider, model.model))
    ends += [told] if told is not None else []
    if not ends:
        if facts is None and not model.on_this_machine:
            return Diagnosis(name, "note", f"{model.model} is not in agents/catalogue.toml: it may be new")
        return None
    last = min(ends)
    remedy = f"use {facts.replaced_by}" if facts is not None and facts.replaced_by else "use a newer model"
    word = "ended" if last <= today else "ends"
    state = "problem" if last <= today + timedelta(days=WARN_DAYS) else "note"
    return Diagnosis(name, state, f"{model.model} {word} on {last}", remedy)


def _price(name: str, model: ModelRef) -> Diagnosis | None:
    if price_book().estimate(model, 1_000, 100, wall_ms()) is not None:
        return None
    detail = f"no price is known for {model.model}: its cost is not counted and no cap holds it"
    return Diagnosis(name, "note", detail, "add price to its table in agents/catalogue.toml")


def health_of(name: str, model: ModelRef, health: Health) -> Iterator[Diagnosis]:
    """Tell what a look at a model found."""
    if health.key_accepted is False:
        yield Diagnosis(
            name, "problem", f"its key is refused: {health.detail}", f"{_STORE_KEY} provider:{model.provider}"
        )
    elif health.model_alive is False:
        yield Diagnosis(name, "problem", f"{model.model} is not there: {health.detail}", "name another model")
    elif health.structured_honoured is False:
        detail = f"{model.model} does not keep the form {model.structured}: {health.detail}".rstrip(": ")
        yield Diagnosis(name, "problem", detail, "name another structured mode in its settings")
    elif health.structured_honoured is None:
        yield Diagnosis(name, "problem", health.detail or "no answer", "try again; see docs/models.md")
    else:
        detail = (
            f"{model.model} answers in {health.latency_us // 1000} ms and keeps the form {model.structured}"
        )
        yield Diagnosis(name, "ok", detail)
    if health.clock_skew_ms is not None and abs(health.clock_skew_ms) > MAX_SKEW_MS:
        side = "ahead of" if health.clock_skew_ms > 0 else "behind"
        detail = f"this clock is {abs(health.clock_skew_ms) // SECOND_MS} s {side} the provider's"
        yield Diagnosis(name, "problem", detail, "synchronise the clock of this machine")
