"""Steps 2 to 6: freeze the snapshot, compute what everybody sees, ask everybody at once, read the answers."""

from dataclasses import dataclass

from django.db import transaction

from agents.services import NO_PRICES, Ask, Reply, Table, ask_all, record_replies
from arena.domain.answers import FORCED
from arena.domain.clock import wall_interval_ms
from arena.domain.stages import ANSWERED, FROZEN, OPENED
from arena.models import Turn
from arena.selectors.roster import Player
from arena.services.counters import count_turns
from arena.services.played import PlayedTurn
from arena.services.stages import advance_stage
from arena.services.work import RoundWork
from oracle.domain.report import PriceReport, agree_on_prices
from store.bulk import insert_rows
from trading.domain.market import MarketSnapshot
from trading.ports import MarketUnavailableError
from trading.services import record_blobs, record_snapshot


def freeze_snapshot(work: RoundWork) -> None:
    """Store the market of this slot under its hash; everything after works on these bytes."""
    if work.is_past(FROZEN):
        return
    held_reason = ""
    try:
        snapshot = work.ports.market.fetch_snapshot(work.facts.market_ms)
        held_reason = "market_gap" if _has_gap(snapshot, work.rules.interval_ms) else ""
        work.snapshot = snapshot
    except MarketUnavailableError:
        snapshot, held_reason = None, "market_unavailable"
    digest = _price_report(snapshot).digest if snapshot else ""
    with transaction.atomic():
        sha = record_snapshot(work.season.id, work.facts.slot, snapshot) if snapshot else ""
        frozen = {"snapshot_sha256": sha, "report_digest": digest, "held_reason": held_reason}
        advance_stage(work.claim, OPENED, **frozen)
    work.reload()


def _price_report(snapshot: MarketSnapshot) -> PriceReport:
    """Return the prices the sources agree on: one source today, unsigned."""
    marks = {part.symbol: part.mark for part in snapshot.symbols}
    return agree_on_prices(snapshot.market_ms, {snapshot.source: marks})


def _has_gap(snapshot: MarketSnapshot, interval_ms: int) -> bool:
    # A bar the source never sent would be traded on as if it were news: the whole round holds instead.
    since_ms = snapshot.market_ms - max(interval_ms, snapshot.bar_ms)
    return any(
        candle.filled
        for part in snapshot.symbols
        for candle in reversed(part.candles)
        if candle.open_ms >= since_ms
    )


def ask_agents(work: RoundWork) -> None:
    """Ask everybody about the same bytes under one deadline and store what they said."""
    if work.is_past(ANSWERED):
        return
    asked = None if work.is_held else _ask(work)
    work.replies = _forced_replies(work) if asked is None else _asked_replies(work, asked)
    turns = work.turns
    answers = [raw for raw, _reason, _latency in work.replies.values() if raw is not None]
    with transaction.atomic():
        advance_stage(work.claim, FROZEN)  # first: who was overtaken finds out before it writes
        record_blobs(answers)
        insert_rows(Turn, TURN_FIELDS, [_turn_values(work, turn) for turn in turns])
        count_turns(
            (turn.player.contestant_id, turn.outcome == FORCED, turn.format_failures) for turn in turns
        )
        if asked is not None:
            record_replies(asked.table, asked.asks, asked.replies, _silent_seats(work, asked))
    work.reload()


TURN_FIELDS = (
    "id",
    "round",
    "contestant",
    "outcome",
    "reason",
    "summary",
    "answer_sha256",
    "latency_us",
    "rejections",
)


def _turn_values(work: RoundWork, turn: PlayedTurn) -> tuple[object, ...]:
    who = turn.player.contestant_id
    said = (turn.outcome, turn.reason, turn.summary, turn.answer_sha256, turn.latency_us, turn.rejections)
    return (turn.turn_id, work.claim.round_id, who, *said)


def _forced_replies(work: RoundWork) -> dict[str, tuple[bytes | None, str, int]]:
    return {player.contestant_id: (None, work.facts.held_reason, 0) for player in work.players}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A round's questions and what came back."""

    table: Table
    asks: list[Ask]
    replies: list[Reply]


def _ask(work: RoundWork) -> _Asked:
    asks = [ask for player in work.players if (ask := _ask_of(work, player)) is not None]
    table = _table_of(work)
    return _Asked(table, asks, ask_all(asks, table))


def _asked_replies(work: RoundWork, asked: _Asked) -> dict[str, tuple[bytes | None, str, int]]:
    replies = {reply.contestant_id: reply for reply in asked.replies}
    found: dict[str, tuple[bytes | None, str, int]] = {}
    for player in work.players:
        reply = replies.get(player.contestant_id)
        silent = "paused" if player.is_paused else "no_agent"
        found[player.contestant_id] = (
            (reply.raw, reply.reason, reply.latency_us) if reply else (None, silent, 0)
        )
    return found


def _silent_seats(work: RoundWork, asked: _Asked) -> dict[str, str]:
    """Return seat -> reason of who plays but could not be asked: a replay must not ask it either."""
    heard = {ask.contestant_id for ask in asked.asks}
    return {
        work.observation_of(player).contestant_id: "no_agent"
        for player in work.players
        if player.contestant_id not in heard and not player.is_paused
    }


def _ask_of(work: RoundWork, player: Player) -> Ask | None:
    agent = work.ports.agents.get(player.contestant_id)
    if agent is None or player.is_paused:
        return None
    seen = work.observation_of(player)
    return Ask(player.contestant_id, work.turn_id_of(player), agent, seen, player.is_baseline)


def _table_of(work: RoundWork) -> Table:
    return Table(
        season_id=work.season.id,
        round_id=work.claim.round_id,
        slot=work.facts.slot,
        number=work.facts.number,
        deadline_s=work.ports.agent_deadline_s,
        wall_ms=work.ports.wall_ms,
        prices=work.ports.prices or NO_PRICES,
        playback=work.ports.playback,
        interval_ms=wall_interval_ms(work.season.clock),
    )
