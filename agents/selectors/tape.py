"""Reads of a season's tape, its breakers and its budgets."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from agents.models import Breaker, Budget, TapeLine


def tape_lines(season_id: str, until_slot: int | None = None) -> Iterator[bytes]:
    """Yield the canonical bytes of a season's tape, in order; with ``until_slot`` up to that round's."""
    for body in _rows(season_id, until_slot).order_by("seq").values_list("body", flat=True).iterator():
        yield zlib.decompress(bytes(body))


def tape_length(season_id: str, until_slot: int | None = None) -> int:
    """Return how many lines that are."""
    return _rows(season_id, until_slot).count()


def _rows(season_id: str, until_slot: int | None) -> QuerySet[TapeLine]:
    rows = TapeLine.objects.filter(season_id=season_id)
    return rows if until_slot is None else rows.filter(slot__lte=until_slot)


@dataclass(frozen=True, slots=True)
class OpenBreaker:
    """A key that is not asked for a while; after ``open_until_ms`` one call looks again."""

    provider: str
    key_id: str
    reason: str
    failures: int
    open_until_ms: int


def open_breakers() -> list[OpenBreaker]:
    """Return every breaker that is open or half-open."""
    rows = Breaker.objects.exclude(reason="").order_by("provider", "key_id")
    return [
        OpenBreaker(row.provider, row.key_id, row.reason, row.failures, row.open_until_ms) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class BudgetFacts:
    """What a cap's holder has spent and holds in reserve, USD at 1e-8."""

    kind: str
    holder: str
    period: str
    reserved: int
    spent: int


def budgets(kind: str, period: str) -> list[BudgetFacts]:
    """Return the budgets of a UTC day ('day', 'YYYY-MM-DD') or a season ('season', its id)."""
    rows = Budget.objects.filter(kind=kind, period=period).order_by("holder")
    return [BudgetFacts(row.kind, row.holder, row.period, row.reserved, row.spent) for row in rows]
