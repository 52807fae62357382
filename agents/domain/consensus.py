"""What the others decide together: a vote on each symbol (docs/algorithms/consensus.md).

Each answer has one vote a symbol: BUY, SELL or CLOSE. HOLD, said or unsaid, abstains. The result depends on
the answers alone, never on their order or on who gave them, and holds no word of theirs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from agents.domain.answers import Answer, encode_answer
from kernel.units import SCALE
from trading.domain.decisions import Action, Decision

LEAST_AGREEING: Final = 2
"""One voice is no consensus."""

Counts = Mapping[Action, int]


def vote(answers: Iterable[Answer], symbols: Sequence[str], sides: Mapping[str, int]) -> bytes:
    """Return the consensus as a raw answer.

    ``sides`` holds its own open positions, +1 or -1: it never adds to one, and closes it where the others
    are against it.
    """
    ballots = [{item.symbol: item for item in answer.decisions} for answer in answers]
    made = [_decide(symbol, ballots, sides.get(symbol, 0)) for symbol in symbols]
    decisions = [decision for decision in made if decision is not None]
    return encode_answer(f"Counts {len(ballots)} answers.", decisions)


def _decide(symbol: str, ballots: Sequence[Mapping[str, Decision]], side: int) -> Decision | None:
    cast = [ballot[symbol] for ballot in ballots if symbol in ballot]
    counts = Counter(item.action for item in cast)
    action = _closing(counts, side) if side else _opening(counts)
    if action is None:
        return None
    agreeing = [item for item in cast if item.action is action]
    confidence = _median([item.confidence for item in agreeing])
    said = _count_words(counts, len(ballots))
    if action is Action.CLOSE:
        return Decision(action, symbol, size=SCALE, confidence=confidence or 0, reasoning=said)
    return Decision(
        action,
        symbol,
        size=_median([item.size for item in agreeing]) or 0,
        leverage=_median([item.leverage for item in agreeing]) or 0,
        stop_loss=_median([item.stop_loss for item in agreeing if item.stop_loss is not None]),
        take_profit=_median([item.take_profit for item in agreeing if item.take_profit is not None]),
        confidence=confidence or 0,
        reasoning=said,
    )


def _opening(counts: Counts) -> Action | None:
    """Return what to open: wanted by at least two, and by more than want anything else."""
    votes = sum(counts.get(action, 0) for action in (Action.BUY, Action.SELL, Action.CLOSE))
    for action in (Action.BUY, Action.SELL):
        if _carries(counts.get(action, 0), votes - counts.get(action, 0)):
            return action
    return None


def _closing(counts: Counts, side: int) -> Action | None:
    """Return CLOSE where more are against the position than for it. Who wants the other way is against it."""
    same, other = (Action.BUY, Action.SELL) if side > 0 else (Action.SELL, Action.BUY)
    against = counts.get(Action.CLOSE, 0) + counts.get(other, 0)
    return Action.CLOSE if _carries(against, counts.get(same, 0)) else None


def _carries(in_favour: int, against: int) -> bool:
    return in_favour >= LEAST_AGREEING and in_favour > against


def _median(figures: Sequence[int]) -> int | None:
    """Return the middle figure; of two the lower, so that it is always one that somebody named."""
    return sorted(figures)[(len(figures) - 1) // 2] if figures else None


def _count_words(counts: Counts, answers: int) -> str:
    cast = [(action, counts.get(action, 0)) for action in (Action.BUY, Action.SELL, Action.CLOSE)]
    named = ", ".join(f"{count} {action}" for action, count in cast)
    return f"Of {answers} answers: {named}, {answers - sum(count for _, count in cast)} HOLD."
