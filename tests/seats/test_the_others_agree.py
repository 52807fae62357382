"""The consensus: what it opens and closes, and that neither order nor words can change it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.adapters.build import build_agent
from agents.adapters.consensus import ConsensusAgent
from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.consensus import LEAST_AGREEING, vote
from agents.domain.roster import RosterEntry
from agents.domain.specs import SpecConfig
from agents.ports import AgentConfigError, DerivedAgent
from arena.models import Contestant
from kernel.units import SCALE
from tests.factories.contests import buy, house, open_contest, play, says, scripted, story_of, write_tape
from tests.factories.observations import walk_observation, walk_position, walk_view
from trading.domain.decisions import Action, Decision

SYMBOLS = ("BTC", "ETH")


def said(action: Action, symbol: str = "BTC", **changes: Any) -> Decision:
    """Return one voice."""
    opening: dict[str, Any] = {
        "size": SCALE // 10,
        "leverage": 5,
        "stop_loss": 90 * SCALE,
        "take_profit": 120 * SCALE,
        "confidence": 7 * SCALE // 10,
    }
    figures = opening if action.is_open else {}
    return Decision(action, symbol, **{**figures, "reasoning": "secret thoughts", **changes})


def voices(*actions: Action) -> list[Answer]:
    return [Answer("my own summary", (said(action),)) for action in actions]


def decided(answers: list[Answer], sides: dict[str, int] | None = None) -> dict[str, Decision]:
    """Return what the consensus decides, as the one reader reads it."""
    read = parse_answer(vote(answers, SYMBOLS, sides or {}), AnswerContext(SYMBOLS))
    assert isinstance(read, Answer)
    assert read.rejected == ()
    return {item.symbol: item for item in read.decisions}


B, S, C, H = Action.BUY, Action.SELL, Action.CLOSE, Action.HOLD


@pytest.mark.parametrize(
    ("cast", "opens"),
    [
        ([B, B], B),
        ([S, S, S, B], S),
        ([B, B, H, H, H, H], B),
        ([B], None),
        ([B, B, S, S], None),
        ([B, B, S, C], None),
        ([B, B, C], B),
        ([H, H, H], None),
        ([C, C, C], None),
        ([], None),
    ],
)
def test_two_must_agree_and_outweigh_the_rest_before_anything_is_opened(
    cast: list[Action], opens: Action | None
) -> None:
    found = decided(voices(*cast))
    assert (found["BTC"].action if "BTC" in found else None) is opens


@pytest.mark.parametrize(
    ("side", "cast", "closed"),
    [
        (1, [C, C], [C]),
        (1, [S, C], [C]),
        (-1, [B, B], [C]),
        (1, [S], []),
        (1, [B, B, C, C], []),
        (-1, [S, S], []),
        (1, [B, B, B], []),
    ],
)
def test_its_own_position_is_closed_when_the_others_are_against_it(
    side: int, cast: list[Action], closed: list[Action]
) -> None:
    found = decided(voices(*cast), {"BTC": side})
    assert [item.action for item in found.values()] == closed
    assert all(item.size == SCALE for item in found.values())


def test_every_figure_is_the_median_of_those_who_agree() -> None:
    answers = [
        Answer(
            "", (said(B, size=n * SCALE // 100, leverage=n, stop_loss=n * SCALE, confidence=n * SCALE // 10),)
        )
        for n in (9, 4, 6, 8)
    ]
    answers += [Answer("", (said(S, size=SCALE // 5, leverage=10),))]
    found = decided(answers)["BTC"]
    assert (found.size, found.leverage, found.stop_loss) == (6 * SCALE // 100, 6, 6 * SCALE)
    assert (found.confidence, found.take_profit) == (6 * SCALE // 10, 120 * SCALE)


def test_no_word_of_another_contestant_is_in_it() -> None:
    raw = vote(voices(B, B, S), SYMBOLS, {})
    assert b"secret" not in raw
    assert b"my own" not in raw
    reasoning = json.loads(raw)["decisions"][0]["reasoning"]
    assert reasoning == "Of 3 answers: 2 BUY, 1 SELL, 0 CLOSE, 0 HOLD."


def decisions() -> st.SearchStrategy[Decision]:
    def build(action: Action, symbol: str, size: int, leverage: int, price: int) -> Decision:
        if not action.is_open:
            return Decision(action, symbol, size=SCALE if action is C else 0)
        stop, target = price * SCALE, (price + 7) * SCALE
        figures: dict[str, Any] = {
            "size": size * SCALE // 100,
            "leverage": leverage,
            "confidence": size * SCALE // 20,
        }
        return Decision(action, symbol, stop_loss=stop, take_profit=target, **figures)

    return st.builds(
        build,
        st.sampled_from(list(Action)),
        st.sampled_from(SYMBOLS),
        st.integers(1, 20),
        st.integers(1, 10),
        st.integers(1, 500),
    )


def answers() -> st.SearchStrategy[Answer]:
    lists = st.lists(decisions(), max_size=2, unique_by=lambda item: item.symbol)
    return st.builds(lambda items: Answer("", tuple(items)), lists)


@given(st.lists(answers(), max_size=9), st.randoms(use_true_random=False), st.sampled_from((0, 1, -1)))
def test_the_order_of_answers_changes_nothing(cast: list[Answer], lots: Any, side: int) -> None:
    sides = {"BTC": side} if side else {}
    before = vote(cast, SYMBOLS, sides)
    shuffled = list(cast)
    lots.shuffle(shuffled)
    assert vote(shuffled, SYMBOLS, sides) == before


@given(st.lists(answers(), max_size=9))
def test_what_it_opens_at_least_two_have_asked_for_and_most_of_the_voters(cast: list[Answer]) -> None:
    for symbol, found in decided(cast).items():
        cast_on = [item for answer in cast for item in answer.decisions if item.symbol == symbol]
        voted = [item for item in cast_on if item.action is not H]
        agreeing = [item for item in voted if item.action is found.action]
        assert found.action.is_open
        assert len(agreeing) >= LEAST_AGREEING
        assert 2 * len(agreeing) > len(voted)
        assert found.stop_loss in {item.stop_loss for item in agreeing}
        assert found.size in {item.size for item in agreeing}


@pytest.mark.django_db
@pytest.mark.parametrize(("traders", "fills"), [(["ann"], []), (["ann", "bob"], ["BTC"])])
def test_in_a_season_the_yardsticks_do_not_vote(tmp_path: Path, traders: list[str], fills: list[str]) -> None:
    roster = [
        *(scripted(slug, says(buy())) for slug in traders),
        *house("buy_and_hold", "equal_weight"),
        RosterEntry("Crowd", "crowd", "", "consensus"),
    ]
    play(open_contest(roster, f"tape:{write_tape(tmp_path)}"), 1)
    assert Contestant.objects.get(slug="crowd").derived
    assert [fill[0] for fill in story_of("crowd")["fills"]] == fills
    assert story_of("buy-and-hold")["decisions"]


def test_the_agent_knows_its_own_positions() -> None:
    view = walk_view(1)
    agent = build_agent(SpecConfig("consensus", "crowd"))
    assert isinstance(agent, ConsensusAgent)
    assert isinstance(agent, DerivedAgent)
    cast = {str(n): answer for n, answer in enumerate(voices(S, S, S))}
    with_long = walk_observation(view, walk_position(view, "BTC", 1))
    without = walk_observation(view)
    actions = [
        json.loads(agent.derive(seen, cast))["decisions"][0]["action"] for seen in (with_long, without)
    ]
    assert actions == ["CLOSE", "SELL"]


def test_settings_are_refused() -> None:
    with pytest.raises(AgentConfigError, match="agent 'crowd': consensus: it has no settings; remove weight"):
        build_agent(SpecConfig("consensus", "crowd", config={"weight": 1}))
