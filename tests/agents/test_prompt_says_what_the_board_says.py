"""The account part: the board's figures to the digit, own words quoted, limits and past trades."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.domain.llm import figures
from agents.domain.llm.prompt import render_account
from agents.domain.llm.prompt_account import REASONING_LENGTH, TRADES_SHOWN
from interfaces import format as faces
from kernel.units import MAX_UNITS, SCALE
from tests.factories.prompts import (
    own_record,
    past_trade,
    prompt_memory,
    prompt_observation,
    prompt_view,
    thesis_of,
)
from trading.domain.invalidation import Invalidation
from trading.domain.positions import liquidation_price, unrealised

AMOUNTS = st.integers(-MAX_UNITS, MAX_UNITS)


def plain(text: str) -> str:
    """Return a figure of a page in the signs of a prompt."""
    return text.replace(faces.MINUS, "-").replace(",", "").replace(faces.THIN, "")


@given(units=AMOUNTS, places=st.integers(0, 8), signed=st.booleans())
def test_every_figure_is_rounded_as_on_the_pages(*, units: int, places: int, signed: bool) -> None:
    assert figures.fixed(units, places, signed=signed) == plain(faces.fixed(units, places, signed=signed))


@given(units=AMOUNTS, signed=st.booleans())
def test_money_and_ratios_are_written_as_on_the_pages(*, units: int, signed: bool) -> None:
    assert figures.money(units, signed=signed) == plain(faces.money(units, signed=signed))
    assert figures.percent(units, signed=signed) == plain(faces.percent(units, signed=signed))
    assert figures.short(units) == plain(faces.quantity(units))
    assert figures.short_percent(units, 2) == plain(faces.short_percent(units))


@given(AMOUNTS, AMOUNTS, st.integers(0, SCALE), st.integers(0, SCALE))
def test_the_record_shows_the_figures_of_the_board(net: int, gross: int, costs: int, fall: int) -> None:
    record = own_record(net=net, gross=gross, costs=costs, max_drawdown=fall)
    text = render_account(prompt_observation(prompt_view(1), prompt_memory(record=record)))
    shown = {
        "net": plain(faces.percent(net, signed=True)),
        "gross": plain(faces.percent(gross, signed=True)),
        "costs": plain(faces.percent(costs)),
        "max drawdown": plain(faces.percent(fall)),
    }
    expected = ", ".join(f"{name} {figure}" for name, figure in shown.items())
    assert f"board after the last round: {expected}, rank 3 of 12, 9 trades closed, 5 won, 21 orders" in text


def test_money_free_in_use_and_equity_are_the_accounts() -> None:
    observation = replace(prompt_observation(), equity=9_876_54 * SCALE // 100)
    text = render_account(observation)
    assert "equity 9876.54, free 9000.00, margin in use 1000.00" in text


def test_openings_and_losses_stand_beside_their_limits() -> None:
    record = own_record(opens_last_hour=4, opens_last_day=49, day_start_equity=10_200 * SCALE)
    text = render_account(prompt_observation(memory=prompt_memory(record=record)))
    assert "openings: 4 of 5 in the last hour, 49 of 50 in the last 24 h" in text
    assert "-1.96% (opening stops at -5%), 2.34% below the highest equity 10240.00" in text
    assert "risk profile moderate: confidence at least 0.65" in text


def test_a_position_is_told_with_its_plan_and_its_distance_from_ruin() -> None:
    view = prompt_view(1)
    observation = prompt_observation(view)
    held = replace(observation.portfolio.positions[0], stop_loss=60_000 * SCALE, take_profit=70_000 * SCALE)
    observation = replace(observation, portfolio=replace(observation.portfolio, positions=(held,)))
    line = next(line for line in render_account(observation).split("\n") if line.startswith("BTC long"))
    mark, grid = view.marks["BTC"], figures.grid_of(view.instruments["BTC"], 0)
    liquidation = liquidation_price(held, view.instruments["BTC"])
    assert liquidation is not None
    assert f"mark {grid.text(mark)} unrealised {figures.money(unrealised(held, mark), signed=True)}" in line
    assert f"liquidation {grid.text(liquidation)} stop 60000.0 target 70000.0 held 120 min" in line


@pytest.mark.parametrize(
    ("watch", "told"),
    [
        (Invalidation("close", "15m", "below", 62_000 * SCALE), "close 15m below 62000.0"),
        (Invalidation("price", "tick", "above", 70_000 * SCALE), "price tick above 70000.0"),
        (Invalidation("held_minutes", "tick", "above", 90 * SCALE), "held_minutes tick above 90"),
        (None, "none"),
    ],
)
def test_what_is_watched_is_told(watch: Invalidation | None, told: str) -> None:
    memory = prompt_memory(theses=(thesis_of("BTC", watch=watch),))
    assert f"  watched: {told}\n" in render_account(prompt_observation(prompt_view(1), memory))


@given(st.text(max_size=3_000))
def test_own_words_come_back_as_one_line_of_json_within_their_length(words: str) -> None:
    memory = prompt_memory(theses=(thesis_of("BTC", reasoning=words, invalidation=words),))
    text = render_account(prompt_observation(prompt_view(1), memory))
    told = next(line for line in text.split("\n") if "your words at entry" in line)
    form = json.loads(told[told.index("{") :])
    assert set(form) == {"confidence", "reasoning", "invalidation"}
    assert len(form["reasoning"]) <= REASONING_LENGTH
    assert re.findall(r"^# .*$", text, re.MULTILINE) == [
        "# YOUR ACCOUNT (USDT)",
        "# YOUR OPEN POSITIONS",
        "# YOUR LAST CLOSED TRADES (newest first)",
        "# TIME",
    ]


def test_a_stop_that_fired_between_rounds_is_told_and_eight_trades_are_enough() -> None:
    trades = tuple(past_trade(number, fees=number * SCALE) for number in range(20))
    text = render_account(prompt_observation(memory=prompt_memory(trades=trades)))
    told = [line for line in text.split("\n") if "closed by" in line]
    assert len(told) == TRADES_SHOWN
    assert told[0] == "ETH long net -12.00 after fees of 0.00, held 45 min, closed by stop_loss"
    assert told[1] == "ETH long net +8.00 after fees of 1.00, held 45 min, closed by decision"


def test_without_memory_and_positions_only_money_and_time_are_told() -> None:
    observation = replace(prompt_observation(prompt_view(1)), memory=None)
    bare = replace(observation, portfolio=replace(observation.portfolio, positions=()))
    assert render_account(bare) == (
        "# YOUR ACCOUNT (USDT)\nequity 10000.00, free 9500.00, margin in use 500.00\n\n"
        "# YOUR OPEN POSITIONS\nnone\n\n# TIME\n2023-11-14T22:14:00Z, round slot 9444444"
    )
