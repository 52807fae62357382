"""A specification is never changed: a new configuration is a new version under the same name."""

import pytest

from agents.domain.registry import KINDS
from agents.domain.specs import SpecConfig
from agents.models import AgentSpec
from agents.selectors import spec_config
from agents.services import ensure_specs, missing_key

SCORING = SpecConfig("scoring", "desk one", config={"size_pct": 10})


@pytest.mark.django_db
def test_a_first_specification_is_version_one() -> None:
    ids = ensure_specs([SCORING, SpecConfig("always_flat", "cash")])
    assert set(ids) == {"desk one", "cash"}
    assert spec_config([ids["desk one"]]) == {
        ids["desk one"]: SpecConfig("scoring", "desk one", 1, {"size_pct": 10})
    }


@pytest.mark.django_db
def test_the_same_specification_again_is_the_same_row() -> None:
    assert ensure_specs([SCORING]) == ensure_specs([SCORING])
    assert AgentSpec.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        SpecConfig("scoring", "desk one", config={"size_pct": 11}),
        SpecConfig("momentum", "desk one", config={"size_pct": 10}),
    ],
)
def test_a_changed_specification_is_the_next_version_and_the_old_one_stays(changed: SpecConfig) -> None:
    first = ensure_specs([SCORING])["desk one"]
    second = ensure_specs([changed])["desk one"]
    stored = spec_config([first, second])
    assert [stored[first].version, stored[second].version] == [1, 2]
    assert stored[first].config == {"size_pct": 10}


@pytest.mark.django_db
def test_going_back_to_an_old_configuration_is_a_third_version() -> None:
    ensure_specs([SCORING])
    ensure_specs([SpecConfig("scoring", "desk one", config={})])
    assert spec_config(ensure_specs([SCORING]).values()).popitem()[1].version == 3


@pytest.mark.django_db
def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="kind 'oracle' is unknown"):
        ensure_specs([SpecConfig("oracle", "delphi")])
    assert AgentSpec.objects.count() == 0


@pytest.mark.django_db
def test_an_unknown_id_is_absent() -> None:
    assert spec_config(["f" * 32]) == {}


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "XAI_API_KEY"),
        ({"XAI_API_KEY": ""}, "XAI_API_KEY"),
        ({"XAI_API_KEY": "secret"}, None),
        ({"XAI_API_KEY_FILE": "/run/secrets/xai"}, None),
    ],
)
def test_a_kind_names_the_key_it_waits_for(environ: dict[str, str], missing: str | None) -> None:
    assert missing_key(SpecConfig("xai", "Grok"), environ) == missing


def test_no_house_kind_waits_for_a_key() -> None:
    assert all(
        missing_key(SpecConfig(kind, kind), {}) is None for kind, info in KINDS.items() if not info.needs_key
    )
