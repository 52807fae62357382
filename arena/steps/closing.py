"""Steps 13 and 14: record the results, advance the standings, chain the replay hash, close the round."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from arena.domain.replay import FillFact, RoundRecord, chain_round
from arena.domain.stages import BOOKED, CLOSED
from arena.domain.standings import Aggregate, Entrant, advance, rank_entrants
from arena.models import Contestant, EquityPoint, Season, Standing
from arena.services.seasons import WITHDRAWS
from arena.services.stages import advance_stage
from arena.services.work import RoundWork
from kernel.canonical import canonical_bytes, sha256_hex
from store.bulk import insert_rows, update_rows
from trading.domain.ending import SEASON_OVER
from trading.selectors import fills_decided_at, latest_tick
from trading.services import ask_to_withdraw, end_waiting

STANDING_FIELDS = (
    "rank",
    "points",
    "equity",
    "peak",
    "max_drawdown",
    "sum_return",
    "sum_return_squared",
    "sum_downside_squared",
    "day_start_ms",
    "day_start_equity",
    "marked_equity",
    "marked_ms",
)


def record_results(work: RoundWork) -> None:
    """Tell the chain what came of the round. Without a chain nothing is told."""
    if work.is_past(CLOSED) or work.ports.chain.name == "none":
        return
    digest = sha256_hex(canonical_bytes([list(fact) for fact in fill_facts(work)]))
    work.ports.chain.record_results(work.claim.round_id, digest)


def fill_facts(work: RoundWork) -> list[FillFact]:
    """Return the round's own fills by natural key, as booked."""
    slugs = {player.account_id: player.slug for player in work.players}
    rows = fills_decided_at(work.season.id, work.facts.market_ms)
    return [FillFact(slugs[row[0]], *row[1:]) for row in rows]


def close_round(work: RoundWork) -> int:
    """Advance the standings by one point each and close the round; return the season's new version."""
    marks, marked_ms = _marks(work)
    equity = _equity_by_contestant(work, marks)
    after = {
        contestant: advance(work.standings[contestant].aggregate, value, work.facts.market_ms)
        for contestant, value in equity.items()
    }
    ranks = _rank(work, after)
    with transaction.atomic():
        season = Season.objects.select_for_update().get(id=work.season.id)
        head = chain_round(season.replay_head, _record_of(work, equity, ranks))
        wall_ms = work.ports.wall_ms()
        closed = {"replay_hash": head, "closed_wall_ms": wall_ms, "settled_ms": season.settled_ms}
        advance_stage(work.claim, BOOKED, **closed)
        _store_points(work, equity)
        _store_standings(after, ranks, marked_ms)
        Season.objects.filter(id=season.id).update(
            replay_head=head,
            version=F("version") + 1,
            rounds_closed=F("rounds_closed") + 1,
            round_open=False,
            anchor_market_ms=work.facts.market_ms,
            anchor_wall_ms=wall_ms,
        )
        _end_what_nobody_waits_for(work, season)
    work.reload()
    return season.version + 1


def _end_what_nobody_waits_for(work: RoundWork, season: Season) -> None:
    """End what this round left waiting although its contestant left or the season ended meanwhile."""
    if season.status == "finished":
        end_waiting(season.id, season.settled_ms, SEASON_OVER)
    elif work.rules.limit_orders:
        for status, kind in WITHDRAWS.items():
            gone = Contestant.objects.filter(season_id=season.id, status=status)
            accounts = set(gone.values_list("account_id", flat=True)) & set(work.accounts)
            if accounts:
                ask_to_withdraw(season.id, accounts, kind)


def _marks(work: RoundWork) -> tuple[Mapping[str, int], int]:
    """Return the marks of the execution book, else of the snapshot, else of the last tick."""
    if work.facts.book_sha256:
        return work.book.marks, work.book.market_ms
    if work.facts.snapshot_sha256:
        return work.view.marks, work.facts.market_ms
    tick = latest_tick(work.season.id)
    return ({part.symbol: part.close for part in tick.symbols} if tick else {}), work.facts.market_ms


def _equity_by_contestant(work: RoundWork, marks: Mapping[str, int]) -> dict[str, int]:
    equity = {}
    for player in work.players:
        portfolio = work.portfolios[player.account_id]
        known = all(position.symbol in marks for position in portfolio.positions)
        last = work.standings[player.contestant_id].equity
        equity[player.contestant_id] = work.equity_of(portfolio, marks) if known else last
    return equity


def _rank(work: RoundWork, after: Mapping[str, Aggregate]) -> dict[str, int]:
    seats = {
        player.contestant_id: (player.position, player.division, player.capital) for player in work.players
    }
    entrants = [
        Entrant(contestant, figures.equity, figures.max_drawdown, *seats[contestant])
        for contestant, figures in after.items()
    ]
    return rank_entrants(entrants)


def _record_of(work: RoundWork, equity: Mapping[str, int], ranks: Mapping[str, int]) -> RoundRecord:
    slugs = {player.contestant_id: player.slug for player in work.players}
    owners = {turn.turn_id: turn.player.slug for turn in work.turns}
    verdicts: dict[str, list[tuple[str, str, str, tuple[str, ...]]]] = {}
    for item in work.decisions:
        row = (item.symbol, item.outcome, item.reason, item.failed_rules)
        verdicts.setdefault(owners[item.turn_id], []).append(row)
    return RoundRecord(
        slot=work.facts.slot,
        snapshot_sha256=work.facts.snapshot_sha256,
        book_sha256=work.facts.book_sha256,
        answers={turn.player.slug: (turn.outcome, turn.reason, turn.answer_sha256) for turn in work.turns},
        verdicts=verdicts,
        fills=fill_facts(work),
        equity={slugs[contestant]: value for contestant, value in equity.items()},
        ranks={slugs[contestant]: rank for contestant, rank in ranks.items()},
    )


def _store_points(work: RoundWork, equity: Mapping[str, int]) -> None:
    divisions = {player.contestant_id: player.division for player in work.players}
    rows = [
        (contestant, work.facts.number, work.facts.market_ms, value, divisions[contestant])
        for contestant, value in equity.items()
    ]
    insert_rows(EquityPoint, ("contestant", "number", "market_ms", "equity", "division"), rows)


def _store_standings(after: Mapping[str, Aggregate], ranks: Mapping[str, int], marked_ms: int) -> None:
    rows = [
        (
            ranks[contestant],
            figures.points,
            figures.equity,
            figures.peak,
            figures.max_drawdown,
            figures.sum_return,
            figures.sum_return_squared,
            figures.sum_downside_squared,
            figures.day_start_ms,
            figures.day_start_equity,
            figures.equity,
            marked_ms,
            contestant,
        )
        for contestant, figures in after.items()
    ]
    update_rows(Standing, "contestant", STANDING_FIELDS, rows)
