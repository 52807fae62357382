"""When a failed attempt may be made again: once at most, only where it can still be in time.

A timeout is never repeated (it may be billed), nor is an answer of no use that told its tokens (the caller
looks). The wait is full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015) drawn from a seed: no
chance in here.
"""

import math
from typing import Final

from agents.domain.llm.exchange import Outcome
from kernel.ids import derive_seed

MAX_ATTEMPTS: Final = 2
BASE_WAIT_S: Final = 1.0
"""The jitter's width before the second attempt; doubled before each further one."""

REPEATABLE: Final = frozenset({Outcome.NETWORK, Outcome.OVERLOADED, Outcome.RATE_LIMITED, Outcome.PROTOCOL})

UNKNOWN_LATENCY_S: Final = 10.0
UNKNOWN_SHARE: Final = 3
"""A model nobody has timed yet is taken to need ten seconds, or a third of a shorter deadline."""


def usual_latency_s(latencies_us: tuple[int, ...], deadline_s: float) -> float:
    """Return the 95th percentile (nearest rank) of recent answers in seconds, or a guess."""
    if not latencies_us:
        return min(UNKNOWN_LATENCY_S, deadline_s / UNKNOWN_SHARE)
    ranked = sorted(latencies_us)
    return ranked[math.ceil(len(ranked) * 0.95) - 1] / 1_000_000


def retry_wait_s(
    outcome: Outcome,
    attempt: int,
    left_s: float,
    usual_s: float,
    retry_after_s: float | None,
    seed: int,
) -> float | None:
    """Return how long to wait before the next attempt, or None: this was the last one.

    ``attempt`` (from 1) has just ended with ``outcome``; ``left_s`` is what remains of the deadline,
    ``usual_s`` what an answer usually takes. A time the provider named is kept to or there is no retry.
    """
    if attempt >= MAX_ATTEMPTS or outcome not in REPEATABLE:
        return None
    wait_s = jitter_s(attempt, seed)
    if retry_after_s is not None:
        if not math.isfinite(retry_after_s):
            return None
        wait_s = max(wait_s, retry_after_s)
    return wait_s if wait_s + usual_s <= left_s else None


def jitter_s(attempt: int, seed: int) -> float:
    """Return a wait between 0 and ``BASE_WAIT_S`` * 2 ** (attempt - 1), even over the seeds."""
    share = derive_seed("retry", seed, attempt) / 2**64
    return float(BASE_WAIT_S * 2 ** (attempt - 1) * share)
