"""Whether a provider's key is asked at all: a breaker per provider and key, as a pure machine.

closed --auth or billing, and nobody served--> open for half an hour; closed --three transient failures in a
row--> open for two rounds; open --time--> half-open: one call goes through and decides
(Nygard, "Release It!", 2007).
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from agents.domain.llm.exchange import Outcome
from kernel.ids import derive_seed
from kernel.time import MINUTE_MS

REFUSED_KEY_MS: Final = 30 * MINUTE_MS
"""How long a refused key or an unpaid bill is left alone; the operator can reset it before."""

TRANSIENT_LIMIT: Final = 3
TRANSIENT_ROUNDS: Final = 2

LASTING: Final = frozenset({Outcome.AUTH, Outcome.BILLING})
TRANSIENT: Final = frozenset(
    {Outcome.NETWORK, Outcome.OVERLOADED, Outcome.RATE_LIMITED, Outcome.TIMEOUT, Outcome.PROTOCOL}
)
SERVED: Final = frozenset(
    {
        Outcome.ANSWERED,
        Outcome.REFUSED,
        Outcome.TRUNCATED,
        Outcome.CONTENT_FILTER,
        Outcome.PROMPT_TOO_LONG,
        Outcome.BAD_REQUEST,
    }
)
"""The provider is there and took the key, whatever it thought of the question."""


class BreakerState(NamedTuple):
    """Transient failures in a row, why it opened ('' while closed), and until when nobody is asked."""

    failures: int = 0
    reason: str = ""
    open_until_ms: int = 0


CLOSED: Final = BreakerState()


class Admission(StrEnum):
    """Who may ask now."""

    ALL = "all"
    ONE = "one"
    """Half-open: one call goes through, the others wait for what it finds."""
    NOBODY = "nobody"


def admission(state: BreakerState, now_ms: int) -> Admission:
    """Return who may ask at this wall time."""
    if not state.reason:
        return Admission.ALL
    return Admission.ONE if now_ms >= state.open_until_ms else Admission.NOBODY


def claim_probe(state: BreakerState, now_ms: int, window_ms: int) -> BreakerState:
    """Return the half-open state while one call is under way: shut to everybody else for ``window_ms``."""
    return state._replace(open_until_ms=now_ms + window_ms)


def choose_probe(slot: int, candidates: int) -> int:
    """Return which of so many questions goes through a half-open breaker: another one from slot to slot.

    A contestant whose model alone is refused must not be the one that looks for all, time after time. Drawn
    rather than counted: a key is looked at every so many slots, and a count would meet the same one again.
    """
    return derive_seed("probe", slot) % candidates


def after_calls(
    state: BreakerState, outcomes: Iterable[Outcome], now_ms: int, interval_ms: int
) -> BreakerState:
    """Return the state after the calls of one round, which were made at once and have no order.

    One call that was served closes it: who else was refused may not use that model, but the key is good. A
    key that nobody was served with and somebody refused opens it; else every transient failure counts.
    ``interval_ms`` is the time between two rounds.
    """
    found = list(outcomes)
    if SERVED.intersection(found):
        return CLOSED
    for outcome in found:
        if outcome in LASTING:
            return BreakerState(state.failures, outcome.value, now_ms + REFUSED_KEY_MS)
    failed = [outcome for outcome in found if outcome in TRANSIENT]
    if not failed:
        return state
    failures = state.failures + len(failed)
    if state.reason or failures >= TRANSIENT_LIMIT:
        # Never sooner than it was due: a failed probe of a refused key keeps to the longer time.
        until_ms = max(state.open_until_ms, now_ms + TRANSIENT_ROUNDS * interval_ms)
        return BreakerState(failures, state.reason or failed[-1].value, until_ms)
    return state._replace(failures=failures)
