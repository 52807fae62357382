"""What a provider may bill is counted: an answer of no use, one that broke off, one that told no tokens."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from agents.domain.llm.budget import estimated_usage
from agents.domain.llm.exchange import Health, ModelRef, ModelRequest, ModelResponse, Outcome, Usage
from agents.models import Budget
from agents.ports import ModelAgent
from agents.selectors import calls_at, recount_tallies, tallies
from agents.services import NO_PRICES, CallRecord, Table, ask_all, record_replies, stop_loop
from agents.services.drafting import AloneQuestion, ask_alone
from agents.services.records import MOST_TOKENS
from tests.factories.model_asks import (
    HOLD,
    RICH,
    SEASON,
    WALL_MS,
    FlatPrices,
    asks_of,
    model_agent,
    model_ref,
    table_of,
)

pytestmark = pytest.mark.django_db

TOLD = Usage(input=5_000, output=900)


@pytest.fixture(autouse=True)
def _no_loop_left() -> Iterator[None]:
    yield
    stop_loop()


class Telling:
    """A provider whose attempts come to these responses, the last one again and again."""

    name = "telling"

    def __init__(self, *responses: ModelResponse) -> None:
        self._responses = responses
        self.asked = 0

    async def complete(self, _request: ModelRequest) -> ModelResponse:
        """Return the next one."""
        self.asked += 1
        return self._responses[min(self.asked, len(self._responses)) - 1]

    async def check(self, _model: ModelRef, _deadline_s: float) -> Health:
        """Say that nothing is known."""
        return Health(None, None, None, 0, "")

    async def close(self) -> None:
        """Close nothing."""


def call_of(provider: Telling, table: Table | None = None, *, is_free: bool = False) -> CallRecord:
    agent = ModelAgent(model_ref(), provider, "key", RICH, is_free=is_free)
    call = ask_all(asks_of([agent]), table or table_of())[0].call
    assert call is not None
    return call


def estimate_of(call: CallRecord) -> int:
    assert call.prompt is not None
    return sum(estimated_usage([call.prompt], call.model.max_output_tokens)) * 1_000


def spent() -> set[tuple[int, int]]:
    return set(Budget.objects.values_list("reserved", "spent"))


@pytest.mark.parametrize("outcome", [Outcome.PROTOCOL, Outcome.OVERLOADED, Outcome.NETWORK])
def test_an_answer_that_told_its_tokens_is_billed_by_them_and_not_asked_for_again(outcome: Outcome) -> None:
    provider = Telling(ModelResponse(outcome, usage=TOLD, status=200))
    call = call_of(provider)
    assert (provider.asked, call.outcome) == (1, outcome)
    assert (call.cost, call.cost_source) == (5_900 * 1_000, "flat")
    assert spent() == {(0, call.cost)}


@pytest.mark.parametrize("outcome", [Outcome.PROTOCOL, Outcome.NETWORK])
def test_an_answer_that_broke_off_is_billed_at_the_estimate_each_time(outcome: Outcome) -> None:
    provider = Telling(ModelResponse(outcome, status=200))
    call = call_of(provider)
    assert provider.asked == 2
    assert (call.cost, call.cost_source) == (2 * estimate_of(call), "estimate")
    assert spent() == {(0, call.cost)}


@pytest.mark.parametrize("outcome", [Outcome.PROTOCOL, Outcome.NETWORK])
def test_what_broke_before_an_answer_began_costs_nothing_and_is_tried_again(outcome: Outcome) -> None:
    provider = Telling(ModelResponse(outcome), ModelResponse(Outcome.ANSWERED, HOLD, usage=TOLD, status=200))
    call = call_of(provider)
    assert (provider.asked, call.cost, call.cost_source) == (2, 5_900 * 1_000, "flat")


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.REFUSED, Outcome.TRUNCATED])
def test_an_answer_that_tells_no_tokens_counts_its_estimate(outcome: Outcome) -> None:
    call = call_of(Telling(ModelResponse(outcome, HOLD, status=200)))
    assert (call.cost, call.cost_source, call.is_unpriced) == (estimate_of(call), "estimate", False)
    assert spent() == {(0, call.cost)}


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.TIMEOUT])
def test_without_a_price_it_is_listed_as_unpriced(outcome: Outcome) -> None:
    table = table_of()
    unpriced = Table(table.season_id, table.round_id, 1, 1, 20.0, table.wall_ms, NO_PRICES)
    call = call_of(Telling(ModelResponse(outcome, HOLD, status=200)), unpriced)
    assert (call.cost, call.cost_source, call.is_unpriced) == (0, "", True)


def test_a_model_on_this_machine_stays_free_whatever_it_tells() -> None:
    call = call_of(Telling(ModelResponse(Outcome.ANSWERED, HOLD, status=200)), is_free=True)
    assert (call.cost, call.is_unpriced) == (0, False)


@pytest.mark.parametrize(
    ("response", "is_billed"),
    [
        (ModelResponse(Outcome.ANSWERED, HOLD), True),
        (ModelResponse(Outcome.PROTOCOL, status=200), True),
        (ModelResponse(Outcome.TIMEOUT), True),
        (ModelResponse(Outcome.NETWORK), False),
        (ModelResponse(Outcome.AUTH, status=401), False),
    ],
)
def test_a_draft_counts_its_estimate_the_same_way(response: ModelResponse, *, is_billed: bool) -> None:
    agent = ModelAgent(model_ref(), Telling(response), "key", RICH)
    seen = call_of(Telling(ModelResponse(Outcome.ANSWERED, HOLD)))
    assert seen.prompt is not None
    question = AloneQuestion("draft", seen.prompt, {}, "answer", 5.0)
    answer = ask_alone(question, agent, FlatPrices(), WALL_MS)
    assert answer.cost == (estimate_of(seen) if is_billed else 0)


@pytest.mark.parametrize("count", [3_000_000_000, 2**63, -1])
def test_no_count_that_a_provider_tells_costs_the_round_its_record(count: int) -> None:
    asks = asks_of([model_agent()])
    replies = ask_all(asks, table_of())
    call = replies[0].call
    assert call is not None
    told = replace(replies[0], call=replace(call, usage=Usage(*[count] * 5)))
    record_replies(table_of(), asks, [told])
    kept = 0 if count < 0 else MOST_TOKENS
    assert set(calls_at(SEASON, 1)[asks[0].contestant_id].usage) == {kept}
    assert tallies(SEASON) == recount_tallies(SEASON)
