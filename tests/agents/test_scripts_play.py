"""The scripted agent plays its list, and breaks in exactly the way it was told to."""

import pytest

from agents.adapters.build import build_agent
from agents.adapters.scripted import HOLD, ScriptedAgent, ScriptedFailureError
from agents.domain.answers import Answer, AnswerContext, Unreadable, encode_answer, parse_answer
from agents.domain.specs import SpecConfig
from agents.ports import Agent, AgentConfigError
from agents.services import Ask, Table, ask_all
from tests.factories.observations import walk_observation, walk_view
from trading.domain.decisions import Action, Decision

BTC = AnswerContext(("BTC",))


def script(*answers: object, **config: object) -> ScriptedAgent:
    agent = build_agent(SpecConfig("scripted", "script", config={"answers": list(answers), **config}))
    assert isinstance(agent, ScriptedAgent)
    return agent


def played(agent: Agent, slot: int) -> bytes:
    return agent.decide(walk_observation(walk_view(1, bars=2, slot=slot)))


def test_a_list_repeats_slot_by_slot() -> None:
    assert [played(script("a", "b", "c"), slot) for slot in (3, 4, 5, 6)] == [b"a", b"b", b"c", b"a"]


def test_with_a_first_slot_one_answer_follows_a_slot_and_then_it_holds() -> None:
    agent = script("a", "b", from_slot=10)
    assert [played(agent, slot) for slot in (9, 10, 11, 12)] == [HOLD, b"a", b"b", HOLD]


def test_an_empty_script_holds_on_purpose() -> None:
    assert isinstance(parse_answer(played(script(), 1), BTC), Answer)


def test_an_object_is_played_as_its_canonical_json() -> None:
    close = Decision(Action.CLOSE, "BTC", 50_000_000)
    item = {"action": "CLOSE", "symbol": "BTC", "size_pct": "50"}
    answer = parse_answer(played(script({"summary": "Out.", "decisions": [item]}), 0), BTC)
    assert answer == parse_answer(encode_answer("Out.", [close]), BTC)


def test_nonsense_is_unreadable() -> None:
    assert parse_answer(played(script({"fault": "nonsense"}), 0), BTC) == Unreadable("not_utf8")


def test_it_raises_where_the_script_says_so() -> None:
    with pytest.raises(ScriptedFailureError):
        played(script({"fault": "raise"}), 0)


def table(deadline_s: float) -> Table:
    return Table("season", "round", 0, 1, deadline_s, lambda: 0)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"fault": "raise"}, "raised"),
        ({"fault": "empty"}, "empty"),
        ({"fault": "too_long"}, "too_long"),
        ({"fault": "sleep", "ms": 20_000}, "late"),
    ],
)
def test_each_fault_becomes_its_reason(fault: dict[str, object], reason: str) -> None:
    ask = Ask("c", "t", script(fault), walk_observation(walk_view(1, bars=2)))
    assert [(reply.raw, reply.reason) for reply in ask_all([ask], table(0.2))] == [(None, reason)]


def test_a_short_sleep_is_still_in_time() -> None:
    ask = Ask("short", "t", script({"fault": "sleep", "ms": 1}), walk_observation(walk_view(1, bars=2)))
    assert ask_all([ask], table(30))[0].raw == HOLD


@pytest.mark.parametrize(
    "config",
    [
        {"answers": "a"},
        {"answers": [1]},
        {"answers": [{"fault": "explode"}]},
        {"answers": [{"fault": "sleep", "ms": -1}]},
        {"answers": [{"fault": "sleep", "ms": "long"}]},
        {"answers": [], "from_slot": "first"},
        {"answers": [], "loop": 1},
    ],
)
def test_a_script_that_cannot_be_played_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(AgentConfigError, match="agent 'script': scripted:"):
        build_agent(SpecConfig("scripted", "script", config=config))
