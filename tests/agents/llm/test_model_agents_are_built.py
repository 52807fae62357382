"""From a contestant's settings and a key to a model that can be asked, or one sentence why not."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agents.adapters.llm import build
from agents.adapters.llm.build import build_model_agent
from agents.domain.llm.catalogue import Catalogue
from agents.domain.llm.exchange import Outcome
from agents.domain.specs import SpecConfig
from agents.ports import AgentConfigError, AgentNotAvailableError, Caps, ModelAgent
from agents.selectors.catalogue import catalogue
from tests.factories.model_calls import KEY, Recordings, question
from tests.factories.provider_server import ProviderServer

USD = 100_000_000


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return catalogue()


def _build(known: Catalogue, kind: str = "openai", key: str = KEY, **config: Any) -> ModelAgent:
    loopback = bool(config.pop("allow_loopback", False))
    wire = config.pop("wire", None)
    spec = SpecConfig(kind, "My model", 1, config)
    return build_model_agent(spec, known, key, "store:7", wire, allow_loopback=loopback)


def test_settings_make_a_model_with_usual_caps(known: Catalogue) -> None:
    agent = _build(known, model="gpt-6-luna")

    assert agent.model.model == "gpt-6-luna"
    assert agent.provider.name == "openai"
    assert agent.key_id == "store:7"
    assert agent.caps == Caps(USD // 4, 10 * USD, 100 * USD)
    assert agent.custom_prompt == ""
    assert agent.is_free is False
    assert KEY not in repr(agent)


def test_caps_and_a_prompt_of_ones_own_are_taken_over(known: Catalogue) -> None:
    agent = _build(known, max_usd_call="0.01", max_usd_day="1.5", max_usd_season="0", prompt="Be brave.")

    assert agent.caps == Caps(USD // 100, USD * 3 // 2, 0)
    assert agent.custom_prompt == "Be brave."


@pytest.mark.parametrize("cap", ["-1", "a lot", "1e3", "", 5, None, True, "9" * 40])
def test_a_cap_that_is_no_amount_is_named(known: Catalogue, cap: Any) -> None:
    with pytest.raises(AgentConfigError, match="max_usd_day"):
        _build(known, max_usd_day=cap)


@pytest.mark.parametrize("prompt", [5, "x" * 4001, ["x"]])
def test_a_prompt_that_is_none_is_refused(known: Catalogue, prompt: Any) -> None:
    with pytest.raises(AgentConfigError, match="prompt"):
        _build(known, prompt=prompt)


def test_an_unknown_setting_is_named(known: Catalogue) -> None:
    with pytest.raises(AgentConfigError, match="temperature"):
        _build(known, temperature="0")


def test_a_model_without_its_key_waits_and_says_for_which(known: Catalogue) -> None:
    with pytest.raises(AgentNotAvailableError, match="OPENAI_API_KEY"):
        _build(known, key="")


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/v1", "https://metadata.google.internal/", "http://a.example/v1"]
)
def test_an_address_inside_is_refused(known: Catalogue, url: str) -> None:
    with pytest.raises(AgentConfigError, match=r"base URL|address"):
        _build(known, "openai_compatible", model="m", base_url=url, allow_loopback=True)


def test_a_model_on_this_machine_is_free_needs_no_key_and_waits_for_the_operators_word(
    known: Catalogue,
) -> None:
    agent = _build(known, "ollama", key="", model="llama", allow_loopback=True)

    assert agent.is_free
    with pytest.raises(AgentConfigError, match="this machine"):
        _build(known, "ollama", key="", model="llama")


def test_contestants_with_one_key_at_one_address_share_one_client(known: Catalogue) -> None:
    one, two = _build(known, model="gpt-6-luna"), _build(known, model="gpt-6.1-terra")
    other_key = _build(known, model="gpt-6-luna", key="sk-another-key-1234")
    other_place = _build(known, "openai_compatible", model="m", base_url="https://models.example.com/v1")

    assert one.provider is two.provider
    assert len({id(a.provider) for a in (one, other_key, other_place)}) == 3


def test_agents_of_two_tapes_share_nothing_and_hold_no_key(known: Catalogue) -> None:
    first, second = Recordings(), Recordings()
    one, two = _build(known, key="", wire=first), _build(known, key="", wire=first)
    other = _build(known, key="", wire=second)

    assert one.provider is two.provider
    assert one.provider is not other.provider
    del one, two, other
    assert not list(build._replayed.values())


async def test_a_replay_needs_no_key_and_no_part_that_is_missing_here(known: Catalogue) -> None:
    for kind in ("openai", "anthropic", "bedrock", "ollama"):
        agent = _build(known, kind, key="", wire=Recordings(), model="some-model")
        response = await agent.provider.complete(question(agent.model))
        assert response.outcome is Outcome.NO_RECORDING


async def test_a_built_model_can_be_asked(known: Catalogue) -> None:
    with ProviderServer() as server:
        agent = _build(known, "vllm", key="", model="m", base_url=f"{server.openai_url}", allow_loopback=True)
        response = await agent.provider.complete(question(agent.model))
        await agent.provider.close()

    assert response.outcome is Outcome.ANSWERED
    assert server.requests[0].json["max_tokens"] == 2048


def test_knowing_how_to_build_loads_neither_sdk_nor_transport() -> None:
    code = "import sys, agents.adapters.llm.build; print(*sys.modules)"
    root = Path(__file__).parents[3]
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )

    heavy = {"openai", "anthropic", "aiohttp", "httpx2", "botocore", "genai_prices", "ssl"}
    assert not heavy & set(loaded.stdout.split())
