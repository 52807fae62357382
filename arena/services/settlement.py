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
from trading.domain.exits import Exit, compute_exit, exit_execution
from trading.domain.instruments import Instrument
from trading.domain.market import SymbolTick, Tick
from trading.domain.positions import Position, compute_effect
from trading.ports import MarketData
from trading.selectors import instruments, positions_within_reach, ticks
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
    fills = _compute_exits(held, found, known)
    if fills:
        _book_exits(season, fills, known)
    return len(fills)


def _compute_exits(
    held: Mapping[str, tuple[Position, ...]], found: Sequence[Tick], known: dict[str, Instrument]
) -> list[BookedFill]:
    by_tick = [(tick.market_ms, {part.symbol: part for part in tick.symbols}) for tick in found]
    fills = []
    for account in sorted(held):
        for position in held[account]:
            fill = _first_exit(position, by_tick, known[position.symbol])
            fills.extend([fill] if fill else [])
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


def _first_exit(
    position: Position, by_tick: Sequence[tuple[int, Mapping[str, SymbolTick]]], instrument: Instrument
) -> BookedFill | None:
    for market_ms, parts in by_tick:
        part = parts.get(position.symbol)
        # A position opened inside this span must not be judged by prices from before it existed.
        if part is None or market_ms <= position.opened_ms:
            continue
        leaving = compute_exit(position, part, instrument)
        if leaving is not None:
            return _exit_fill(leaving, instrument, market_ms)
    return None


def _exit_fill(leaving: Exit, instrument: Instrument, market_ms: int) -> BookedFill:
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
