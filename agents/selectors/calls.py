"""Reads of what calls to language models took: one by one, and in sum by contestant."""

from dataclasses import dataclass

from django.db.models import QuerySet

from agents.domain.llm.exchange import Usage
from agents.models import ModelCall, ModelTally


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One call. Money is USD at 1e-8; a hash is '' where there was no prompt."""

    turn_id: str
    contestant_id: str
    slot: int
    provider: str
    model: str
    model_returned: str
    outcome: str
    detail: str
    finish_reason: str
    provider_request_id: str
    fingerprint: str
    sdk: str
    prompt_version: str
    prompt_sha256: str
    parts_sha256: tuple[str, str, str]
    """Of the system, market and account text, which are blobs."""
    attempts: int
    latency_us: int
    started_wall_ms: int
    usage: Usage
    cost: int
    cost_source: str
    cited: int
    fabricated: int


@dataclass(frozen=True, slots=True)
class Tally:
    """A contestant's calls in sum. ``unpriced`` calls have no known price: ``cost`` is a lower bound then."""

    contestant_id: str
    calls: int = 0
    answered: int = 0
    attempts: int = 0
    sum_latency_us: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    cost: int = 0
    unpriced: int = 0
    cited: int = 0
    fabricated: int = 0

    @property
    def mean_latency_us(self) -> int:
        """Mean time of a call; 0 without any."""
        return self.sum_latency_us // self.calls if self.calls else 0


_SUMS = tuple(Tally.__dataclass_fields__)


def tallies(season_id: str) -> dict[str, Tally]:
    """Return contestant -> sums; who never had a model called is absent."""
    rows = ModelTally.objects.filter(season_id=season_id).values_list(*_SUMS)
    return {row[0]: Tally(*row) for row in rows}


def calls_of(contestant_id: str, before_slot: int | None = None, limit: int = 50) -> list[CallFacts]:
    """Return a contestant's calls, newest first; with ``before_slot`` those of earlier slots."""
    rows = ModelCall.objects.filter(contestant_id=contestant_id).order_by("-slot")
    if before_slot is not None:
        rows = rows.filter(slot__lt=before_slot)
    return [_facts(row) for row in rows[:limit]]


def calls_at(season_id: str, slot: int) -> dict[str, CallFacts]:
    """Return contestant -> call of one round."""
    return _by_contestant(ModelCall.objects.filter(season_id=season_id, slot=slot))


def _by_contestant(rows: QuerySet[ModelCall]) -> dict[str, CallFacts]:
    return {row.contestant_id: _facts(row) for row in rows}


def recount_tallies(season_id: str) -> dict[str, Tally]:
    """Return the sums derived again from the calls; ``unpriced`` is not among what a call keeps."""
    found: dict[str, Tally] = {}
    for row in ModelCall.objects.filter(season_id=season_id).iterator():
        found[row.contestant_id] = _added(found.get(row.contestant_id, Tally(row.contestant_id)), row)
    return found


def _added(tally: Tally, row: ModelCall) -> Tally:
    return Tally(
        contestant_id=tally.contestant_id,
        calls=tally.calls + 1,
        answered=tally.answered + (row.outcome == "answered"),
        attempts=tally.attempts + row.attempts,
        sum_latency_us=tally.sum_latency_us + row.latency_us,
        input_tokens=tally.input_tokens + row.input_tokens,
        cached_tokens=tally.cached_tokens + row.cached_tokens,
        output_tokens=tally.output_tokens + row.output_tokens,
        reasoning_tokens=tally.reasoning_tokens + row.reasoning_tokens,
        cost=tally.cost + row.cost,
        unpriced=tally.unpriced,
        cited=tally.cited + row.cited,
        fabricated=tally.fabricated + row.fabricated,
    )


def _facts(row: ModelCall) -> CallFacts:
    tokens = (row.input_tokens, row.cached_tokens, row.cache_write_tokens, row.output_tokens)
    return CallFacts(
        turn_id=row.turn_id,
        contestant_id=row.contestant_id,
        slot=row.slot,
        provider=row.provider,
        model=row.model,
        model_returned=row.model_returned,
        outcome=row.outcome,
        detail=row.detail,
        finish_reason=row.finish_reason,
        provider_request_id=row.provider_request_id,
        fingerprint=row.fingerprint,
        sdk=row.sdk,
        prompt_version=row.prompt_version,
        prompt_sha256=row.prompt_sha256,
        parts_sha256=(row.system_sha256, row.market_sha256, row.account_sha256),
        attempts=row.attempts,
        latency_us=row.latency_us,
        started_wall_ms=row.started_wall_ms,
        usage=Usage(*tokens, row.reasoning_tokens),
        cost=row.cost,
        cost_source=row.cost_source,
        cited=row.cited,
        fabricated=row.fabricated,
    )
