"""The library of strategies, written: a document never changes, a change is a next version."""

from django.db import IntegrityError, transaction

from agents.domain.strategy.form import Strategy
from agents.models import Strategy as StrategyRow
from agents.selectors.strategies import StrategyView, find_strategy
from kernel.ids import derive_id

STATES = ("draft", "active", "retired")
_TRIES = 5


def save_strategy(strategy: Strategy, *, sentence: str, author: str, wall_ms: int) -> StrategyView:
    """Store a document as a draft of its name's next version; one that is there already stays as it is.

    Two savers at once get two versions, or one if they bring the same document.
    """
    for _attempt in range(_TRIES):
        try:
            with transaction.atomic():
                version = _store(strategy, sentence, author, wall_ms)
        except IntegrityError:
            continue  # somebody else took the number between our look and our write
        found = find_strategy(strategy.name, version)
        if found is not None:
            return found
    raise RuntimeError(f"strategy {strategy.name} could not be numbered {_TRIES} times in a row")


def _store(strategy: Strategy, sentence: str, author: str, wall_ms: int) -> int:
    rows = StrategyRow.objects.filter(name=strategy.name).order_by("-version")
    same = rows.filter(sha256=strategy.sha256).first()
    if same is not None:
        return same.version
    newest = rows.first()
    version = 1 if newest is None else newest.version + 1
    StrategyRow.objects.create(
        id=derive_id("strategy", strategy.name, version),
        name=strategy.name,
        version=version,
        sentence=sentence,
        document=strategy.to_bytes(),
        sha256=strategy.sha256,
        status="draft",
        author=author[:160],
        created_wall_ms=wall_ms,
    )
    return version


def set_strategy_status(name: str, version: int, status: str) -> None:
    """Say that a version plays, or plays no more. Raises ValueError for a state that is none."""
    if status not in STATES:
        raise ValueError(f"strategy status {status!r} is not known; use one of {', '.join(STATES)}")
    StrategyRow.objects.filter(name=name, version=version).update(status=status)
