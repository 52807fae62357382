"""From a specification to a market."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.adapters.market_choice import open_market
from trading.adapters.simulated import SimulatedMarket
from trading.ports import MarketData, MarketError, TapeError

START_MS = 1_763_700_000_000


def chosen(spec: str, **settings: Any) -> MarketData:
    arguments: dict[str, Any] = {
        "seed": 3,
        "symbols": ("BTC", "ETH"),
        "start_ms": START_MS,
        "clock": lambda: START_MS,
    }
    return open_market(spec, **arguments | settings)


def test_simulated_is_the_seeded_market() -> None:
    market = chosen("simulated")
    assert market.info.label == "simulated market (seed 3)"
    same = SimulatedMarket(seed=3, symbols=("BTC", "ETH"), start_ms=START_MS)
    assert market.fetch_snapshot(START_MS) == same.fetch_snapshot(START_MS)


def test_auto_without_an_answering_venue_is_simulated_and_says_so() -> None:
    market = chosen("auto", timeout_s=0.0)
    assert market.info.kind == "simulated"
    assert market.info.label == "simulated market (no venue answered)"


def test_a_venue_is_chosen_by_name() -> None:
    market = chosen("ccxt:hyperliquid")
    assert isinstance(market, CcxtPublicMarket)
    assert market.info.label == "live prices of Hyperliquid"
    market.close()


def test_a_tape_takes_its_settings_from_the_specification_or_the_arguments(
    rows: Callable[..., list[list[str]]], write_tape: Callable[..., Path]
) -> None:
    cells = rows(20)
    one, two = write_tape("BTC-1m.csv", cells[:5] + cells[6:]), write_tape("ETH-1m.csv", cells)
    spec = f"tape:{one},{two}?stamp=close&volume=quote&allow_gaps=1"
    first = chosen(spec)
    assert first.info.symbols == ("BTC", "ETH")
    second = chosen(f"tape:{one},{two}", stamp="close", volume="quote", allow_gaps=True)
    moment = first.info.first_ms or 0
    assert first.fetch_snapshot(moment) == second.fetch_snapshot(moment)
    with pytest.raises(TapeError, match="bars are missing"):
        chosen(f"tape:{one}")
    with pytest.raises(TapeError, match="bars are missing"):
        chosen(f"tape:{one}?allow_gaps=0", allow_gaps=True)


@pytest.mark.parametrize("query", ["stamp=middle", "volume=", "allow_gaps=yes", "speed=2"])
def test_an_unknown_setting_of_a_tape_is_named(query: str) -> None:
    with pytest.raises(TapeError, match=f"{query} is no setting of a tape; use stamp=open"):
        chosen(f"tape:BTC.csv?{query}")


@pytest.mark.parametrize("spec", ["", "real", "ccxt:mtgox", "ccxt", "tape:", "simulated:fast"])
def test_a_specification_that_is_none_is_refused_with_the_choices(spec: str) -> None:
    with pytest.raises(MarketError, match="is not one of auto, simulated, tape:FILE"):
        chosen(spec)
