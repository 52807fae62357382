"""Questions to language models, ready to be sent: what a round shares is rendered once."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.domain.llm.exchange import ModelRequest
from agents.domain.llm.prompt import Prompt, render_account, render_market, render_system
from agents.domain.llm.schema import SCHEMA_NAME, answer_schema
from agents.ports import ModelAgent
from agents.services.questions import Ask
from trading.domain.observation import MarketView

_log = logging.getLogger("arena.agents")


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a language model, ready to be sent. ``prompt`` is None where rendering it failed."""

    ask: Ask
    agent: ModelAgent
    prompt: Prompt | None
    schema: Mapping[str, Any]
    slot: int

    @property
    def key(self) -> tuple[str, str]:
        """What breakers and concurrency go by."""
        return self.agent.model.provider, self.agent.key_id


def questions_of(asks: Sequence[Ask], slot: int) -> list[Question]:
    """Return the questions to language models among these asks; whose prompt fails has None."""
    rendered = _Rendered()
    questions = []
    for ask in asks:
        if isinstance(ask.agent, ModelAgent):
            prompt, schema = rendered.prompt_of(ask, ask.agent)
            questions.append(Question(ask, ask.agent, prompt, schema, slot))
    return questions


class _Rendered:
    """What all questions of a round share: rendered once."""

    def __init__(self) -> None:
        self._shared: dict[tuple[int, str], tuple[str, str]] = {}
        self._schemas: dict[int, Mapping[str, Any]] = {}
        self._narrow: dict[tuple[int, int], MarketView] = {}

    def prompt_of(self, ask: Ask, agent: ModelAgent) -> tuple[Prompt | None, Mapping[str, Any]]:
        try:
            view = self._view(ask.observation.market, agent.most_symbols)
            system, market = self._texts(view, agent.custom_prompt)
            return Prompt(system, market, render_account(ask.observation)), self._schema(view)
        except Exception as error:  # noqa: BLE001 - our own fault; the round goes on without this contestant
            _log.error("no prompt for contestant %s: %s", ask.contestant_id, error, exc_info=error)
            return None, {}

    def _view(self, view: MarketView, most_symbols: int) -> MarketView:
        """Return the view as far as a model reads it; kept, so that its identity is a key."""
        if not most_symbols:
            return view
        key = id(view), most_symbols
        if key not in self._narrow:
            self._narrow[key] = narrowed(view, most_symbols)
        return self._narrow[key]

    def _texts(self, view: MarketView, custom: str) -> tuple[str, str]:
        key = id(view), custom
        if key not in self._shared:
            same = next((market for (one, _), (_, market) in self._shared.items() if one == id(view)), None)
            market = render_market(view) if same is None else same
            self._shared[key] = render_system(view, custom), market
        return self._shared[key]

    def _schema(self, view: MarketView) -> Mapping[str, Any]:
        if id(view) not in self._schemas:
            symbols = [part.symbol for part in view.snapshot.symbols]
            self._schemas[id(view)] = answer_schema(symbols, view.rules)
        return self._schemas[id(view)]


def narrowed(view: MarketView, most_symbols: int) -> MarketView:
    """Return a view of the season's first symbols alone."""
    parts = view.snapshot.symbols[:most_symbols]
    names = tuple(part.symbol for part in parts)
    return replace(
        view,
        snapshot=replace(view.snapshot, symbols=parts),
        features={name: view.features[name] for name in names},
        rules=replace(view.rules, symbols=names),
        instruments={name: part for name, part in view.instruments.items() if name in names},
    )


def request_of(question: Question, attempt: int, deadline_s: float) -> ModelRequest:
    """Return one attempt's question as adapters take it; raises ValueError where there is no prompt.

    Answers are not streamed: a model that thinks is silent until it has finished. A bound of its own on the
    first byte would be a second, hidden deadline.
    """
    if question.prompt is None:
        raise ValueError("a question without a prompt cannot be asked")
    return ModelRequest(
        seat_id=question.ask.seat_id,
        slot=question.slot,
        attempt=attempt,
        model=question.agent.model,
        system=question.prompt.system,
        user=question.prompt.user,
        schema=question.schema,
        schema_name=SCHEMA_NAME,
        deadline_s=deadline_s,
        first_byte_s=deadline_s,
    )
