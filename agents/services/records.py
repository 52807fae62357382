"""Storing what a round's questions took: calls, running sums, prompts, tape. In the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Final

from agents.domain.llm.exchange import ModelResponse, Outcome, Usage
from agents.models import ModelCall, ModelTally
from agents.services.questions import Ask, CallRecord, Reply, Table
from agents.services.tape import record_lines, round_lines
from store.bulk import add_to_rows, insert_rows
from trading.services import record_blobs

_NO_RESPONSE: Final = ModelResponse(Outcome.FAULT)

_DETAIL_LENGTH: Final = 300

MOST_TOKENS: Final = 100_000_000
"""A count beyond it is no count: nothing a provider tells may cost a round its record."""


def record_replies(
    table: Table, asks: Sequence[Ask], replies: Sequence[Reply], silent: Mapping[str, str] | None = None
) -> None:
    """Store the round's calls, their prompts, the running sums and the tape.

    Call it in the transaction that stores the answers, once that has made sure nobody overtook it. ``silent``
    names the seats that were not asked, with the reason: a season played again does not ask them either.
    """
    by_contestant = {reply.contestant_id: reply for reply in replies}
    calls = [(ask, call) for ask in asks if (call := by_contestant[ask.contestant_id].call) is not None]
    if calls:
        hashes = _record_prompts([call for _ask, call in calls])
        insert_rows(ModelCall, _CALL_FIELDS, [_call_row(table, ask, call, hashes) for ask, call in calls])
        _add_to_tallies(table, calls)
    record_lines(table.season_id, table.slot, round_lines(table, asks, by_contestant, silent or {}))


def _record_prompts(calls: Sequence[CallRecord]) -> dict[str, str]:
    """Store each text once; return text -> hash."""
    texts = list(
        dict.fromkeys(
            text
            for call in calls
            if call.prompt is not None
            for text in (call.prompt.system, call.prompt.market, call.prompt.account)
        )
    )
    return dict(zip(texts, record_blobs(text.encode() for text in texts), strict=True))


_CALL_FIELDS: Final = (
    "turn_id", "season_id", "contestant_id", "slot", "provider", "model", "model_returned", "outcome",
    "detail", "finish_reason", "provider_request_id", "fingerprint", "sdk", "prompt_version", "system_sha256",
    "market_sha256", "account_sha256", "prompt_sha256", "attempts", "latency_us", "started_wall_ms",
    "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
    "cost", "cost_source", "cited", "fabricated",
)  # fmt: skip


def _call_row(table: Table, ask: Ask, call: CallRecord, hashes: Mapping[str, str]) -> tuple[object, ...]:
    response = call.response or _NO_RESPONSE
    prompt = call.prompt
    parts = [hashes[part] for part in (prompt.system, prompt.market, prompt.account)] if prompt else [""] * 3
    return (
        *(ask.turn_id, table.season_id, ask.contestant_id, table.slot),
        *(call.model.provider[:24], call.model.model[:120], _fit(response.model_returned, 120)),
        *(call.outcome.value, _fit(call.detail, _DETAIL_LENGTH), _fit(response.finish_reason, 40)),
        *(_fit(response.provider_request_id, 120), _fit(response.fingerprint, 80), _fit(response.sdk, 60)),
        *(ask.observation.market.rules.prompt, *parts, prompt.sha256 if prompt else ""),
        *(len(call.notes), call.latency_us, call.started_wall_ms),
        *_counted(call.usage),
        *(call.cost, _fit(call.cost_source, 80), *call.citations),
    )


def _counted(usage: Usage) -> Usage:
    """Return the counts as the columns take them: four bytes on PostgreSQL."""
    return Usage(*(max(0, min(count, MOST_TOKENS)) for count in usage))


def _fit(text: str, length: int) -> str:
    """Return a provider's word as a column takes it: PostgreSQL knows no NUL, UTF-8 no lone surrogate."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:length]


_SUMS: Final = (
    "calls", "answered", "attempts", "sum_latency_us", "input_tokens", "cached_tokens", "output_tokens",
    "reasoning_tokens", "cost", "unpriced", "cited", "fabricated",
)  # fmt: skip


def _add_to_tallies(table: Table, calls: Sequence[tuple[Ask, CallRecord]]) -> None:
    zeros = (0,) * len(_SUMS)
    fresh = [(ask.contestant_id, table.season_id, *zeros) for ask, _call in calls]
    known = set(ModelTally.objects.filter(season_id=table.season_id).values_list("contestant_id", flat=True))
    missing = [row for row in fresh if row[0] not in known]
    insert_rows(ModelTally, ("contestant_id", "season_id", *_SUMS), missing, ignore_existing=True)
    add_to_rows(ModelTally, "contestant_id", _SUMS, [_sums(ask, call) for ask, call in calls])


def _sums(ask: Ask, call: CallRecord) -> tuple[object, ...]:
    usage = _counted(call.usage)
    return (
        *(1, int(call.outcome is Outcome.ANSWERED), len(call.notes), call.latency_us),
        *(usage.input, usage.cached, usage.output, usage.reasoning),
        *(call.cost, int(call.is_unpriced), *call.citations, ask.contestant_id),
    )
