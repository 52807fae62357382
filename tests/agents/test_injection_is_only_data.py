"""Texts from outside command nobody: they stay data in the prompt, and whoever obeys them meets the caps."""

import json
import re
import unicodedata
from dataclasses import replace

import pytest

from agents.domain.answers import Answer, AnswerContext, Unreadable, parse_answer
from agents.domain.llm.prompt import Prompt, render_news
from agents.domain.llm.prompt_news import MAX_ITEMS, SOURCE_LENGTH, TEXT_LENGTH, NewsItem
from agents.domain.llm.schema import answer_schema
from kernel.units import SCALE
from tests.factories.injections import INJECTIONS, obey, quoted_texts
from tests.factories.prompts import (
    prompt_memory,
    prompt_observation,
    prompt_of,
    prompt_view,
    thesis_of,
)
from trading.domain.market import MarketSnapshot
from trading.domain.observation import MarketView, Observation
from trading.domain.review import ReviewedDecision, review_turn
from trading.domain.risk import RiskContext
from trading.domain.rules import PERCENT, PROFILES, RiskLimits

VIEW = prompt_view(3)
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "SECRET_KEY", "AWS_SECRET_ACCESS_KEY")
CANARY = "sk-canary-4f9a7c21d0"
PLACES = ("news", "thesis", "source", "symbol", "custom")


def question(text: str, place: str) -> tuple[Prompt, str, Observation]:
    """Return a prompt with the text in one place, the news beside it, and the observation."""
    view, news, custom = VIEW, "", ""
    memory = prompt_memory(theses=(thesis_of("BTC"),))
    if place == "news":
        news = render_news([NewsItem(text, view.snapshot.market_ms, text)], allowed=True)
    elif place == "thesis":
        memory = prompt_memory(theses=(thesis_of("BTC", reasoning=text, invalidation=text),))
    elif place == "custom":
        custom = text
    else:
        view = with_snapshot(view, text, place)
    observation = prompt_observation(view, memory)
    return prompt_of(observation, custom), news, observation


def with_snapshot(view: MarketView, text: str, place: str) -> MarketView:
    """Return a view whose market source, or one of whose symbols, has this text for a name."""
    old = view.snapshot
    if place == "source":
        return replace(view, snapshot=replace(old, source=text))
    evil = replace(old.symbols[2], symbol=text)
    symbols = (*old.symbols[:2], evil)
    snapshot = MarketSnapshot(old.market_ms, old.source, old.bar_ms, symbols)
    features = {**view.features, text: view.features["SOL"]}
    rules = replace(view.rules, symbols=("BTC", "ETH", text))
    return replace(view, snapshot=snapshot, features=features, rules=rules)


def outline(prompt: Prompt) -> list[str]:
    """Return the headings of a prompt."""
    return re.findall(r"^#+ .*$", f"{prompt.system}\n{prompt.user}", re.MULTILINE)


def reviewed(raw: str, observation: Observation) -> tuple[ReviewedDecision, ...]:
    """Return what the rules make of a raw answer."""
    view = observation.market
    answer = parse_answer(raw, AnswerContext(tuple(view.marks), view.marks))
    if isinstance(answer, Unreadable):
        return ()
    context = RiskContext(
        rules=view.rules,
        profile=PROFILES["moderate"],
        equity=observation.equity,
        peak_equity=observation.equity,
        day_start_equity=observation.equity,
        opens_last_hour=0,
        opens_last_day=0,
        trading_level="active",
        contestant_paused=False,
    )
    return review_turn(
        answer.decisions,
        turn_id="turn",
        portfolio=observation.portfolio,
        view=view,
        instruments=dict(view.instruments),
        context=context,
    )


def breaks_a_cap(found: ReviewedDecision, observation: Observation) -> bool:
    """Return whether an approved order is beyond what the rule book allows, judged apart from the rules."""
    order = found.order
    if found.outcome != "approved" or order is None or order.reduce_only:
        return False
    held = observation.portfolio.position_of(order.symbol)
    margin = order.margin + (held.margin if held else 0)
    return (
        order.symbol not in {"BTC", "ETH", "SOL"}
        or not 3 <= order.leverage <= 10
        or margin * 5 > observation.equity
        or order.stop_loss is None
        or order.notional > 2 * observation.equity
    )


def test_there_are_at_least_forty_different_injections() -> None:
    assert len(set(INJECTIONS)) == len(INJECTIONS) >= 40


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_a_model_that_obeys_stays_within_the_caps_and_tells_no_secret(
    text: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, CANARY)
    prompt, news, observation = question(text, place)
    raw = obey(prompt, ("BTC", "ETH", "SOL"), observation.market.marks, news)
    assert CANARY not in raw
    assert not [item for item in reviewed(raw, observation) if breaks_a_cap(item, observation)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_the_outline_of_the_prompt_stays_as_it_was(text: str, place: str) -> None:
    prompt, news, _observation = question(text, place)
    harmless, _, _ = question("BTC" if place == "custom" else "walk", place)
    assert outline(prompt) == outline(harmless)
    assert news.count("\n") == (1 if news else 0)
    shown = f"{prompt.system}\n{prompt.user}\n{news}".replace("OLDEST -> NEWEST", "")
    signs = set(shown) - {"\n"}
    assert not {sign for sign in signs if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    if place != "custom":  # an owner's own prompt is quoted line by line, not escaped
        assert not re.search(r"<\||</|\[INST|<think|<tool|<sys|```", shown)


@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_a_symbol_with_a_strange_name_is_never_named(text: str) -> None:
    prompt, _, observation = question(text, "symbol")
    assert re.findall(r"^## (.*)$", prompt.market, re.MULTILINE) == ["BTC", "ETH"]
    assert "Symbols: BTC, ETH." in prompt.system
    schema = answer_schema(observation.market.rules.symbols, observation.market.rules)
    assert schema["properties"]["decisions"]["items"]["properties"]["symbol"]["enum"] == ["BTC", "ETH"]
    raw = json.dumps(
        {
            "decisions": [
                {
                    "action": "BUY",
                    "symbol": text,
                    "size_pct": 5,
                    "leverage": 3,
                    "confidence": 1,
                    "stop_loss": observation.market.marks[text] * 0.99 / SCALE,
                }
            ]
        }
    )
    assert [item.outcome for item in reviewed(raw, observation)] in ([], ["unsizable"])


@pytest.mark.parametrize("place", ["news", "thesis", "source"])
def test_what_is_quoted_decodes_to_the_cleaned_text(place: str) -> None:
    prompt, news, _ = question('a <b> "c" [d] \\ # `e`\n\u202e\uff26', place)
    assert 'a <b> "c" [d] \\ # `e` F' in quoted_texts(prompt, news)


def test_obeying_is_not_without_effect() -> None:
    outcomes = set()
    for text in INJECTIONS:
        prompt, news, observation = question(text, "news")
        raw = obey(prompt, ("BTC", "ETH", "SOL"), observation.market.marks, news)
        answer = parse_answer(raw, AnswerContext(tuple(observation.market.marks)))
        outcomes |= {item.outcome for item in reviewed(raw, observation)}
        outcomes |= {item.code for item in answer.rejected} if isinstance(answer, Answer) else {answer.code}
    assert {"approved", "denied", "unknown_symbol", "symbol_twice", "leverage_out_of_bounds"} <= outcomes


def test_without_the_limits_those_who_obey_would_break_the_caps() -> None:
    loose = RiskLimits(
        1,
        125,
        100 * PERCENT,
        min_liquidity=0,
        require_stop=False,
        max_risk=0,
        max_exposure=0,
        max_correlated=0,
        min_reward_risk=0,
    )
    broken = 0
    for text in INJECTIONS:
        prompt, news, observation = question(text, "news")
        raw = obey(prompt, ("BTC", "ETH", "SOL"), observation.market.marks, news)
        view = replace(observation.market, rules=replace(observation.market.rules, limits=loose))
        unlimited = replace(observation, market=view)
        broken += any(breaks_a_cap(item, observation) for item in reviewed(raw, unlimited))
    assert broken >= 4


def test_news_is_left_out_unless_the_season_allows_it() -> None:
    item = NewsItem("wire", 0, "calm")
    assert render_news([item]) == render_news([], allowed=True) == ""
    assert '{"time":"1970-01-01T00:00:00Z","source":"wire","text":"calm"}' in render_news(
        [item], allowed=True
    )


def test_news_is_capped_in_number_and_length() -> None:
    lines = render_news([NewsItem("s" * 999, 0, "t" * 999)] * 99, allowed=True).split("\n")[1:]
    assert len(lines) == MAX_ITEMS
    assert all(json.loads(line)["text"] == "t" * TEXT_LENGTH for line in lines)
    assert all(json.loads(line)["source"] == "s" * SOURCE_LENGTH for line in lines)


def test_nobody_reads_anybody_elses_words() -> None:
    mine = prompt_observation(VIEW, prompt_memory(theses=(thesis_of("BTC", reasoning="words of mine"),)))
    yours = prompt_observation(VIEW, prompt_memory(theses=(thesis_of("BTC", reasoning="words of yours"),)))
    assert "words of mine" in prompt_of(mine).account
    assert "words of mine" not in f"{prompt_of(yours).system}{prompt_of(yours).user}"
    assert prompt_of(mine).market == prompt_of(yours).market
