"""What thinking may cost: estimates, and who still fits under the caps. Amounts are USD at 1e-8."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from agents.domain.llm.exchange import ModelRef, Usage
from agents.domain.llm.prompt import Prompt, estimate_tokens
from kernel.ids import derive_id
from kernel.time import SECOND_MS


class BudgetKey(NamedTuple):
    """Whose money: ``kind`` 'day' holds by model and UTC day, 'season' by contestant and season."""

    kind: str
    holder: str
    period: str

    @property
    def id(self) -> str:
        """The row's id."""
        return derive_id("budget", *self)


class Balance(NamedTuple):
    """What a budget holds in reserve and has spent."""

    reserved: int = 0
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What one turn's call may cost, and from which two budgets; ``caps``: of the call, day and season.

    A call that costs nothing (a model on this machine, a price nobody knows) fits under every cap.
    """

    turn_id: str
    amount: int
    day: BudgetKey
    season: BudgetKey
    caps: tuple[int, int, int]


@dataclass(slots=True)
class Allotment:
    """Which claims fit, in their order, and which cap each of the others is over: call, day or season."""

    granted: list[Claim] = field(default_factory=list)
    over: dict[str, str] = field(default_factory=dict)


def allot(claims: Sequence[Claim], balances: Mapping[str, Balance]) -> Allotment:
    """Return who may ask: each claim counts for those behind it. ``balances`` by budget id; absent is empty.

    Afterwards no budget holds more in ``reserved`` and ``spent`` together than the cap of any claim granted
    from it, unless it did before.
    """
    used = {key: sum(balance) for key, balance in balances.items()}
    result = Allotment()
    for claim in claims:
        cap = _cap_exceeded(claim, used)
        if cap:
            result.over[claim.turn_id] = cap
            continue
        for key in (claim.day.id, claim.season.id):
            used[key] = used.get(key, 0) + claim.amount
        result.granted.append(claim)
    return result


def _cap_exceeded(claim: Claim, used: Mapping[str, int]) -> str:
    call_cap, day_cap, season_cap = claim.caps
    if not claim.amount:
        return ""
    if claim.amount > call_cap:
        return "call"
    if used.get(claim.day.id, 0) + claim.amount > day_cap:
        return "day"
    return "season" if used.get(claim.season.id, 0) + claim.amount > season_cap else ""


def day_budget(model: ModelRef, wall_ms: int) -> BudgetKey:
    """Return the budget of a model's UTC day."""
    day = datetime.fromtimestamp(wall_ms // SECOND_MS, UTC).date().isoformat()
    return BudgetKey("day", f"{model.provider}/{model.model}"[:160], day)


def season_budget(contestant_id: str, season_id: str) -> BudgetKey:
    """Return the budget of a contestant's season."""
    return BudgetKey("season", contestant_id, season_id)


SCHEMA_TOKENS: Final = 2_000
"""The schema of the answer is billed as input too: by our own estimate 1,214 tokens for five symbols."""


def estimated_usage(prompts: Iterable[Prompt], max_output_tokens: int) -> Usage:
    """Return the most that one call of these may use: all of it uncached, and every word it may say."""
    longest = max(estimate_tokens(prompt.system) + estimate_tokens(prompt.user) for prompt in prompts)
    return Usage(input=longest + SCHEMA_TOKENS, output=max_output_tokens)
