"""What a claimed round holds in hand: loaded once, or worked out by the step that stores it.

A step that finds its stage already stored reads it back through the same attribute, so a resumed round and an
uninterrupted one run the same code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from agents.domain.answers import AnswerContext
from agents.domain.registry import KINDS
from arena.domain.answers import DECIDED, FORCED, HELD, AnswerRead, read_answer
from arena.domain.round_levels import RoundLevels
from arena.domain.stages import ANSWERED, reached
from arena.models import Turn
from arena.ports import Ports
from arena.selectors.roster import (
    Player,
    RoundFacts,
    SeasonFacts,
    StandingFacts,
    asked_players,
    players,
    round_facts,
    standing_facts,
)
from arena.services.levels import read_levels
from arena.services.memory import field_stats, memories
from arena.services.played import PlayedTurn
from arena.services.risk_contexts import Openings, openings, risk_context
from arena.services.stages import Claim
from kernel.ids import derive_id
from trading import selectors as trading
from trading.domain.decisions import Decision
from trading.domain.features import compute_features
from trading.domain.instruments import Instrument
from trading.domain.market import ExecutionBook, MarketSnapshot
from trading.domain.observation import FieldStats, MarketView, Memory, Observation
from trading.domain.orders import Review
from trading.domain.positions import Portfolio
from trading.domain.resting import RestingOrder
from trading.domain.review import MarketFacts, ReviewedDecision
from trading.domain.risk import RiskContext, exposures_of
from trading.domain.rules import RuleBook
from trading.selectors import StoredDecision


@dataclass
class RoundWork:
    """One claimed round in the making."""

    ports: Ports
    season: SeasonFacts
    claim: Claim
    facts: RoundFacts
    replies: dict[str, tuple[bytes | None, str, int]] = field(default_factory=dict)
    """contestant -> (raw answer, reason, latency)."""
    reviewed: dict[str, tuple[ReviewedDecision, ...]] = field(default_factory=dict)
    """turn -> reviewed decisions, while they are in hand."""
    _levels: dict[str, RoundLevels] = field(default_factory=dict)
    """step -> how the kill switch stood."""

    def is_past(self, stage: str) -> bool:
        """Return whether this stage is stored already."""
        return reached(self.facts.stage, stage)

    def reload(self) -> None:
        """Read the round's stored facts again after a step."""
        self.facts = round_facts(self.claim.round_id)

    @cached_property
    def rules(self) -> RuleBook:
        """The rule book the round is played under."""
        return trading.rule_book(self.facts.rulebook_sha256)

    @cached_property
    def players(self) -> tuple[Player, ...]:
        """The contestants that take part, in roster order; once all are asked, those that were."""
        # Whoever retires or enters while a round is cut off changes the next one, not this one.
        return asked_players(self.claim.round_id) if self.is_past(ANSWERED) else players(self.season.id)

    @cached_property
    def accounts(self) -> list[str]:
        """Their accounts, in roster order."""
        return [player.account_id for player in self.players]

    @cached_property
    def instruments(self) -> dict[str, Instrument]:
        """Steps and fees by symbol."""
        return trading.instruments(self.season.id)

    @cached_property
    def snapshot(self) -> MarketSnapshot:
        """The frozen market."""
        return trading.snapshot(self.facts.snapshot_sha256)

    @cached_property
    def book(self) -> ExecutionBook:
        """The frozen execution book."""
        return trading.execution_book(self.facts.book_sha256)

    @cached_property
    def standings(self) -> dict[str, StandingFacts]:
        """The standings as the last round left them, by contestant."""
        return standing_facts(self.season.id)

    @cached_property
    def view(self) -> MarketView:
        """The half of the observation that everybody shares: step 3."""
        return MarketView(
            snapshot=self.snapshot,
            snapshot_sha256=self.facts.snapshot_sha256,
            features=compute_features(self.snapshot),
            rules=self.rules,
            slot=self.facts.slot,
            field=self._field_stats(),
            instruments=self.instruments,
        )

    def _field_stats(self) -> FieldStats:
        rows = [self.standings[p.contestant_id] for p in self.players if not p.is_baseline]
        return field_stats(rows, self.rules.interval_ms)

    @cached_property
    def portfolios(self) -> dict[str, Portfolio]:
        """Everybody's money and positions before this round's fills, by account."""
        return trading.portfolios(self.season.id, self.accounts)

    def observation_of(self, player: Player) -> Observation:
        """Return what one contestant is shown: step 4."""
        portfolio = self.portfolios[player.account_id]
        return Observation(
            market=self.view,
            portfolio=portfolio,
            equity=self.equity_of(portfolio, self.view.marks),
            # Named by seed and seat, not by row: the same seed plays the same game in any season.
            contestant_id=_seat_id(self.season.seed, player.slug, player.replica),
            replica=player.replica,
            memory=self._memories.get(player.contestant_id),
            resting=self.resting.get(player.account_id, ()),
        )

    @cached_property
    def resting(self) -> Mapping[str, tuple[RestingOrder, ...]]:
        """What waits in the venue before this round's orders, by account."""
        return trading.resting_orders(self.season.id) if self.rules.limit_orders else {}

    @cached_property
    def _memories(self) -> dict[str, Memory]:
        """What those are told of their past who take notice of it: house agents do not."""
        asked = [
            p for p in self.players if not p.is_paused and KINDS[p.config.kind].how in {"model", "inbox"}
        ]
        contexts = {player.contestant_id: self.risk_context_of(player) for player in asked}
        return memories(self.season, asked, self.players, self.standings, contexts) if asked else {}

    @staticmethod
    def equity_of(portfolio: Portfolio, marks: Mapping[str, int]) -> int:
        """Return equity at these marks."""
        return (
            portfolio.equity(dict(marks)) if portfolio.positions else portfolio.available + portfolio.reserved
        )

    @cached_property
    def _openings(self) -> Openings:
        return openings(self.season.id, self.facts.market_ms, self.rules)

    @cached_property
    def market_facts(self) -> MarketFacts:
        """What the risk rules need of each symbol, worked out once for all contestants."""
        return MarketFacts(self.view, self.instruments, self.rules)

    def levels_at(self, step: str) -> RoundLevels:
        """Return how the kill switch stood when a step, 'reviewed' or 'ordered', first asked."""
        if step not in self._levels:
            self._levels[step] = read_levels(step, self.facts.slot, self.players, self.ports.playback)
        return self._levels[step]

    def level_of(self, player: Player, step: str) -> str:
        """Return the level that counts for a contestant: the stricter of the arena's and its own."""
        return self.levels_at(step).of(player.slug)

    def trading_level_at(self, step: str) -> str:
        """Return how the arena's own switch stood at a step."""
        return self.levels_at(step).general

    def risk_context_of(self, player: Player) -> RiskContext:
        """Return what the rules need to know of one contestant besides its order."""
        portfolio, marks = self.portfolios[player.account_id], self.market_facts.marks
        return risk_context(
            player,
            standing=self.standings[player.contestant_id],
            openings=self._openings,
            equity=self.equity_of(portfolio, marks),
            held=exposures_of(portfolio, marks, self.instruments),
            level=self.level_of(player, "reviewed"),
        )

    def turn_id_of(self, player: Player) -> str:
        """Return the id of a contestant's turn in this round."""
        return derive_id("turn", self.claim.round_id, player.contestant_id)

    @cached_property
    def turns(self) -> list[PlayedTurn]:
        """Everybody's answers, read: from the replies in hand, or from what is stored."""
        return self._turns_from_store() if self.is_past(ANSWERED) else self._turns_from_replies()

    def _turns_from_replies(self) -> list[PlayedTurn]:
        cache: dict[tuple[bytes, tuple[tuple[str, int], ...]], AnswerRead] = {}
        turns = []
        for player in self.players:
            raw, reason, latency_us = self.replies[player.contestant_id]
            read = AnswerRead(FORCED, reason)
            if raw is not None:
                # Many contestants hold in the same words: each text is read once for all who hold the same.
                context = self._context_of(player)
                key = (raw, tuple(sorted((context.sides or {}).items())))
                read = cache[key] if key in cache else cache.setdefault(key, read_answer(raw, context))
            failures = read.format_failures
            turns.append(PlayedTurn(player, self.turn_id_of(player), *read, failures, latency_us))
        return turns

    def _context_of(self, player: Player) -> AnswerContext:
        """Return what an answer is read against; leverage, size and exits are the risk rules' to judge."""
        held = self.portfolios[player.account_id].positions
        sides = {position.symbol: position.side for position in held}
        return AnswerContext(self._offered, self._marks, sides, free_terms=self.rules.limit_orders)

    @cached_property
    def _marks(self) -> Mapping[str, int]:
        return {part.symbol: part.mark for part in self.snapshot.symbols}

    @cached_property
    def _offered(self) -> tuple[str, ...]:
        return tuple(self._marks)

    def _turns_from_store(self) -> list[PlayedTurn]:
        rows = {row.contestant_id: row for row in Turn.objects.filter(round_id=self.claim.round_id)}
        bodies = trading.blob_bodies(row.answer_sha256 for row in rows.values() if row.answer_sha256)
        turns = []
        for player in self.players:
            row = rows.get(player.contestant_id)
            if row is not None:  # a contestant that entered after the round was asked has no turn in it
                turns.append(self._stored_turn(player, row, bodies))
        return turns

    def _stored_turn(self, player: Player, row: Turn, bodies: Mapping[str, bytes]) -> PlayedTurn:
        decisions: tuple[Decision, ...] = ()
        if row.outcome in {DECIDED, HELD}:
            decisions = read_answer(bodies[row.answer_sha256], self._context_of(player)).decisions
        return PlayedTurn(player, row.id, row.outcome, row.reason, row.summary, row.answer_sha256, decisions)

    @cached_property
    def decisions(self) -> list[StoredDecision]:
        """Every decision of the round with its verdict, in turn order then symbol order."""
        order = {turn.turn_id: index for index, turn in enumerate(self.turns)}
        found = self._decisions_in_hand() if self.reviewed else self._decisions_in_store()
        return sorted(found, key=lambda item: (order[item.turn_id], _execution_order(item)))

    def _decisions_in_store(self) -> list[StoredDecision]:
        return trading.stored_decisions(self.season.id, self.facts.market_ms)

    def _decisions_in_hand(self) -> list[StoredDecision]:
        return [
            StoredDecision(
                item.decision_id,
                turn_id,
                item.decision.symbol,
                item.outcome,
                item.reason,
                item.order,
                item.review or Review(()),
            )
            for turn_id, items in self.reviewed.items()
            for item in items
        ]

    @property
    def is_held(self) -> bool:
        """True if nobody may trade in this round."""
        return bool(self.facts.held_reason)


@lru_cache(maxsize=8192)
def _seat_id(seed: int, slug: str, replica: int) -> str:
    return derive_id("seat", seed, slug, replica)


def _execution_order(item: StoredDecision) -> tuple[int, str]:
    is_close = item.proposal is not None and item.proposal.reduce_only
    return (0 if is_close else 1), item.symbol
