"""The replay chain of a season, computed again from the stored facts."""

from typing import NamedTuple

from agents.domain.roster import division_of
from agents.selectors import spec_config
from arena.domain.replay import FillFact, FundingFact, RoundRecord, chain_exits, chain_round
from arena.domain.standings import Aggregate, Entrant, advance, rank_entrants, start_aggregate
from arena.models import Contestant, EquityPoint, Round, Season, Turn
from kernel.canonical import GENESIS, chain_hash
from kernel.time import slot_start
from trading import selectors as trading


def replay_chain_is_unbroken(season: Season) -> str | None:
    """R1: the chain over rule book, exits and rounds ends at the head that the season stores."""
    return _Chain(season).first_break()


class _Seat(NamedTuple):
    """What a contestant is ranked with, before it was bound to a venue or since."""

    contestant_id: str
    position: int
    division: str
    capital: int
    bound_round: int


def _seats_of(season: Season) -> dict[str, tuple[_Seat, _Seat]]:
    """Return contestant -> its seat up to the round it was bound after, and the one from there on."""
    rows = list(Contestant.objects.filter(season=season))
    configs = spec_config({row.spec_id for row in rows if row.capital})
    found = {}
    for row in rows:
        capital = row.capital or season.starting_capital
        now = _Seat(row.id, row.position, row.division, capital, row.bound_round)
        paper = now
        if row.capital:
            division = division_of(configs[row.spec_id])
            paper = now._replace(division=division, capital=season.starting_capital)
        found[row.id] = (paper, now)
    return found


class _Chain:
    """Walks a season's rounds in order, with the figures that ranks need."""

    def __init__(self, season: Season) -> None:
        self._season = season
        roster = Contestant.objects.filter(season=season)
        self._slugs = dict(roster.values_list("account_id", "slug"))
        self._names = dict(roster.values_list("id", "slug"))
        self._seats = _seats_of(season)
        self._start_ms = slot_start(season.first_slot, season.interval_ms)
        self._figures: dict[_Seat, Aggregate] = {}
        self._exits = [FillFact(self._slugs[row[0]], *row[1:]) for row in trading.plan_fills(season.id)]
        self._funding = [
            FundingFact(self._slugs[row[0]], *row[1:]) for row in trading.funding_facts(season.id)
        ]
        self._head = chain_hash(GENESIS, trading.rule_book(season.rulebook_sha256).to_bytes())

    def first_break(self) -> str | None:
        """Return the first link that does not fit, as one sentence."""
        for row in Round.objects.filter(season=self._season, stage="closed").order_by("number"):
            self._chain_exits_until(row.settled_ms)
            self._head = chain_round(self._head, self._record_of(row))
            if self._head != row.replay_hash:
                return f"round {row.number}: its facts no longer give the replay hash stored when it closed"
        self._chain_exits_until(self._season.settled_ms)
        unfinished = Round.objects.filter(season=self._season).exclude(stage="closed").exists()
        if self._head != self._season.replay_head and not unfinished:
            return "the season's replay head differs from the chain over its rounds and exits"
        return None

    def _chain_exits_until(self, until_ms: int) -> None:
        fills = [fact for fact in self._exits if fact.market_ms <= until_ms]
        funding = [fact for fact in self._funding if fact.market_ms <= until_ms]
        self._exits, self._funding = self._exits[len(fills) :], self._funding[len(funding) :]
        moments = {fact.market_ms for fact in fills} | {fact.market_ms for fact in funding}
        for market_ms in sorted(moments):
            facts = [fact for fact in fills if fact.market_ms == market_ms]
            paid = [fact for fact in funding if fact.market_ms == market_ms]
            self._head = chain_exits(self._head, market_ms, facts, paid)

    def _record_of(self, row: Round) -> RoundRecord:
        turns = list(Turn.objects.filter(round=row))
        owners = {turn.id: self._names[turn.contestant_id] for turn in turns}
        verdicts: dict[str, list[tuple[str, str, str, tuple[str, ...]]]] = {}
        for item in trading.stored_decisions(row.season_id, row.market_ms):
            finding = (item.symbol, item.outcome, item.reason, item.failed_rules)
            verdicts.setdefault(owners.get(item.turn_id, ""), []).append(finding)
        points = self._points_of(row)
        return RoundRecord(
            slot=row.slot,
            snapshot_sha256=row.snapshot_sha256,
            book_sha256=row.book_sha256,
            answers={owners[turn.id]: (turn.outcome, turn.reason, turn.answer_sha256) for turn in turns},
            verdicts=verdicts,
            fills=[
                FillFact(self._slugs[fill[0]], *fill[1:])
                for fill in trading.fills_decided_at(row.season_id, row.market_ms)
            ],
            equity={self._names[who]: value for who, value, _division in points},
            ranks=self._ranks_after(row, points),
        )

    def _points_of(self, row: Round) -> list[tuple[str, int, str]]:
        """Return contestant, equity and division ('' where none was kept) of a round's points."""
        points = EquityPoint.objects.filter(contestant_id__in=list(self._names), number=row.number)
        return list(points.values_list("contestant_id", "equity", "division"))

    def _ranks_after(self, row: Round, points: list[tuple[str, int, str]]) -> dict[str, int]:
        entrants = []
        for who, value, division in points:
            seat = self._seats[who][row.number > self._seats[who][1].bound_round]
            before = self._figures.get(seat) or start_aggregate(seat.capital, self._start_ms)
            figures = self._figures[seat] = advance(before, value, row.market_ms)
            ranked_in = division or seat.division
            entrants.append(Entrant(who, value, figures.max_drawdown, seat.position, ranked_in, seat.capital))
        return {self._names[who]: rank for who, rank in rank_entrants(entrants).items()}
