"""How a trader picks among its opinions, where its stop may lie, and when trend and stretch count."""

from dataclasses import replace

import pytest

from agents.adapters.house import DECIDERS
from agents.domain.house.brackets import compute_bracket
from agents.domain.house.knobs import read_knobs
from agents.domain.house.trader import Choice, Opinion, Signal, affordable, trade_on
from kernel.units import SCALE
from tests.factories.observations import START_PRICES, walk_observation, walk_position, walk_view
from trading.domain.decisions import Action, Decision
from trading.domain.observation import Features

KNOBS = read_knobs("scoring", {"opens_a_round": 2, "max_positions": 2})
VIEW = walk_view(1, bars=60, slot=0)


def signal(symbol: str, confidence: int) -> Signal:
    entry = Decision(Action.BUY, symbol, SCALE // 10, 4, 1, None, confidence * SCALE // 100)
    return Signal(symbol, Opinion(1, confidence * SCALE // 100, 0, "", ""), entry)


def chosen(choice: Choice) -> list[str]:
    return [decision.symbol for decision in choice.decisions]


SIGNALS = (signal("BTC", 66), signal("ETH", 90), signal("SOL", 80))


def test_the_most_confident_opinions_open_first() -> None:
    assert chosen(trade_on(SIGNALS, walk_observation(VIEW), KNOBS)) == ["ETH", "SOL"]


def test_positions_held_take_the_room_of_new_ones() -> None:
    held = [walk_position(VIEW, symbol, 1) for symbol in ("BNB", "ASTER")]
    assert chosen(trade_on(SIGNALS, walk_observation(VIEW, held[0]), KNOBS)) == ["ETH"]
    assert chosen(trade_on(SIGNALS, walk_observation(VIEW, *held), KNOBS)) == []


def test_each_entry_is_paid_before_the_next_is_looked_at() -> None:
    entries = [each.entry for each in SIGNALS if each.entry]
    seen = walk_observation(VIEW)
    for free, taken in ((1_003, 0), (1_004, 1), (2_007, 1), (2_008, 2)):
        portfolio = replace(seen.portfolio, available=free * SCALE)
        assert len(affordable(entries, replace(seen, portfolio=portfolio))) == taken


@pytest.mark.parametrize(("atr", "risk"), [(SCALE // 100, 40), (SCALE, 300), (50 * SCALE, 1_500)])
def test_a_stop_stays_between_the_fees_and_the_margin(atr: int, risk: int) -> None:
    bracket = compute_bracket(1, 100 * SCALE, atr, 4, stop_pct=300, target_pct=200)
    assert bracket.risk == risk * SCALE // 10_000
    assert bracket.stop == 100 * (SCALE - bracket.risk)


def opinion_of(kind: str, features: Features, mark: int = 100 * SCALE) -> Opinion:
    part = replace(VIEW.snapshot.of("BTC"), mark=mark)
    snapshot = replace(VIEW.snapshot, symbols=(part,))
    view = replace(VIEW, snapshot=snapshot, features={"BTC": features})
    (found,) = DECIDERS[kind].read(view, read_knobs(kind, {}))
    assert isinstance(found, Signal)
    return found.opinion


def trend(fast: int, middle: int, slow: int, histogram: int, atr: int = 2) -> Features:
    names = ("ema_9", "ema_20", "ema_50", "macd_histogram", "atr_14")
    return {
        name: value * SCALE for name, value in zip(names, (fast, middle, slow, histogram, atr), strict=True)
    }


@pytest.mark.parametrize(
    ("features", "side"),
    [
        (trend(103, 102, 101, 1), 1),
        (trend(99, 100, 101, -1), -1),
        (trend(103, 102, 101, -1), 0),
        (trend(99, 100, 101, 1), 0),
        (trend(103, 101, 102, 1), 0),
        (trend(99, 101, 100, -1), 0),
        (trend(103, 102, 101, 1, atr=4), 1),
        (trend(103, 102, 101, 1, atr=5), 0),
    ],
)
def test_a_trend_needs_order_agreement_and_half_an_atr(features: Features, side: int) -> None:
    assert opinion_of("momentum", features).side == side


def stretch(rsi: int) -> Features:
    return {"bollinger_upper": 104 * SCALE, "bollinger_middle": 100 * SCALE, "rsi_14": rsi * SCALE}


@pytest.mark.parametrize(
    ("price", "rsi", "side"),
    [(96, 34, 1), (97, 34, 0), (96, 35, 0), (104, 66, -1), (103, 66, 0), (104, 65, 0)],
)
def test_a_stretch_needs_two_deviations_and_a_stretched_rsi(price: int, rsi: int, side: int) -> None:
    assert opinion_of("mean_reversion", stretch(rsi), price * SCALE).side == side


@pytest.mark.parametrize(
    ("price", "leaves"), [(99, (False, True)), (100, (True, True)), (101, (True, False))]
)
def test_a_reversion_leaves_at_the_middle(price: int, leaves: tuple[bool, bool]) -> None:
    opinion = opinion_of("mean_reversion", stretch(50), price * SCALE)
    assert (bool(opinion.leave_long), bool(opinion.leave_short)) == leaves


def test_every_default_symbol_has_a_price_to_start_from() -> None:
    assert set(VIEW.rules.symbols) == set(START_PRICES)
