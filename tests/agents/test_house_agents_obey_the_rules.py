"""Every house agent over two hundred random markets: its answers are readable and the rules let them pass."""

import re
from collections import Counter

import pytest

from agents.adapters.house import DECIDERS, HouseAgent
from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.specs import SpecConfig
from kernel.units import SCALE
from tests.factories.deciders import decider
from tests.factories.observations import walk_instrument, walk_observation, walk_position, walk_view
from trading.domain.decisions import Decision
from trading.domain.observation import MarketView, Observation
from trading.domain.review import review_turn
from trading.domain.risk import RiskContext
from trading.domain.rules import PROFILES, RiskLimits, RuleBook

SYMBOLS = RuleBook().symbols
INSTRUMENTS = {symbol: walk_instrument(symbol) for symbol in SYMBOLS}
EVERY_ROUND = 480
"""Openings a day that let a trader open in every three-minute round, so that each market is a test."""

WIDE = RuleBook(limits=RiskLimits(max_trades_day=EVERY_ROUND))
STRICT = RuleBook(
    limits=RiskLimits(
        min_leverage=6, max_leverage=7, max_position=4 * SCALE // 100, max_trades_day=EVERY_ROUND
    )
)


def decisions_of(kind: str, observation: Observation) -> tuple[Decision, ...]:
    raw = decider(SpecConfig(kind, kind)).decide(observation)
    marks = {part.symbol: part.mark for part in observation.market.snapshot.symbols}
    answer = parse_answer(raw, AnswerContext(SYMBOLS, marks))
    assert isinstance(answer, Answer)
    assert answer.rejected == ()
    assert answer.summary
    return answer.decisions


def observations() -> list[Observation]:
    """Two hundred markets: a third flat, a third long in two symbols, a third short in one."""
    seen = []
    for seed in range(200):
        view = walk_view(seed, rules=STRICT if seed % 5 == 0 else WIDE)
        two, one = SYMBOLS[seed % 5], SYMBOLS[(seed + 2) % 5]
        held = {
            0: (),
            1: (walk_position(view, two, 1), walk_position(view, one, 1)),
            2: (walk_position(view, one, -1),),
        }[seed % 3]
        seen.append(walk_observation(view, *held, contestant_id=f"contestant {seed}"))
    return seen


OBSERVATIONS = observations()


def fresh_context(observation: Observation) -> RiskContext:
    equity = observation.equity
    rules = observation.market.rules
    return RiskContext(
        rules, PROFILES["moderate"], equity, equity, equity, 0, 0, "active", contestant_paused=False
    )


def check_open(decision: Decision, view: MarketView) -> None:
    limits, mark = view.rules.limits, view.snapshot.of(decision.symbol).mark
    side = 1 if decision.action == "BUY" else -1
    assert decision.stop_loss is not None
    assert side * (mark - decision.stop_loss) > 0
    # Inside the margin, so that the stop fires before liquidation does.
    assert abs(mark - decision.stop_loss) * decision.leverage < mark * 62 // 100
    assert decision.take_profit is None or side * (decision.take_profit - mark) > 0
    assert limits.min_leverage <= decision.leverage <= limits.max_leverage
    assert 0 < decision.size <= limits.max_position
    assert 65 * SCALE // 100 <= decision.confidence <= SCALE


@pytest.mark.parametrize("kind", DECIDERS)
def test_every_open_has_the_shape_the_rule_book_asks_for(kind: str) -> None:
    opened = 0
    for observation in OBSERVATIONS:
        for decision in decisions_of(kind, observation):
            if decision.action.is_open:
                opened += 1
                check_open(decision, observation.market)
            else:
                assert observation.portfolio.position_of(decision.symbol) is not None
    assert opened == 0 if kind == "always_flat" else opened >= 10


@pytest.mark.parametrize("kind", DECIDERS)
def test_a_moderate_contestant_with_a_clean_record_is_never_denied(kind: str) -> None:
    outcomes: Counter[str] = Counter()
    for observation in OBSERVATIONS:
        reviewed = review_turn(
            decisions_of(kind, observation),
            turn_id="turn",
            portfolio=observation.portfolio,
            view=observation.market,
            instruments=INSTRUMENTS,
            context=fresh_context(observation),
        )
        outcomes.update(f"{found.outcome} {found.reason}".strip() for found in reviewed)
    assert set(outcomes) == {"approved"}, outcomes


@pytest.mark.parametrize("kind", DECIDERS)
def test_every_decision_gives_its_figures_in_at_most_sixty_words(kind: str) -> None:
    for observation in OBSERVATIONS:
        for decision in decisions_of(kind, observation):
            assert decision.reasoning.endswith(".")
            assert len(decision.reasoning.split()) <= 60
            if decision.action.is_open:
                assert re.search(r"\d", decision.reasoning)
                assert re.search(r"\d", decision.invalidation)
                assert decision.invalidation.endswith(".")


@pytest.mark.parametrize("kind", DECIDERS)
def test_the_same_observation_gives_the_same_bytes_alone_or_shared(kind: str) -> None:
    agent = HouseAgent(SpecConfig(kind, kind))
    shared: dict[object, object] = {}
    for observation in OBSERVATIONS[:20]:
        alone = agent.decide(observation)
        assert agent.decide(observation) == alone
        assert agent.decide_shared(observation, shared) == alone


@pytest.mark.parametrize("kind", DECIDERS)
@pytest.mark.parametrize("bars", [0, 1, 5, 30, 49])
def test_a_market_with_little_history_breaks_nobody(kind: str, bars: int) -> None:
    view = walk_view(bars, bars=bars)
    for held in ((), (walk_position(view, "ETH", 1),), (walk_position(view, "BTC", -1),)):
        for decision in decisions_of(kind, walk_observation(view, *held)):
            if decision.action.is_open:
                check_open(decision, view)


@pytest.mark.parametrize("kind", DECIDERS)
def test_without_money_nobody_opens(kind: str) -> None:
    for seed in range(30):
        observation = walk_observation(walk_view(seed), capital=SCALE)
        assert not [decision for decision in decisions_of(kind, observation) if decision.action.is_open]


@pytest.mark.parametrize("kind", DECIDERS)
def test_a_symbol_outside_the_rule_book_is_never_touched(kind: str) -> None:
    for seed in range(20):
        view = walk_view(seed, rules=RuleBook(symbols=("ETH",)))
        assert {decision.symbol for decision in decisions_of(kind, walk_observation(view))} <= {"ETH"}
