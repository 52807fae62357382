"""The breakers' rows: who may be asked now, and what came of it. Inside the caller's short transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from agents.domain.llm.breaker import (
    CLOSED,
    Admission,
    BreakerState,
    admission,
    after_calls,
    choose_probe,
    claim_probe,
)
from agents.domain.llm.exchange import Outcome
from agents.models import Breaker
from kernel.ids import derive_id

KeyName = tuple[str, str]
"""Provider and key id."""


def breaker_id(key: KeyName) -> str:
    """Return the id of a key's row."""
    return derive_id("breaker", *key)


def admit(keys: Sequence[KeyName], now_ms: int, window_ms: int, slot: int) -> list[bool]:
    """Return for each question, by the key it would be asked with, whether it may be asked.

    Of a breaker that is due to look again, one question goes through, another from slot to slot, and for
    ``window_ms`` no other in any process.
    """
    states = _locked(keys)
    waiting: dict[KeyName, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        waiting[key].append(at)
    admitted: set[int] = set()
    probed: dict[KeyName, BreakerState] = {}
    for key, places in waiting.items():
        found = admission(states.get(key, CLOSED), now_ms)
        if found is Admission.ALL:
            admitted.update(places)
        elif found is Admission.ONE:
            admitted.add(places[choose_probe(slot, len(places))])
            probed[key] = claim_probe(states[key], now_ms, window_ms)
    _store(probed)
    return [at in admitted for at in range(len(keys))]


def record_outcomes(outcomes: Mapping[KeyName, Sequence[Outcome]], now_ms: int, interval_ms: int) -> None:
    """Move each key's breaker on by what its calls of one round came to."""
    states = _locked(outcomes)
    moved = {}
    for key, found in outcomes.items():
        before = states.get(key, CLOSED)
        after = after_calls(before, found, now_ms, interval_ms)
        if after != before:
            moved[key] = after
    _store(moved)


def reset_breaker(provider: str, key_id: str) -> bool:
    """Close a breaker by the operator's word: the next round asks again. Return whether it was open."""
    closed = {"failures": 0, "reason": "", "open_until_ms": 0}
    rows = Breaker.objects.filter(pk=breaker_id((provider, key_id))).exclude(reason="")
    return bool(rows.update(**closed))


def _locked(keys: Iterable[KeyName]) -> dict[KeyName, BreakerState]:
    ids = {breaker_id(key) for key in keys}
    rows = Breaker.objects.select_for_update().filter(pk__in=ids).order_by("id")
    return {
        (row.provider, row.key_id): BreakerState(row.failures, row.reason, row.open_until_ms) for row in rows
    }


def _store(states: Mapping[KeyName, BreakerState]) -> None:
    rows = [
        Breaker(id=breaker_id((provider, key)), provider=provider, key_id=key, **state._asdict())
        for (provider, key), state in sorted(states.items(), key=lambda item: breaker_id(item[0]))
    ]
    Breaker.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["failures", "reason", "open_until_ms"],
    )
