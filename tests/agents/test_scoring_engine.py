"""The scoring engine's points, its confidence and when it leaves."""

import pytest

from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.house.scoring import MOST_POINTS, score_findings
from agents.domain.specs import SpecConfig
from kernel.units import SCALE
from tests.factories.deciders import decider
from tests.factories.observations import NO_FIELD, NOW_MS, walk_observation, walk_position
from trading.domain.decisions import Action, Decision
from trading.domain.market import Candle, Level, MarketSnapshot, OrderBook, SymbolSnapshot
from trading.domain.observation import Features, MarketView
from trading.domain.positions import Position
from trading.domain.rules import RuleBook

MARK = 100 * SCALE
RISING = {"macd": SCALE, "sma_5": 101 * SCALE, "sma_20": 100 * SCALE}
FALLING = {"macd": -SCALE, "sma_5": 99 * SCALE, "sma_20": 100 * SCALE}
CALM = {
    "rsi_14": 50 * SCALE,
    "bollinger_upper": 110 * SCALE,
    "bollinger_middle": 100 * SCALE,
    "bollinger_lower": 90 * SCALE,
    "realised_vol_30": 0,
    "atr_14": SCALE,
}


def part_of(*, rising_before: bool, bars: int = 60) -> SymbolSnapshot:
    """Return flat bars whose averages stood in a known order one bar ago."""
    closes = [MARK] * (bars - 2) + [MARK + (SCALE if rising_before else -SCALE), MARK]
    candles = tuple(Candle(i * 60_000, c, c, c, c, 0) for i, c in enumerate(closes))
    book = OrderBook((Level(MARK - SCALE, SCALE),), (Level(MARK + SCALE, SCALE),))
    return SymbolSnapshot("BTC", MARK, book, candles, NOW_MS)


def view_of(
    features: Features, *, rising_before: bool, bars: int = 60, slot: int = 10, interval_ms: int | None = None
) -> MarketView:
    snapshot = MarketSnapshot(NOW_MS, "test", 60_000, (part_of(rising_before=rising_before, bars=bars),))
    rules = RuleBook() if interval_ms is None else RuleBook(interval_ms=interval_ms)
    return MarketView(snapshot, "0" * 64, {"BTC": features}, rules, slot, NO_FIELD)


def decide(view: MarketView, *held: Position, **config: int) -> tuple[Decision, ...]:
    agent = decider(SpecConfig("scoring", "scoring", config=config))
    answer = parse_answer(agent.decide(walk_observation(view, *held)), AnswerContext(("BTC",)))
    assert isinstance(answer, Answer)
    return answer.decisions


def points_of(features: Features, *, rising_before: bool = True) -> list[int]:
    found = score_findings(part_of(rising_before=rising_before), {**CALM, **features})
    return [finding.points for finding in found]


def test_a_rising_market_buys_by_macd_and_averages() -> None:
    assert points_of(RISING) == [150, 100]


def test_a_falling_market_sells_by_macd_and_averages() -> None:
    assert points_of(FALLING, rising_before=False) == [-150, -100]


@pytest.mark.parametrize(("rsi", "points"), [(29, [200]), (30, []), (70, []), (71, [-200])])
def test_rsi_counts_two_points_beyond_thirty_and_seventy(rsi: int, points: list[int]) -> None:
    assert points_of({**RISING, "rsi_14": rsi * SCALE}) == [*points, 150, 100]


def test_a_macd_of_zero_sells() -> None:
    assert points_of({**RISING, "macd": 0}) == [-150, 100]


def test_touching_a_band_counts_one_and_a_half() -> None:
    assert points_of({**RISING, "bollinger_lower": MARK}) == [150, 150, 100]
    assert points_of({**RISING, "bollinger_upper": MARK}) == [150, -150, 100]


def test_a_cross_on_this_bar_counts_half_a_point_more() -> None:
    assert points_of(RISING, rising_before=False) == [150, 150]
    assert points_of(FALLING, rising_before=True) == [-150, -150]


def test_confidence_is_half_plus_half_the_lead_less_volatility() -> None:
    (calm,) = decide(view_of({**CALM, **RISING}, rising_before=True))
    assert calm.action is Action.BUY
    assert calm.confidence == (SCALE + 250 * SCALE // MOST_POINTS) // 2 // 10_000 * 10_000
    (wild,) = decide(
        view_of({**CALM, **RISING, "realised_vol_30": SCALE // 1000}, rising_before=True),
        min_confidence_pct=0,
    )
    assert calm.confidence - wild.confidence == 5 * SCALE // 1000


def test_below_its_own_threshold_it_stays_out() -> None:
    view = view_of({**CALM, **RISING}, rising_before=True)
    assert decide(view, min_confidence_pct=69)
    assert decide(view, min_confidence_pct=70) == ()


def test_fewer_than_fifty_prices_are_too_few() -> None:
    assert decide(view_of({**CALM, **RISING}, rising_before=True, bars=49)) == ()
    assert len(decide(view_of({**CALM, **RISING}, rising_before=True, bars=50))) == 1


@pytest.mark.parametrize(("interval_ms", "opens"), [(180_000, 48), (60_000, 50), (3_600_000, 24)])
def test_openings_are_spread_so_that_a_day_of_them_is_allowed(interval_ms: int, opens: int) -> None:
    slots = range(86_400_000 // interval_ms)
    views = [
        view_of({**CALM, **RISING}, rising_before=True, slot=slot, interval_ms=interval_ms) for slot in slots
    ]
    assert sum(len(decide(view)) for view in views) == opens
    assert opens <= RuleBook().limits.max_trades_day


def test_closing_never_waits_for_its_round() -> None:
    view = view_of({**CALM, **FALLING}, rising_before=False, slot=1)
    assert [decision.action for decision in decide(view, walk_position(view, "BTC", 1))] == [Action.CLOSE]


def test_the_reason_names_both_scores_and_every_figure_that_counted() -> None:
    (decision,) = decide(view_of({**CALM, **RISING, "rsi_14": 2_815_000_000}, rising_before=True))
    assert decision.reasoning == (
        "Buy score 4.5, sell score 0: RSI 28.1 below 30, MACD 1 above zero, MA5 101 above MA20 100; "
        "volatility 0 % a bar."
    )
    assert decision.invalidation == (
        "A 1-minute close with the sell score 1 ahead, or a trade at the stop 97, 3 % away."
    )


def test_it_closes_when_the_other_score_wins_and_keeps_what_its_score_backs() -> None:
    view = view_of({**CALM, **FALLING}, rising_before=False)
    (close,) = decide(view, walk_position(view, "BTC", 1))
    assert (close.action, close.size) == (Action.CLOSE, SCALE)
    assert close.reasoning == (
        "Buy score 0, sell score 2.5: the sell score wins. MACD -1 not above zero, MA5 99 below MA20 100."
    )
    assert decide(view, walk_position(view, "BTC", -1)) == ()


def test_a_lead_of_half_a_point_does_not_close() -> None:
    view = view_of({**CALM, **RISING, "macd": -SCALE}, rising_before=True)
    assert decide(view, walk_position(view, "BTC", 1)) == ()
