"""What contestants are told of their own past: why they hold what they hold, and how earlier trades ended."""

from collections.abc import Collection
from typing import Final

from django.db.models import Exists, OuterRef, Subquery

from trading import models
from trading.domain.invalidation import decode_invalidation
from trading.domain.observation import PastTrade, Thesis

_NEWEST: Final = ("-closed_ms", "symbol", "-lifecycle")


def theses(feed: str, account_ids: Collection[str]) -> dict[str, tuple[Thesis, ...]]:
    """Return account -> the thesis of each of its open positions, in symbol order; two queries.

    The words are those of the decision that opened the position or, later, added to it last; the condition
    is the one that is watched, which an addition that names none leaves as it was.
    """
    opening = models.Fill.objects.filter(
        account_id=OuterRef("account_id"),
        symbol=OuterRef("symbol"),
        lifecycle=OuterRef("lifecycle"),
        kind="decision",
        order__reduce_only=False,
    ).order_by("-market_ms")
    rows = models.Position.objects.filter(feed=feed, account_id__in=account_ids, qty__gt=0)
    decided_by = Subquery(opening.values("order__decision_id")[:1])
    held = list(
        rows.order_by("account_id", "symbol").values_list("account_id", "symbol", "watch", decided_by)
    )
    names = ("market_ms", "confidence", "reasoning", "invalidation")
    decisions = models.Decision.objects.filter(id__in=[row[-1] for row in held])
    said = {key: words for key, *words in decisions.values_list("id", *names)}
    found: dict[str, list[Thesis]] = {account: [] for account in account_ids}
    for account, symbol, watch, decision_id in held:
        if decision_id in said:  # what a venue showed and nobody decided has no thesis
            words = (*said[decision_id], decode_invalidation(watch))
            found[account].append(Thesis(symbol, *words))
    return {account: tuple(held_for) for account, held_for in found.items()}


def past_trades(account_ids: Collection[str], limit: int) -> dict[str, tuple[PastTrade, ...]]:
    """Return account -> its newest closed trades, newest first, stopped ones too; two queries.

    The keys are looked up one place at a time along the index of each account: numbering all trades by a
    window would read every trade ever made.
    """
    own = models.ClosedTrade.objects.filter(account_id=OuterRef("account_id")).order_by(*_NEWEST).values("id")
    places = [Subquery(own[place : place + 1]) for place in range(limit)]
    # One row stands for each account that ever traded: its position on the first of its symbols.
    held = models.Position.objects.filter(account_id__in=account_ids)
    earlier = held.filter(account_id=OuterRef("account_id"), symbol__lt=OuterRef("symbol"))
    rows_of_keys = held.filter(~Exists(earlier)).values_list(*places)
    keys = [key for row in rows_of_keys for key in row if key is not None]
    names = ("symbol", "side", "opened_ms", "closed_ms", "pnl", "fees", "exit_kind", "funding")
    rows = models.ClosedTrade.objects.filter(id__in=keys).order_by(*_NEWEST)
    found: dict[str, list[PastTrade]] = {account: [] for account in account_ids}
    for account, *trade in rows.values_list("account_id", *names):
        found[account].append(PastTrade(*trade))
    return {account: tuple(trades) for account, trades in found.items()}
