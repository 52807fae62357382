"""Asking a model for something that is no round: once, under its caps, with its cost known afterwards."""

from dataclasses import dataclass
from typing import Final

from django.db import transaction

from agents.domain.llm.billing import may_be_billed_untold
from agents.domain.llm.budget import BudgetKey, Claim, day_budget, estimated_usage
from agents.domain.llm.exchange import NO_USAGE, ModelRequest, ModelResponse, Outcome
from agents.domain.llm.prompt import Prompt
from agents.ports import ModelAgent, PriceBook
from agents.services.budgets import reserve, settle_reservations
from agents.services.loop import run_on_loop
from kernel.ids import derive_id

GRACE_S: Final = 5.0
"""What the adapter gets beyond the deadline to say itself that it is late."""


@dataclass(frozen=True, slots=True)
class AloneQuestion:
    """A question beside the rounds; ``purpose`` names its own budget, besides the model's day."""

    purpose: str
    prompt: Prompt
    schema: dict[str, object]
    schema_name: str
    deadline_s: float


@dataclass(frozen=True, slots=True)
class AloneAnswer:
    """What came of it. ``cost`` is USD at 1e-8, None where no price is known."""

    response: ModelResponse
    cost: int | None


def ask_alone(question: AloneQuestion, agent: ModelAgent, prices: PriceBook, wall_ms: int) -> AloneAnswer:
    """Ask a model once. Never raises for what a provider does: the response's outcome says it.

    The most it may cost is set aside before, in the model's day and the purpose's budget, and settled after.
    """
    call_id = derive_id("question", question.purpose, question.prompt.sha256, wall_ms)
    at_most = _estimate(question, agent, prices, wall_ms)
    over = _reserve(call_id, question, agent, at_most or 0, wall_ms)
    if over:
        return AloneAnswer(ModelResponse(Outcome.BUDGET, detail=f"over the cap of its {over}"), 0)
    response = _ask(question, agent, call_id)
    cost = _cost(response, agent, prices, wall_ms, at_most)
    with transaction.atomic():
        settle_reservations({call_id: cost or 0})
    return AloneAnswer(response, cost)


def _estimate(question: AloneQuestion, agent: ModelAgent, prices: PriceBook, wall_ms: int) -> int | None:
    if agent.is_free:
        return 0
    usage = estimated_usage([question.prompt], agent.model.max_output_tokens)
    price = prices.cost_of(agent.model, agent.model.model, usage, wall_ms)
    return None if price is None else price.usd


def _reserve(call_id: str, question: AloneQuestion, agent: ModelAgent, amount: int, wall_ms: int) -> str:
    """Set money aside; return the cap that it would break, '' if none."""
    caps = (agent.caps.call, agent.caps.day, agent.caps.season)
    purpose = BudgetKey("season", question.purpose, "")
    claim = Claim(call_id, amount, day_budget(agent.model, wall_ms), purpose, caps)
    with transaction.atomic():
        return reserve([claim], wall_ms).over.get(call_id, "")


def _ask(question: AloneQuestion, agent: ModelAgent, call_id: str) -> ModelResponse:
    request = ModelRequest(
        seat_id=call_id,
        slot=0,
        attempt=1,
        model=agent.model,
        system=question.prompt.system,
        user=question.prompt.market,
        schema=question.schema,
        schema_name=question.schema_name,
        deadline_s=question.deadline_s,
        first_byte_s=question.deadline_s,
    )
    try:
        return run_on_loop(agent.provider.complete(request), question.deadline_s + GRACE_S)
    except TimeoutError:
        return ModelResponse(Outcome.TIMEOUT, detail="the model did not answer in time")


def _cost(
    response: ModelResponse, agent: ModelAgent, prices: PriceBook, wall_ms: int, at_most: int | None
) -> int | None:
    """Return what the call cost; the estimate where the provider may bill what it never told."""
    if agent.is_free:
        return 0
    if response.usage == NO_USAGE:
        return at_most if may_be_billed_untold(response) else 0
    returned = response.model_returned or agent.model.model
    price = prices.cost_of(agent.model, returned, response.usage, wall_ms)
    return None if price is None else price.usd
