"""Step 0: settle the time since the last settlement on recorded ticks, in order.

The season's ``settled_ms`` is a compare-and-swap cursor: whoever moves it books the exits in the same
transaction, so that a watcher, a round and a second process together do it exactly once.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction

from arena.domain.replay import FillFact, chain_exits, fill_fact
from arena.models import Contestant, Round, Season
from arena.selectors.roster import SeasonFacts
from arena.services.counters import count_fills
from kernel.ids import derive_id
from trading.domain.exits import Exit, exit_execution, first_exit
from trading.domain.instruments import Instrument
from trading.domain.market import Tick
from trading.domain.positions import Position, compute_effect
from trading.domain.spans import LastPrice, Span, spans_of
from trading.ports import MarketData
from trading.selectors import instruments, last_prices, positions_within_reach, ticks
from trading.services import BookedFill, record_fills, record_ticks


class _StaleCursorError(Exception):
    """Somebody else has settled this stretch; nothing of ours may commit."""


def record_new_ticks(market: MarketData, season: SeasonFacts, until_ms: int) -> None:
    """Fetch and store what the market did since the cursor. Raises MarketError on an outage."""
    if until_ms > season.settled_ms:
        found = market.fetch_ticks(season.settled_ms, until_ms)
        record_ticks(season.id, found)


def settle_ticks(season: SeasonFacts, until_ms: int, own_round_id: str = "") -> int:
    """Book the exits that recorded ticks up to ``until_ms`` cause; return how many.

    ``own_round_id`` is the unfinished round that settles its own time; any other unfinished round keeps
    the stretch for itself, so nothing happens then.
    """
    found = ticks(season.id, season.settled_ms, until_ms)
    if not found:
        return 0
    try:
        with transaction.atomic():
            return _settle(season, found, own_round_id)
    except _StaleCursorError:
        return 0


def _settle(season: SeasonFacts, found: Sequence[Tick], own_round_id: str) -> int:
    reached = found[-1].market_ms
    moved = Season.objects.filter(id=season.id, settled_ms=season.settled_ms).update(settled_ms=reached)
    unfinished = Round.objects.filter(season_id=season.id).exclude(stage="closed").exclude(id=own_round_id)
    if not moved or unfinished.exists():
        raise _StaleCursorError
    held = positions_within_reach(season.id, _extremes(found))
    if not held:
        return 0
    known = instruments(season.id)
    fills = _compute_exits(held, spans_of(found, _prices_before(season, held)), known)
    if fills:
        _book_exits(season, fills, known)
    return len(fills)


def _compute_exits(
    held: Mapping[str, tuple[Position, ...]],
    spans: Mapping[str, Sequence[Span]],
    known: dict[str, Instrument],
) -> list[BookedFill]:
    fills = []
    for account in sorted(held):
        for position in held[account]:
            instrument = known[position.symbol]
            fired = first_exit(position, spans.get(position.symbol, ()), instrument)
            fills.extend([_exit_fill(*fired, instrument)] if fired else [])
    return sorted(
        fills, key=lambda fill: (fill.execution.market_ms, fill.execution.account_id, fill.order_id)
    )


def _extremes(found: Sequence[Tick]) -> dict[str, tuple[int, int]]:
    """Return each symbol's lowest low and highest high: what lies outside cannot have fired."""
    extremes: dict[str, tuple[int, int]] = {}
    for tick in found:
        for part in tick.symbols:
            low, high = extremes.get(part.symbol, (part.low, part.high))
            extremes[part.symbol] = (min(low, part.low), max(high, part.high))
    return extremes


def _prices_before(season: SeasonFacts, held: Mapping[str, tuple[Position, ...]]) -> dict[str, LastPrice]:
    """Return the last prices before this stretch, where a position watches the closes of bars.

    A bar may have closed with a tick that is settled already; prices from before a position was opened are
    not judged, so nobody looks further back than that.
    """
    watching = [
        position
        for positions in held.values()
        for position in positions
        if position.watch is not None and position.watch.metric == "close"
    ]
    if not watching:
        return {}
    since_ms = min(position.opened_ms for position in watching)
    return last_prices(season.id, season.settled_ms, {position.symbol for position in watching}, since_ms)


def _exit_fill(leaving: Exit, market_ms: int, instrument: Instrument) -> BookedFill:
    position = leaving.position
    execution = exit_execution(leaving, instrument, market_ms)
    effect = compute_effect(position, execution, position.lifecycle)
    order_id = derive_id("order", position.account_id, position.symbol, position.lifecycle, "exit")
    return BookedFill(order_id, execution, effect, position, leaving.ambiguous, is_plan=True)


def _book_exits(season: SeasonFacts, fills: Sequence[BookedFill], known: dict[str, Instrument]) -> None:
    accounts = dict(Contestant.objects.filter(season_id=season.id).values_list("account_id", "id"))
    record_fills(season.id, fills, known)
    count_fills(accounts, season.starting_capital, fills)
    slugs = dict(Contestant.objects.filter(season_id=season.id).values_list("account_id", "slug"))
    row = Season.objects.select_for_update().get(id=season.id)
    facts_by_tick: dict[int, list[FillFact]] = {}
    for fill in fills:
        slug = slugs[fill.execution.account_id]
        fact = fill_fact(slug, fill.execution, fill.effect, ambiguous=fill.ambiguous)
        facts_by_tick.setdefault(fill.execution.market_ms, []).append(fact)
    head = row.replay_head
    for market_ms in sorted(facts_by_tick):
        head = chain_exits(head, market_ms, facts_by_tick[market_ms])
    Season.objects.filter(id=season.id).update(replay_head=head)
