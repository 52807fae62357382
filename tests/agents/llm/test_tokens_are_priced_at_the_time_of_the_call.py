"""Prices by genai-prices: known figures, hours, dates, and what has no price."""

from datetime import UTC, datetime

import pytest

from agents.adapters.llm.prices import GenaiPriceBook
from agents.domain.llm.catalogue import resolve_model
from agents.domain.llm.exchange import Cost, ModelRef, Usage
from agents.selectors import catalogue
from kernel.time import MINUTE_MS
from kernel.units import SCALE

BOOK = GenaiPriceBook(catalogue())
MIDNIGHT_MS = round(datetime(2026, 11, 21, tzinfo=UTC).timestamp()) * 1000
NOON_MS = MIDNIGHT_MS + 12 * 60 * MINUTE_MS


def model_of(kind: str, model: str) -> ModelRef:
    return resolve_model(catalogue(), kind, {"model": model})


def usd(cost: Cost | None) -> float:
    assert cost is not None
    return cost.usd / SCALE


@pytest.mark.parametrize(
    ("kind", "model", "short", "thinking"),
    [
        ("openai", "gpt-6-luna", 0.19, 0.38),
        ("anthropic", "claude-haiku-5-5", 0.19, 0.38),
        ("deepseek", "deepseek-v4-flash", 0.35, 0.64),
        ("deepseek", "deepseek-v4-pro", 1.47, 2.45),
        ("gemini", "gemini-3.8-flash", 1.43, 2.87),
        ("openai", "gpt-6.1-terra", 1.88, 3.80),
        ("xai", "grok-4.3", 2.17, 3.13),
        ("xai", "grok-4.7", 3.72, 6.03),
        ("anthropic", "claude-sonnet-5-5", 3.76, 7.60),
        ("openai", "gpt-6.1-sol", 3.76, 7.60),
        ("anthropic", "claude-opus-5-5", 7.52, 15.20),
    ],
)
def test_a_day_of_480_decisions_costs_what_was_measured(
    kind: str, model: str, short: float, thinking: float
) -> None:
    asked = model_of(kind, model)
    for output, expected in ((150, short), (950, thinking)):
        usage = Usage(input=4_400, cached=1_300, output=output, reasoning=max(0, output - 150))
        day = sum(usd(BOOK.cost_of(asked, model, usage, MIDNIGHT_MS + n * 3 * MINUTE_MS)) for n in range(480))
        assert day == pytest.approx(expected, abs=0.006)


def test_deepseek_costs_double_at_its_peak_hours() -> None:
    asked, usage = model_of("deepseek", "deepseek-v4-flash"), Usage(input=10_000, output=1_000)
    for hour, times in ((0, 1), (1, 2), (3, 2), (4, 1), (6, 2), (9, 2), (10, 1), (23, 1)):
        at = MIDNIGHT_MS + hour * 60 * MINUTE_MS
        assert usd(BOOK.cost_of(asked, "", usage, at)) == pytest.approx(0.0021 * times), hour


def test_a_price_that_rises_on_a_day_rises_for_calls_from_that_day_on() -> None:
    asked, usage = model_of("gemini", "gemini-3.8-flash"), Usage(input=1_000_000)
    new_year_ms = round(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * 1000
    assert usd(BOOK.cost_of(asked, "", usage, new_year_ms - 1)) == 0.75
    assert usd(BOOK.cost_of(asked, "", usage, new_year_ms)) == 1.5


def test_cached_and_written_tokens_have_their_own_prices_inside_the_total() -> None:
    asked = model_of("anthropic", "claude-sonnet-5-5")
    assert usd(BOOK.cost_of(asked, "", Usage(input=1_000_000), NOON_MS)) == 2.0
    assert usd(BOOK.cost_of(asked, "", Usage(input=1_000_000, cached=1_000_000), NOON_MS)) == 0.1
    assert usd(BOOK.cost_of(asked, "", Usage(input=1_000_000, cache_write=1_000_000), NOON_MS)) == 2.5


def test_reasoning_is_part_of_the_output_and_not_paid_twice() -> None:
    asked = model_of("openai", "gpt-6-luna")
    plain = BOOK.cost_of(asked, "", Usage(output=1_000), NOON_MS)
    assert BOOK.cost_of(asked, "", Usage(output=1_000, reasoning=900), NOON_MS) == plain


def test_a_cost_is_rounded_up_and_names_its_source() -> None:
    cost = BOOK.cost_of(model_of("openai", "gpt-6.1-terra"), "gpt-6.1-terra", Usage(1, cached=1), NOON_MS)
    assert cost == Cost(5, "genai-prices 0.2.3 openai/gpt-6.1-terra")
    tenth = BOOK.cost_of(model_of("deepseek", "deepseek-v4-flash"), "", Usage(1, cached=1), NOON_MS)
    assert tenth == Cost(1, "genai-prices 0.2.3 deepseek/deepseek-v4-flash")


def test_the_model_that_answered_is_charged_for() -> None:
    asked, usage = model_of("openai", "gpt-6-luna"), Usage(input=1_000_000)
    assert usd(BOOK.cost_of(asked, "gpt-6-luna-2026-09-22", usage, NOON_MS)) == 0.2  # above 272,000: double
    assert usd(BOOK.cost_of(asked, "gpt-6.1-sol", usage, NOON_MS)) == 4.0
    assert usd(BOOK.cost_of(asked, "something-else", usage, NOON_MS)) == 0.2


def test_a_gateway_is_priced_by_the_list_its_catalogue_line_names() -> None:
    asked = resolve_model(catalogue(), "cloudflare", {"account": "a", "model": "anthropic/claude-haiku-5-5"})
    cost = BOOK.cost_of(asked, "claude-haiku-5-5", Usage(input=100_000), NOON_MS)
    assert cost == Cost(1_000_000, "genai-prices 0.2.3 anthropic/claude-haiku-5-5")


def test_a_price_nobody_knows_is_none_and_not_nothing() -> None:
    usage = Usage(input=1_000, output=100)
    assert BOOK.cost_of(model_of("openai", "gpt-99"), "gpt-99", usage, NOON_MS) is None
    own = resolve_model(
        catalogue(), "openai_compatible", {"model": "m", "base_url": "https://llm.example/v1"}
    )
    assert BOOK.cost_of(own, "m", usage, NOON_MS) is None
    assert BOOK.estimate(own, 1_000, 100, NOON_MS) is None


def test_usage_that_cannot_be_is_unknown_rather_than_negative() -> None:
    assert BOOK.cost_of(model_of("openai", "gpt-6-luna"), "", Usage(input=10, cached=20), NOON_MS) is None


def test_a_model_on_this_machine_is_free() -> None:
    asked = model_of("ollama", "llama")
    assert BOOK.cost_of(asked, "llama", Usage(10**6, output=10**6), NOON_MS) == Cost(0, "this machine")


def test_an_estimate_counts_a_token_for_each_sixteen_tenths_of_a_character() -> None:
    asked = model_of("openai", "gpt-6.1-terra")
    assert BOOK.estimate(asked, 8_000, 400, NOON_MS) == BOOK.cost_of(
        asked, "", Usage(input=5_000, output=400), NOON_MS
    )
    assert usd(BOOK.estimate(asked, 8_000, 400, NOON_MS)) == 0.007
