"""Decisions, fills and trades as the faces show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from arena.domain.activity import DecisionView, FeedItem, FillView, TradeView
from arena.models import Contestant, Round, Season, Turn
from trading import selectors as trading
from trading.selectors import DecisionRecord, FillRecord


@dataclass(frozen=True, slots=True)
class Face:
    """How a contestant is named on the faces."""

    contestant_id: str
    account_id: str
    slug: str
    name: str
    position: int
    baseline: bool


_FACE = ("id", "account_id", "slug", "name", "position", "baseline")


def faces(season_id: str, contestant_slug: str | None = None) -> dict[str, Face]:
    """Return account -> face of a season's contestants, or of one."""
    rows = Contestant.objects.filter(season_id=season_id)
    if contestant_slug is not None:
        rows = rows.filter(slug=contestant_slug)
    return {row[1]: Face(*row) for row in rows.values_list(*_FACE)}


def decisions(
    season_slug: str, *, contestant_slug: str | None = None, before_ms: int | None = None, limit: int = 50
) -> tuple[DecisionView, ...]:
    """Return decisions decided before ``before_ms``, newest first (a keyset page)."""
    scope = _scope_of(season_slug, contestant_slug)
    if scope is None:
        return ()
    season_id, known, account = scope
    records = trading.decision_records(season_id, account_id=account, before_ms=before_ms, limit=limit)
    return decision_views(season_id, known, records)


def _scope_of(
    season_slug: str, contestant_slug: str | None
) -> tuple[str, dict[str, Face], str | None] | None:
    """Return season, faces and the account to narrow a read to (None: all); None where one is not there."""
    season_id = season_id_of(season_slug)
    if season_id is None:
        return None
    known = faces(season_id, contestant_slug)
    if contestant_slug is None:
        return season_id, known, None
    return (season_id, known, next(iter(known))) if known else None


def season_id_of(slug: str) -> str | None:
    """Return a season's id; None if there is no such season."""
    return Season.objects.filter(slug=slug).values_list("id", flat=True).first()


def decision_views(
    season_id: str, known: dict[str, Face], records: Sequence[DecisionRecord]
) -> tuple[DecisionView, ...]:
    """Return records as views, with what came of each."""
    slots = {record.slot for record in records}
    numbers = dict(Round.objects.filter(season_id=season_id, slot__in=slots).values_list("slot", "number"))
    fills = trading.fills_of_decisions([record.id for record in records])
    return tuple(
        _decision_view(known[record.account_id], record, numbers.get(record.slot, 0), fills.get(record.id))
        for record in records
        if record.account_id in known
    )


def _decision_view(face: Face, record: DecisionRecord, number: int, fill: FillRecord | None) -> DecisionView:
    return DecisionView(
        id=record.id,
        contestant_slug=face.slug,
        contestant_name=face.name,
        position=face.position,
        round_number=number,
        market_ms=record.market_ms,
        symbol=record.symbol,
        action=record.action,
        size=record.size,
        leverage=record.leverage,
        stop_loss=record.stop_loss,
        take_profit=record.take_profit,
        confidence=record.confidence,
        invalidation=record.invalidation,
        reasoning=record.reasoning,
        outcome=record.outcome,
        reason=record.reason,
        verdicts=record.verdicts,
        fill=fill_view(face, fill) if fill else None,
        watch=record.watch,
        evidence=record.evidence,
        limit_price=record.terms.price,
        trail=record.trail,
        reverse=record.reverse,
    )


def fill_view(face: Face, fill: FillRecord) -> FillView:
    """Return a fill as a view."""
    return FillView(
        order_id=fill.order_id,
        contestant_slug=face.slug,
        contestant_name=face.name,
        symbol=fill.symbol,
        side=fill.side,
        qty=fill.qty,
        price=fill.price,
        notional=fill.notional,
        fee=fill.fee,
        pnl=fill.pnl,
        kind=fill.kind,
        ambiguous=fill.ambiguous,
        market_ms=fill.market_ms,
    )


def fills(
    season_slug: str, *, contestant_slug: str | None = None, before_ms: int | None = None, limit: int = 50
) -> tuple[FillView, ...]:
    """Return fills booked before ``before_ms``, newest first (a keyset page)."""
    scope = _scope_of(season_slug, contestant_slug)
    if scope is None:
        return ()
    season_id, known, account = scope
    records = trading.fill_records(season_id, account_id=account, before_ms=before_ms, limit=limit)
    return tuple(fill_view(known[record.account_id], record) for record in records)


def trade_views(account_id: str, limit: int = 50) -> tuple[TradeView, ...]:
    """Return an account's newest closed trades."""
    return tuple(
        TradeView(
            symbol=trade.symbol,
            side=trade.side,
            opened_ms=trade.opened_ms,
            closed_ms=trade.closed_ms,
            pnl=trade.pnl,
            fees=trade.fees,
            net=trade.pnl - trade.fees + trade.funding,
            exit_kind=trade.exit_kind,
            funding=trade.funding,
        )
        for trade in trading.trade_records(account_id, limit)
    )


def newest_activity(season_id: str, limit: int) -> tuple[FeedItem, ...]:
    """Return the newest activity: decisions (with refusals), forced holds, and exits that fired by plan."""
    known = faces(season_id)
    records = trading.decision_records(season_id, limit=limit)
    items = [_decision_item(view) for view in decision_views(season_id, known, records)]
    items += [
        _exit_item(known[fill.account_id], fill) for fill in trading.plan_fill_records(season_id, limit)
    ]
    items += _forced_items(season_id, limit)
    return tuple(sorted(items, key=lambda item: (-item.market_ms, item.position))[:limit])


def _decision_item(view: DecisionView) -> FeedItem:
    return FeedItem(
        kind="decision",
        contestant_slug=view.contestant_slug,
        contestant_name=view.contestant_name,
        position=view.position,
        market_ms=view.market_ms,
        round_number=view.round_number,
        reason=view.reason,
        summary=view.reasoning,
        decision=view,
        fill=view.fill,
    )


def _exit_item(face: Face, fill: FillRecord) -> FeedItem:
    return FeedItem(
        kind="exit",
        contestant_slug=face.slug,
        contestant_name=face.name,
        position=face.position,
        market_ms=fill.market_ms,
        round_number=None,
        reason=fill.kind,
        summary="",
        fill=fill_view(face, fill),
    )


FORCED_ROUNDS = 40
"""Rounds looked back for forced holds: enough to fill the feed, few enough to stay an indexed read."""


def _forced_items(season_id: str, limit: int) -> list[FeedItem]:
    newest = Round.objects.filter(season_id=season_id).order_by("-number").values_list("id", flat=True)
    rows = Turn.objects.filter(outcome="forced_hold", round_id__in=list(newest[:FORCED_ROUNDS]))
    found = rows.select_related("contestant", "round").order_by("-round__number", "contestant__position")
    return [
        FeedItem(
            kind="forced_hold",
            contestant_slug=turn.contestant.slug,
            contestant_name=turn.contestant.name,
            position=turn.contestant.position,
            market_ms=turn.round.market_ms,
            round_number=turn.round.number,
            reason=turn.reason,
            summary=turn.summary,
        )
        for turn in found[:limit]
    ]
