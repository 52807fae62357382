"""Errands: what a face asks for and only the runner may do, since it needs a provider. One table of kinds."""

import logging
from collections.abc import Callable
from typing import Any, Final

from accounts.domain.scrubbing import KNOWN
from accounts.services import mark_checked
from agents.domain.llm.entry import key_owners
from agents.domain.llm.exchange import Health, ModelRef, Usage
from agents.domain.specs import SpecConfig
from agents.domain.strategy.fields import StrategyError
from agents.ports import AgentError
from agents.selectors.specs import spec_config
from agents.services.errands import TakenErrand, finish_errand, take_errand
from agents.services.loop import run_on_loop
from arena.services.entering import PURPOSE, TEST_KIND
from arena.services.strategies import DRAFT_KIND
from config.keys import FoundKey, key_for
from config.minds import model_agent, price_book
from config.strategies import draft_strategy
from config.wiring import WORLD, World
from kernel.time import DAY_MS

Result = dict[str, Any]
"""Canonical values for the one who asked; no secret."""

Carry = Callable[[dict[str, Any], World], Result]
"""Does one errand. An EndedError is a sentence for the one who asked; anything else it raises is a bug."""

CHECK_DEADLINE_S: Final = 30.0
"""A tenth of a worker's time limit: long enough for a model that thinks, and for nothing else."""

TYPICAL_USAGE: Final = Usage(input=4_400, cached=1_300, output=950, reasoning=800)
"""Tokens of one question on four symbols to a model that thinks a little (measured, o200k)."""

_log = logging.getLogger("arena.errands")


class EndedError(Exception):
    """One sentence: why an errand ends without its result; ``result`` is what there is to look at."""

    def __init__(self, sentence: str, result: Result | None = None) -> None:
        super().__init__(sentence)
        self.result = result or {}


def run_errands(*, world: World = WORLD) -> None:
    """Do every errand that waits, the oldest first."""
    while (taken := take_errand(tuple(ERRANDS), world.wall_ms())) is not None:
        _run(taken, world)


def _run(taken: TakenErrand, world: World) -> None:
    is_done, result = True, {}
    try:
        result = ERRANDS[taken.kind](taken.request, world)
    except EndedError as problem:
        is_done, result = False, {**problem.result, "detail": KNOWN.scrub(str(problem))}
    except Exception:  # noqa: BLE001 - one errand's trouble must not keep the others waiting
        _log.exception("errand %s (%s) broke", taken.id, taken.kind)
        is_done, result = False, {"detail": "the arena made a mistake; it is logged"}
    finish_errand(taken, is_done=is_done, result=result, wall_ms=world.wall_ms())


def check_model(request: dict[str, Any], world: World) -> Result:
    """Look whether a contestant's model can be asked: latency, key, model, form, and what a day costs."""
    config = spec_config({request["spec"]}).get(request["spec"])
    if config is None:
        raise EndedError("the contestant's specification is gone; enter it again")
    return look_at(config, request["interval_ms"], world)


def look_at(config: SpecConfig, interval_ms: int, world: World = WORLD) -> Result:
    """Ask a model one tiny question and say what came of it; raises EndedError where it cannot be asked."""
    key = key_for(config)
    try:
        agent = model_agent(config, key, world.wall_ms)
    except AgentError as problem:
        raise EndedError(str(problem)) from problem
    health = run_on_loop(agent.provider.check(agent.model, CHECK_DEADLINE_S), CHECK_DEADLINE_S + 10)
    _note_key(config, key, health, world.wall_ms())
    return {
        "provider": agent.model.provider,
        "model": agent.model.model,
        "latency_ms": health.latency_us // 1_000,
        "key_accepted": health.key_accepted,
        "model_alive": health.model_alive,
        "structured_mode": agent.model.structured,
        "structured_honoured": health.structured_honoured,
        "detail": KNOWN.scrub(health.detail)[:300],
        **cost_a_day(agent.model, interval_ms, world.wall_ms()),
    }


def cost_a_day(model: ModelRef, interval_ms: int, at_ms: int) -> dict[str, Any]:
    """Return what a model's day costs at a season's interval, in USD at 1e-8, with the price's source."""
    cost = price_book().cost_of(model, "", TYPICAL_USAGE, at_ms)
    questions = DAY_MS // interval_ms
    usd = None if cost is None else cost.usd * questions
    return {"questions_a_day": questions, "usd_a_day": usd, "price": "" if cost is None else cost.source}


def _note_key(config: SpecConfig, key: FoundKey, health: Health, now_ms: int) -> None:
    if health.key_accepted is None or not key.key_id:
        return
    state = "accepted" if health.key_accepted else "refused"
    for owner in key_owners(config):  # only the row that holds this very key changes
        mark_checked(PURPOSE, owner, fingerprint=key.key_id, state=state, wall_ms=now_ms)


def draft(request: dict[str, Any], world: World) -> Result:
    """Have a model turn a sentence into a draft; a reply that is no strategy is kept to be looked at."""
    try:
        found = draft_strategy(request["sentence"], request["model"], request["author"], world)
    except (AgentError, StrategyError) as problem:
        raise EndedError(str(problem)) from problem
    if found.view is None:
        raise EndedError(found.problem, found.result())
    return found.result()


ERRANDS: Final[dict[str, Carry]] = {
    TEST_KIND: check_model,
    DRAFT_KIND: draft,
}
"""Kind of errand -> who does it. To add one, add a line."""
