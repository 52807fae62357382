"""The agent of a strategy: inside the rule book, the same bytes alone or shared, reasons with figures."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.adapters.build import build_agent
from agents.adapters.strategy import StrategyAgent
from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.specs import SpecConfig
from agents.domain.strategy.explaining import explain
from agents.domain.strategy.reading import read_strategy
from agents.domain.strategy.trial import Trial
from agents.ports import AgentConfigError
from agents.selectors.strategies import example_strategies
from kernel.units import SCALE
from tests.factories.observations import walk_instrument, walk_observation, walk_position, walk_view
from tests.factories.strategies import ALWAYS, RSI_DIP, documents, in_place
from trading.domain.decisions import Action, Decision
from trading.domain.observation import MarketView, Observation
from trading.domain.review import review_turn
from trading.domain.risk import RiskContext
from trading.domain.rules import PROFILES, RiskLimits, RuleBook

SYMBOLS = RuleBook().symbols
INSTRUMENTS = {symbol: walk_instrument(symbol) for symbol in SYMBOLS}
STRICT = RuleBook(limits=RiskLimits(min_leverage=6, max_leverage=7, max_position=4 * SCALE // 100))
VIEWS = [walk_view(seed, rules=STRICT if seed % 3 == 0 else RuleBook()) for seed in range(40)]


def agent_of(document: dict[str, Any]) -> StrategyAgent:
    return StrategyAgent(SpecConfig("strategy", "s", config=read_strategy(document).canonical()))


def decisions_of(document: dict[str, Any], observation: Observation) -> tuple[Decision, ...]:
    raw = agent_of(document).decide(observation)
    answer = parse_answer(raw, AnswerContext(SYMBOLS, observation.market.marks))
    assert isinstance(answer, Answer)
    assert answer.rejected == ()
    return answer.decisions


def observation_of(view: MarketView, held: int) -> Observation:
    positions = [(), (walk_position(view, "BTC", 1),), (walk_position(view, "ETH", -1),)][held]
    return walk_observation(view, *positions)


def check_open(decision: Decision, view: MarketView) -> None:
    limits, mark = view.rules.limits, view.snapshot.of(decision.symbol).mark
    side = 1 if decision.action is Action.BUY else -1
    assert decision.stop_loss is not None
    assert side * (mark - decision.stop_loss) > 0
    # Inside the margin, so that the stop fires before liquidation does.
    assert abs(mark - decision.stop_loss) * decision.leverage < mark * 62 // 100
    assert decision.take_profit is None or side * (decision.take_profit - mark) > 0
    assert limits.min_leverage <= decision.leverage <= limits.max_leverage
    assert 0 < decision.size <= limits.max_position


@settings(max_examples=150, deadline=None)
@given(documents(), st.integers(0, len(VIEWS) - 1), st.integers(0, 2))
def test_no_document_makes_a_decision_outside_the_rule_book(
    document: dict[str, Any], seed: int, held: int
) -> None:
    observation = observation_of(VIEWS[seed], held)
    opened = 0
    for decision in decisions_of(document, observation):
        assert document["symbols"] == "all" or decision.symbol in document["symbols"]
        if decision.action.is_open:
            opened += 1
            check_open(decision, observation.market)
            assert observation.portfolio.position_of(decision.symbol) is None
        else:
            assert decision.action is Action.CLOSE
            assert observation.portfolio.position_of(decision.symbol) is not None
    assert opened <= document["max_positions"]


@settings(max_examples=60, deadline=None)
@given(documents(), st.integers(0, len(VIEWS) - 1))
def test_the_same_observation_gives_the_same_bytes_alone_or_shared(
    document: dict[str, Any], seed: int
) -> None:
    observation = observation_of(VIEWS[seed], seed % 3)
    shared: dict[object, object] = {}
    alone = agent_of(document).decide(observation)
    assert [agent_of(document).decide_shared(observation, shared) for _ in range(3)] == [alone] * 3
    assert len(shared) == 1


def test_a_moderate_contestant_with_a_clean_record_is_never_denied() -> None:
    """The examples, whatever they call: each decision passes every rule."""
    approved = 0
    for view in VIEWS:
        for strategy in (*example_strategies(), read_strategy(ALWAYS)):
            observation = walk_observation(view)
            equity = observation.equity
            profile = PROFILES["moderate"]
            context = RiskContext(
                view.rules, profile, equity, equity, equity, 0, 0, "active", contestant_paused=False
            )
            reviewed = review_turn(
                decisions_of(strategy.canonical(), observation),
                turn_id="turn",
                portfolio=observation.portfolio,
                view=view,
                instruments=INSTRUMENTS,
                context=context,
            )
            assert {found.outcome for found in reviewed} <= {"approved"}
            approved += len(reviewed)
    assert approved >= 3 * len(VIEWS)


@pytest.mark.parametrize("name", [strategy.name for strategy in example_strategies()])
def test_each_example_calls_on_some_markets_and_tells_its_figures(name: str) -> None:
    strategy = next(item for item in example_strategies() if item.name == name)
    opened = [
        decision
        for seed in range(200)
        for decision in decisions_of(strategy.canonical(), walk_observation(walk_view(seed)))
    ]
    assert len(opened) >= 5
    for decision in opened:
        assert decision.reasoning.startswith(f"{name} calls a ")
        assert decision.evidence
        assert len(decision.reasoning.split()) <= 60


def test_a_hundredfold_leverage_is_bounded_by_the_rule_book() -> None:
    greedy = in_place(in_place(ALWAYS, "sizing.leverage", 100), "sizing.size_pct", "100")
    found = decisions_of(greedy, walk_observation(VIEWS[1]))
    # As large as a position may be, or as its stop, two per cent and fees away, lets it.
    assert {(one.leverage, one.size) for one in found} == {(10, 9_330_000)}
    free = replace(VIEWS[1], rules=RuleBook(limits=RiskLimits(max_risk=0)))
    for decision in decisions_of(greedy, walk_observation(free)):
        assert (decision.leverage, decision.size) == (10, 20 * SCALE // 100)


@pytest.mark.parametrize(
    ("sizing", "confidence", "size"),
    [
        ({"method": "risk", "size_pct": "0.5"}, None, 5_950_000),
        ({"method": "kelly", "size_pct": "10", "cap_pct": "1"}, "0.6", 11_910_000),
        ({"method": "kelly", "size_pct": "10", "cap_pct": "1"}, "0.3", None),
    ],
)
def test_a_document_may_name_how_its_size_follows(
    sizing: dict[str, Any], confidence: str | None, size: int | None
) -> None:
    target = {"kind": "stop_multiple", "value": "2"}
    document = in_place(ALWAYS, "sizing", {**ALWAYS["sizing"], **sizing, "target": target})
    if confidence is not None:
        document["confidence"] = confidence
    found = decisions_of(document, walk_observation(VIEWS[1]))
    # A stop is cut to six digits, which may cost one step of a hundredth of a per cent.
    assert {one.size for one in found} <= ({size, size - 10_000} if size else set())
    assert bool(found) is bool(size)
    strategy = read_strategy(document)
    assert read_strategy(strategy.canonical()) == strategy
    assert any("stop" in sentence and "%" in sentence for sentence in explain(strategy))


def test_an_exit_looks_at_the_position_and_says_what_fired() -> None:
    view = VIEWS[1]
    held = walk_observation(view, walk_position(view, "BTC", 1))
    leaves = {"long": {"all": [{"feature": "held_minutes", "op": ">=", "than": "120"}]}}
    closes = [d for d in decisions_of({**RSI_DIP, "exit": leaves}, held) if d.action is Action.CLOSE]
    assert [(d.symbol, d.reasoning) for d in closes] == [
        ("BTC", "rsi-dip leaves: time held 120 min >= 120 min.")
    ]
    later = in_place({**RSI_DIP, "exit": leaves}, "exit.long.all.0.than", "120.5")
    assert not [d for d in decisions_of(later, held) if d.action is Action.CLOSE]


def test_profit_is_counted_in_percent_of_the_margin() -> None:
    view = VIEWS[1]
    at_mark = walk_position(view, "BTC", 1)
    # Opened a hundredth of the price lower at fourfold leverage: four percent of the margin.
    cheaper = replace(at_mark, entry_cost=at_mark.entry_cost * 99 // 100)
    leaves = {"long": {"all": [{"feature": "unrealised_pct", "op": ">", "than": "3.9"}]}}
    document = {**RSI_DIP, "exit": leaves}
    assert [d.symbol for d in decisions_of(document, walk_observation(view, cheaper))][:1] == ["BTC"]
    document = in_place(document, "exit.long.all.0.than", "4.1")
    assert not [
        d for d in decisions_of(document, walk_observation(view, cheaper)) if d.action is Action.CLOSE
    ]


def test_both_sides_at_once_is_no_call() -> None:
    both = in_place(ALWAYS, "entry.short", ALWAYS["entry"]["long"])
    assert decisions_of(ALWAYS, walk_observation(VIEWS[1]))
    assert decisions_of(both, walk_observation(VIEWS[1])) == ()


def test_a_figure_that_is_not_known_keeps_an_entry_shut() -> None:
    view = walk_view(4, bars=0)
    below = in_place(ALWAYS, "entry.long.all", [{"feature": "rsi_14", "op": "<=", "than": "100"}])
    assert decisions_of(below, walk_observation(view)) == ()
    filtered = {**ALWAYS, "filters": {"all": [{"feature": "rsi_14", "op": ">=", "than": "0"}]}}
    assert decisions_of(filtered, walk_observation(view)) == ()


def test_a_trial_counts_calls_and_says_what_it_cannot_see() -> None:
    trial = Trial(read_strategy(in_place(ALWAYS, "symbols", ["BTC", "XRP"])))
    for view in VIEWS[:5]:
        trial.look_at(view)
    assert (trial.rounds, trial.total, dict(trial.calls["BTC"])) == (5, 5, {"long": 5})
    assert (trial.unplayable, trial.looks_at_position) == (("XRP",), True)


def test_a_document_that_cannot_be_played_is_refused_by_name() -> None:
    with pytest.raises(AgentConfigError, match=r"agent 'mine': sizing.leverage: must be a whole number"):
        build_agent(SpecConfig("strategy", "mine", config=in_place(RSI_DIP, "sizing.leverage", 0)))
