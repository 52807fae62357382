"""What a provider may bill for an attempt, whether or not it told what it took."""

from typing import Final, NamedTuple

from agents.domain.llm.exchange import NO_USAGE, ModelResponse, Outcome

ESTIMATED: Final = "estimate"
"""The source of a cost that stands for tokens which were never told."""

_NEVER_TOLD: Final = frozenset({Outcome.ANSWERED, Outcome.TIMEOUT, Outcome.INTERRUPTED, Outcome.FAULT})


class Bill(NamedTuple):
    """What a call cost in USD at 1e-8, by which price list; ``is_unpriced`` where a price is not known."""

    cost: int = 0
    source: str = ""
    is_unpriced: bool = False


def has_begun(response: ModelResponse) -> bool:
    """Return whether an answer had begun: the model has worked by then, whatever became of its words."""
    return response.usage != NO_USAGE or 200 <= response.status < 300  # noqa: PLR2004 - the successes of HTTP


def may_be_billed_untold(response: ModelResponse) -> bool:
    """Return whether the provider may bill an attempt whose tokens it never told."""
    return response.usage == NO_USAGE and (has_begun(response) or response.outcome in _NEVER_TOLD)
