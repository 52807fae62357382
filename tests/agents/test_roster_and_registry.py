"""Who stands in the default season, what can be built, and what waits and says so."""

import re

import pytest

from agents.adapters.build import build_agent
from agents.adapters.house import DECIDERS
from agents.domain.house.knobs import KNOBS
from agents.domain.registry import KINDS
from agents.domain.roster import DEFAULT_ROSTER, SCORING_BY_PROFILE, RosterEntry, replicas_of
from agents.domain.specs import SpecConfig
from agents.ports import AgentConfigError, AgentNotAvailableError
from agents.services import missing_key
from kernel.units import SCALE
from tests.factories.deciders import decider
from tests.factories.observations import walk_observation, walk_view
from trading.domain.rules import PROFILES

PLAYING = [entry for entry in DEFAULT_ROSTER if KINDS[entry.kind].how == "pure"]
WAITING = [entry for entry in DEFAULT_ROSTER if KINDS[entry.kind].needs_key]
PURE = {"scripted", "strategy", "installed"}
"""Kinds computed here that are no house agents."""


def test_seven_house_agents_play_four_models_wait_for_a_key_and_one_for_its_switch() -> None:
    assert [entry.kind for entry in PLAYING] == list(DECIDERS)
    assert [entry.name for entry in WAITING] == ["ChatGPT", "Claude", "Grok", "DeepSeek"]
    assert [entry.name for entry in DEFAULT_ROSTER[len(PLAYING) + len(WAITING) :]] == ["SmolLM2"]


def test_names_and_slugs_are_unique_and_profiles_exist() -> None:
    entries = [*DEFAULT_ROSTER[1:], *SCORING_BY_PROFILE]
    assert len({entry.slug for entry in entries}) == len(entries)
    assert len({entry.name for entry in entries}) == len(entries)
    assert {entry.profile for entry in entries} <= set(PROFILES)


def test_the_yardsticks_are_marked() -> None:
    marked = {entry.slug for entry in DEFAULT_ROSTER if entry.baseline}
    assert marked == {"buy-and-hold", "equal-weight", "coin-flip", "always-flat"}


def test_everyone_who_plays_answers() -> None:
    seen = walk_observation(walk_view(1))
    for entry in [*PLAYING, *SCORING_BY_PROFILE]:
        agent = decider(entry.spec)
        assert agent.blocking is False
        assert agent.decide(seen).startswith(b'{"decisions":[')


@pytest.mark.parametrize("entry", WAITING, ids=lambda entry: entry.slug)
def test_a_language_model_waits_for_its_key_and_is_not_built_without(entry: RosterEntry) -> None:
    key = KINDS[entry.kind].needs_key[0]
    assert missing_key(entry.spec, {}) == key
    assert missing_key(entry.spec, {key: "secret"}) is None
    with pytest.raises(AgentNotAvailableError, match="is built with a key"):
        build_agent(entry.spec)


def test_replicas_share_a_specification_and_differ_in_name_and_money() -> None:
    first, second, third = replicas_of(DEFAULT_ROSTER[0], 3)
    assert first == DEFAULT_ROSTER[0]
    assert (second.slug, third.name, third.replica) == ("scoring-2", "Scoring 3", 2)
    assert {entry.spec.id for entry in (first, second, third)} == {first.spec.id}


def test_a_prompt_of_its_own_is_ranked_apart() -> None:
    plain = RosterEntry("Claude", "claude", "", "anthropic", {"model": "claude-sonnet-5-5"})
    own = RosterEntry(
        "Claude, bold", "bold", "", "anthropic", {"model": "claude-sonnet-5-5", "prompt": "Dare."}
    )
    assert (plain.division, own.division) == ("main", "custom")


def test_scoring_plays_under_each_profile_with_its_threshold() -> None:
    assert [entry.profile for entry in SCORING_BY_PROFILE] == ["conservative", "moderate", "aggressive"]
    for entry in SCORING_BY_PROFILE:
        own = entry.config.get("min_confidence_pct", KNOBS["scoring"]["min_confidence_pct"].default)
        assert own * SCALE // 100 == PROFILES[entry.profile].min_confidence


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"size": 10}, "momentum has no setting 'size'; it takes size_pct"),
        ({"size_pct": 0}, "size_pct must be a whole number from 1 to 100, not 0"),
        ({"size_pct": 101}, "size_pct must be a whole number from 1 to 100, not 101"),
        ({"size_pct": "10"}, "size_pct must be a whole number from 1 to 100, not '10'"),
        ({"size_pct": True}, "size_pct must be a whole number from 1 to 100, not True"),
    ],
)
def test_a_setting_that_a_kind_does_not_take_is_refused_by_name(
    config: dict[str, object], message: str
) -> None:
    with pytest.raises(AgentConfigError, match=re.escape(message)):
        build_agent(SpecConfig("momentum", "momentum", config=config))


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(AgentConfigError, match="kind 'oracle' is unknown; use one of scoring"):
        build_agent(SpecConfig("oracle", "delphi"))


def test_every_kind_computed_here_has_exactly_one_builder() -> None:
    pure = {kind for kind, info in KINDS.items() if info.how == "pure"}
    assert pure == {*DECIDERS, *PURE}
    assert set(KNOBS) == set(DECIDERS)
