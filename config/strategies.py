"""Strategies in words: any model of this installation turns a sentence into a draft for a person to judge."""

from dataclasses import dataclass, replace
from typing import Any, Final

from accounts.domain.scrubbing import KNOWN
from agents.domain.llm.exchange import ModelResponse, Outcome
from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.domain.strategy.drafting import (
    MAX_RAW,
    SCHEMA_NAME,
    checked_sentence,
    draft_prompt,
    draft_schema,
    read_reply,
)
from agents.domain.strategy.fields import StrategyError
from agents.domain.strategy.form import Strategy
from agents.domain.text import clean_text
from agents.ports import ModelAgent
from agents.selectors.specs import newest_spec
from agents.selectors.strategies import StrategyView, example_strategies, free_name
from agents.services.drafting import AloneAnswer, AloneQuestion, ask_alone
from agents.services.strategies import save_strategy
from config.keys import key_for
from config.minds import model_agent, price_book
from config.wiring import WORLD, World

DEADLINE_S: Final = 45.0
"""Below the minute after which an errand counts as lost: nobody asks twice."""

FLAT_EXAMPLES: Final = ("rsi-dip", "trend-rider")
"""Those without a rule inside a rule, as the form for models knows none."""

PURPOSE: Final = "strategy drafts"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model made of a sentence. ``view`` is None where it can't be played: ``problem`` says why.

    ``raw`` is the model's reply, cleaned and bounded, to be looked at; ``cost`` USD at 1e-8, None where no
    price is known.
    """

    provider: str
    model: str
    view: StrategyView | None
    problem: str
    raw: str
    cost: int | None
    latency_us: int

    def result(self) -> dict[str, Any]:
        """Return the draft as an errand keeps it."""
        view = self.view
        return {
            "provider": self.provider,
            "model": self.model,
            "name": "" if view is None else view.name,
            "version": 0 if view is None else view.version,
            "sha256": "" if view is None else view.sha256,
            "explanation": [] if view is None else list(view.explanation),
            "detail": self.problem,
            "raw": self.raw,
            "usd": self.cost,
            "latency_ms": self.latency_us // 1_000,
        }


def drafting_spec(model: str) -> SpecConfig:
    """Return the model that is meant: a contestant's by its name, else a provider's default one.

    Raises StrategyError with the sentence for the one who asked.
    """
    spec = newest_spec(model)
    if spec is not None and KINDS[spec.kind].how == "model":
        return spec
    if model in KINDS and KINDS[model].how == "model":
        return SpecConfig(model, model)
    kinds = ", ".join(kind for kind, info in KINDS.items() if info.how == "model")
    raise StrategyError(
        "model", f"{model[:60]!r} is no language model here; name a contestant's slug or a provider: {kinds}"
    )


def draft_strategy(sentence: str, model: str, author: str, world: World = WORLD) -> Draft:
    """Ask a model for a strategy and store what can be played as a draft; nothing is ever applied.

    Raises StrategyError or AgentError with one sentence where nobody can be asked.
    """
    text = checked_sentence(sentence)
    spec = drafting_spec(model)
    agent = model_agent(spec, key_for(spec), world.wall_ms)
    examples = tuple(item.to_bytes().decode() for item in example_strategies() if item.name in FLAT_EXAMPLES)
    question = AloneQuestion(PURPOSE, draft_prompt(text, examples), draft_schema(), SCHEMA_NAME, DEADLINE_S)
    answer = ask_alone(question, agent, price_book(), world.wall_ms())
    return _drafted(text, author, agent, answer, world.wall_ms())


def _drafted(sentence: str, author: str, agent: ModelAgent, answer: AloneAnswer, now_ms: int) -> Draft:
    response = answer.response
    view, problem = None, _problem(response)
    if not problem:
        found = read_reply(response.text)
        problem = found.problem
        if found.strategy is not None:
            view = _save(found.strategy, sentence, f"{author} by {agent.model.model}", now_ms)
    return Draft(
        provider=agent.model.provider,
        model=agent.model.model,
        view=view,
        problem=KNOWN.scrub(problem),
        raw=KNOWN.scrub(clean_text(response.text or response.refusal, MAX_RAW)),
        cost=answer.cost,
        latency_us=response.latency_us,
    )


def _save(strategy: Strategy, sentence: str, author: str, now_ms: int) -> StrategyView:
    # The model chose the name: it must not become the next version of what somebody else wrote.
    name = free_name(strategy.name, strategy.sha256)
    named = strategy if name == strategy.name else replace(strategy, name=name)
    return save_strategy(named, sentence=sentence, author=author, wall_ms=now_ms)


def _problem(response: ModelResponse) -> str:
    """Return why there is no reply to read, '' where there is one."""
    if response.outcome is Outcome.ANSWERED:
        return ""
    detail = response.detail or response.refusal
    return f"the model gave no reply ({response.outcome.value}): {detail[:200]}".rstrip(": ")
