"""Boards, contestants and turns of language models over hand-made values: figures, flags, inert text."""

from dataclasses import replace

import pytest

from arena.domain.minds import MindView
from arena.domain.round_views import RoundView, TurnView
from interfaces.format import cost, fine_percent
from interfaces.site.answers import Page, render_page
from interfaces.site.bar import Now
from interfaces.site.board_page import board_context, standing_row
from interfaces.site.calls import break_even_said, call_text, thought_of
from interfaces.site.contestant_page import contestant_context
from interfaces.site.round_page import round_context
from interfaces.site.turn_page import MOST_SHOWN, raw_of, turn_context
from kernel.units import SCALE
from tests.factories.board import board, season, standing
from tests.factories.markup import read_page
from tests.factories.minds_seen import call, mind, minds_board, model_contestant, prompt, turn_page
from tests.factories.roster import HOSTILE, START_MS
from tests.factories.rounds_seen import round_view, turn
from tests.factories.sample_site import PAGES

NOW = Now(START_MS)


def text_of(name: str) -> str:
    """Return what is read on a page, with single blanks."""
    return " ".join(read_page(render_page(PAGES[name]())).text.split())


def turn_html(**changes: object) -> str:
    return render_page(Page("site/turn.html", turn_context(season(), turn_page(**changes), NOW)))


def test_a_row_says_gross_net_thinking_and_what_is_left() -> None:
    row = standing_row(standing(0, net=3 * SCALE // 100, gross=4 * SCALE // 100, mind=mind()))
    assert (row.gross, row.net, row.thinking, row.after) == ("+4.00", "+3.00\u202f%", "\u22120.01", "+2.99")


def test_where_no_model_decides_there_is_no_thinking() -> None:
    row = standing_row(standing(4))
    assert (row.thinking, row.after, row.bounded) == ("\u2013", "\u2013", False)


def test_a_sum_with_unknown_prices_is_said_to_be_a_bound() -> None:
    row = standing(0, mind=mind(is_lower_bound=True))
    assert row.mind is not None
    assert standing_row(row).bounded
    assert thought_of(row, row.mind).cost == "at least 1.2345"
    assert "at least \u22120.01" in text_of("minds")
    assert "at most \u22120.71" in text_of("minds")


def test_a_small_cost_is_never_written_as_none() -> None:
    assert (cost(1), cost(0), cost(123_450_000)) == ("0.00000001", "0.0000", "1.2345")
    assert (fine_percent(-12), fine_percent(0), fine_percent(-12_345)) == (
        "\u22120.000012",
        "0.00",
        "\u22120.01",
    )


def test_who_did_not_answer_is_not_named_as_the_one_that_did() -> None:
    assert call_text(call(model_returned="")).model == "\u2013"
    assert call_text(call(model_returned="")).sentence.startswith("gpt-6.1-terra: ")


def test_an_unknown_price_is_not_written_as_free() -> None:
    assert call_text(call(cost=0, cost_source="")).cost == "unknown"
    assert call_text(call(cost=0, cost_source="free")).cost == "0.0000"


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (mind(), "With the same decisions, an account of 41.15 USDT would have just paid for the thinking."),
        (
            mind(-1),
            "There is no profit after trading costs yet, so no account is large enough to pay for it.",
        ),
        (mind(cost=0), "Its thinking cost nothing."),
    ],
)
def test_the_break_even_account_is_said_in_a_sentence(view: MindView, said: str) -> None:
    assert break_even_said(view) == said


def test_the_board_flags_the_small_the_derived_and_those_with_prompts_of_their_own() -> None:
    text = text_of("minds")
    assert "toy-size model \u00b7 its answers are noise" in text
    assert "derived \u00b7 rules of seed A" in text
    assert "With prompts of their own" in text
    assert "own prompt \u00b7 OpenAI" in text


def test_a_leader_is_compared_with_its_own_division_only() -> None:
    text = text_of("minds")
    assert "DeepSeek leads by 0.1 points" in text
    assert "12 more contestants" not in text


def test_the_board_lists_what_each_model_took() -> None:
    text = text_of("minds")
    assert text.count("93.8 %") == 5
    assert "3.5 % 7 of 200" in text


def test_who_waits_is_told_the_variable_the_command_and_the_switch() -> None:
    for name in ("minds", "key"):
        text = text_of(name)
        assert "ANTHROPIC_API_KEY or manage.py arena key set provider:anthropic" in text
        assert "bin/run --local-llm ( ARENA_LOCAL_LLM=1 )" in text


def test_a_contestant_shows_calls_with_the_reason_of_every_forced_hold() -> None:
    html = render_page(PAGES["model"]())
    text = " ".join(read_page(html).text.split())
    assert "forced hold The answer is not JSON, or was cut off; not guessed at." in text
    assert "forced hold The provider was overloaded or failed." in text
    assert "forced hold The contestant is paused by the operator. not asked" in text
    assert '<a href="/seasons/season-1/rounds/127/chatgpt/">' in html


def test_a_decision_says_what_is_watched_and_what_it_relies_on() -> None:
    text = text_of("model")
    assert "watched: closes if a bar of 1h closes below 3,400.00" in text
    assert "relies on: ETH.rsi_14, ETH.ema_20" in text


def test_a_round_shows_void_items_and_calls_with_a_way_to_the_whole_turn() -> None:
    asked = turn(0, rejections=((1, "size_missing"),), call=call())
    html = render_page(
        Page("site/round.html", round_context(season(), replace(round_view(), turns=(asked,)), NOW))
    )
    text = " ".join(read_page(html).text.split())
    assert "Item 2: The decision names no size." in text
    said = "gpt-6.1-terra-2026-10-01: 1.2 s, 9,876 tokens in, 321 out, 0.0123 USD, 2 attempts"
    assert said in text
    assert '<a href="/seasons/season-1/rounds/128/chatgpt/">' in html


def test_a_turn_shows_the_question_in_its_parts_and_the_answer() -> None:
    text = read_page(turn_html()).text
    for part in ("You trade perpetual futures.\nAnswer as JSON.", "ETH 3476.12\nrsi_14 31.2", "Equity 10000"):
        assert part in text
    assert '{"summary": "The trend holds."' in text
    assert "Item 3: The season does not trade this symbol." in text
    assert "1 of 5" in text


def test_a_turn_of_an_open_round_keeps_question_and_answer() -> None:
    text = text_of("asked")
    assert "The round is not closed yet" in text
    assert "The question" not in text
    assert "The trend holds.&quot;" not in text


def test_a_house_agent_has_an_answer_and_no_prompt() -> None:
    text = text_of("house")
    assert "No prompt was sent" in text
    assert '{"summary": "The trend holds."' in text


def test_a_prompt_of_its_own_is_not_called_the_same_for_everybody() -> None:
    html = turn_html(division="custom")
    assert "With a prompt of its own in it, all season." in html
    assert "The same for everybody, all season." not in html


def test_an_answer_that_is_no_text_says_so() -> None:
    raw = raw_of(b"\xff\xfe{}")
    assert raw.text == "\ufffd\ufffd{}"
    assert "It is not text in UTF-8" in raw.notes[0]


def test_a_long_answer_is_cut_and_says_so() -> None:
    raw = raw_of(b"x" * (MOST_SHOWN + 1))
    assert (len(raw.text), raw.size) == (MOST_SHOWN, "65,537")
    assert raw.notes == ("Only the first 65,536 bytes are shown.",)


def test_what_a_model_wrote_does_nothing_on_any_page() -> None:
    hostile = call(
        model_returned=HOSTILE,
        finish_reason=HOSTILE,
        provider_request_id=HOSTILE,
        fingerprint=HOSTILE,
        cost_source=HOSTILE,
    )
    asked = turn(0, contestant_name=HOSTILE, summary=HOSTILE, call=hostile)
    question = prompt(system=HOSTILE, market=HOSTILE, account=HOSTILE, version=HOSTILE)
    view = model_contestant()
    lines = tuple(replace(line, call=hostile) for line in view.turns)
    made = replace(view.decisions[0], evidence=(HOSTILE,))
    model = replace(view, turns=lines, decisions=(made,))
    named = tuple(replace(row, name=HOSTILE) for row in minds_board().standings)
    pages = (
        turn_html(turn=asked, prompt=question, answer=f"{HOSTILE}[a](javascript:alert(1))".encode()),
        render_page(Page("site/contestant.html", contestant_context(model, NOW))),
        render_page(Page("site/round.html", round_context(season(), round_view_of(asked), NOW))),
        render_page(Page("site/board.html", board_context(board(standings=named), (), NOW))),
    )
    for html in pages:
        reading = read_page(html)
        assert reading.inline == []
        assert "img" not in reading.tags
        assert not [link for link in reading.links if "javascript" in link]
        assert "<script>alert(1)</script>\ufffdevil\ufffd\ufffd" in reading.text
        assert not set("\u202e\u2066\u200b") & set(html)


def round_view_of(asked: TurnView) -> RoundView:
    return replace(round_view(), turns=(asked,))
