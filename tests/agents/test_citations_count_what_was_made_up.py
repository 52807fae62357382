"""Figures an answer cites and the prompt does not hold: counted exactly, with few false alarms."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.domain.answers import Answer
from agents.domain.llm.citations import MAX_FIGURES, Citations, count_citations
from agents.domain.llm.figures import fixed
from agents.domain.llm.prompt import Prompt, evidence_keys
from kernel.units import SCALE
from tests.factories.prompts import prompt_observation, prompt_of
from trading.domain.decisions import Action, Decision
from trading.domain.invalidation import Invalidation

MARKET = """# MARKET
## BTC
mark=65238.5 bid=65231.9 funding_rate=-0.0125%
rsi_14=43.77 macd=-12.31
closes_1m: 65053.0 65058.7 65238.5"""

PROMPT = Prompt("Everybody started with 10000 USDT.", MARKET, "equity 9876.54, confidence at least 0.654")
REAL = prompt_of(prompt_observation())
SHOWN = sorted({figure for figure in re.findall(r"\d+\.\d+", REAL.market) if len(figure.strip("0.")) > 4})


def said(text: str, prompt: Prompt = PROMPT, **decided: Any) -> Citations:
    """Return what is counted of a reasoning; with figures decided, of a purchase of BTC."""
    decision = Decision(Action.BUY if decided else Action.HOLD, "BTC", reasoning=text, **decided)
    return count_citations(Answer("", (decision,)), prompt)


@pytest.mark.parametrize(
    "text",
    [
        "BTC trades at 65238.5",
        "BTC trades at $65,238.5.",
        "BTC trades at 65,238 USDT",
        "BTC trades near 65239",
        "BTC trades near 65200",
        "BTC trades near 65.24k",
        "BTC trades at 65238.5USDT or",
        "BTC trades near 0.06524M",
        "RSI(14)=43.8",
        "an RSI of 43.77, falling",
        "MACD at -12.3",
        "MACD is 12.31 below zero",
        "funding is -0.0125%",
        "equity (9,876.54)",
        "close/65053.0/",
        "the threshold is 65.4%",
    ],
)
def test_a_figure_that_the_prompt_holds_is_no_fabrication_however_it_is_written(text: str) -> None:
    assert said(text) == Citations(1, 0)


@pytest.mark.parametrize(
    "text",
    [
        "BTC trades at 65338.5",
        "support at $64,150",
        "RSI at 44.7",
        "resistance 65.74k",
        "MACD at -13.31",
        "it fell 777.7bps",
        "resistance at 45123USDT",
        "it lost 512.5pts",
        "a volume of 4.512M",
        "funding is 0.0135%",
        "the average of 65058.71",
    ],
)
def test_a_figure_that_the_prompt_does_not_hold_is_a_fabrication(text: str) -> None:
    assert said(text) == Citations(1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "RSI(14) under 30, EMA9 over EMA20, 20x too much, 3 bars, 50% of it, 100 minutes, 1h and 15m agree",
        "BTC.rsi_14 and ema_200 and bars_15m and v1.234b",
        "since 2026-11-21T07:30:00Z, at 14:30, on 2026-11-21",
        "about 65,000 or 65000 or 100,000",
        "1.234.567 and 0x1234 and 1_234",
        "",
    ],
)
def test_counts_names_times_and_round_figures_are_no_citations(text: str) -> None:
    assert said(text) == Citations(0, 0)


def test_what_the_contestant_decides_itself_is_not_made_up() -> None:
    plan: dict[str, Any] = {
        "size": 1_235 * SCALE // 10_000,
        "leverage": 5,
        "confidence": 715 * SCALE // 1000,
        "stop_loss": 64_123 * SCALE,
        "take_profit": 67_111 * SCALE,
        "watch": Invalidation("price", "tick", "below", 64_321 * SCALE),
    }
    words = (
        "size 12.35%, stop 64,123 (1.71% or 1115.5 away), target 67111, 1.68 to 1, "
        "71.5% or 0.715, out at 64321"
    )
    assert said(words, **plan) == Citations(9, 0)
    assert said(words) == Citations(9, 9)


def test_evidence_keys_that_do_not_exist_are_made_up() -> None:
    keys = ("BTC.rsi_14", "btc.closes_1m", " BTC.mark ", "BTC.whales", "ETH.rsi_14", "ignore the rules")
    assert said("", evidence=keys) == Citations(6, 3)


def test_the_summary_counts_and_every_reasoning() -> None:
    decisions = tuple(Decision(Action.HOLD, name, reasoning="at 65238.5 or 77777") for name in ("BTC", "ETH"))
    assert count_citations(Answer("from 65231.9", decisions), PROMPT) == Citations(5, 2)


def test_every_key_that_a_real_prompt_offers_is_known() -> None:
    keys = tuple(evidence_keys(REAL.market))
    assert said("", REAL, evidence=keys) == Citations(len(keys), 0)


@given(st.sampled_from(SHOWN), st.integers(0, 8))
def test_a_figure_rounded_to_fewer_digits_is_held(figure: str, places: int) -> None:
    whole, _, rest = figure.partition(".")
    units = int(whole) * SCALE + int(rest.ljust(8, "0"))
    rounded = fixed(units, min(places, len(rest)))
    found = said(f"it stands at {rounded} now", REAL)
    assert found.fabricated == 0
    assert found.cited == int(
        len((rounded if "." in rounded else rounded.rstrip("0")).replace(".", "").lstrip("0")) >= 3
    )


@given(st.integers(10**6, 10**9).filter(lambda figure: figure % 10))
def test_a_figure_beyond_all_that_was_shown_is_made_up(figure: int) -> None:
    shown = [int(whole) for whole in re.findall(r"\d+", REAL.user + REAL.system)]
    expected = Citations(1, int(figure not in shown))
    assert said(f"volume {figure}", REAL) == expected
    assert said(f"volume {figure:,} USDT", REAL) == expected


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("1" + ",111" * 5_000, 0),
        ("1" * 60_000, 0),
        ("1.1" * 20_000, 0),
        ("7777 " * 12_000, MAX_FIGURES),
        ("12:34 " * 9_000, 0),
        ("9" * 14 + "." + "9" * 12, 1),
        ("9" * 14 + "k", 1),
    ],
)
def test_no_text_takes_long_or_fails(text: str, most: int) -> None:
    assert said(text) == Citations(most, most)


@given(st.text(alphabet="0123456789,.%kx -:T_a$", max_size=400))
def test_any_heap_of_digits_and_marks_is_counted_without_a_failure(text: str) -> None:
    found = said(text, REAL)
    assert 0 <= found.fabricated <= found.cited <= MAX_FIGURES


@given(st.text(max_size=2_000), st.lists(st.text(max_size=30), max_size=9))
def test_any_words_are_counted_without_a_failure(text: str, keys: list[str]) -> None:
    found = said(text, REAL, evidence=tuple(keys))
    assert 0 <= found.fabricated <= found.cited


def test_a_figure_made_up_once_does_not_become_true_by_being_quoted_back() -> None:
    quoting = Prompt(
        PROMPT.system, PROMPT.market, f'{PROMPT.account}\nreason: "BTC is 31337.3 \\"above\\" it"'
    )
    assert said("BTC is 31337.3 above it", quoting) == Citations(1, 1)
    assert (
        said("BTC is 31337.3 above it", Prompt(PROMPT.system, PROMPT.market, "mark 31337.3")).fabricated == 0
    )
