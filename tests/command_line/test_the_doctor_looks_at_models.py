"""`arena doctor` on language models: what it finds well, what it calls a problem, what it never touches."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from agents.adapters.llm.retirements import read_anthropic, read_openai, sdk_retirements
from agents.domain.llm.catalogue import resolve_model
from agents.domain.roster import RosterEntry
from agents.selectors.catalogue import catalogue
from agents.services import stop_loop
from config.cli.doctor_models import retirement
from tests.factories import provider_steps as steps
from tests.factories.commands import arena
from tests.factories.contests import house, open_contest
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer

READY = '{"answer": "ready"}'


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> Iterator[None]:
    settings.ARENA_LOOPBACK_MODELS = True
    yield
    stop_loop()


def answer(request: ReceivedRequest) -> str:
    return READY if b"Are you ready?" in request.body else steps.HOLD


def checks(capsys: pytest.CaptureFixture[str], server: ProviderServer, *options: str) -> dict[str, Any]:
    """Open a cup with one model on the server and return the doctor's words by name, and its status."""
    entry = RosterEntry("Toy", "toy", "", "vllm", {"model": "toy-1", "base_url": server.openai_url})
    open_contest([entry, *house("always_flat")])
    said = arena(capsys, "doctor", "--json", *options)
    found: dict[str, Any] = {"status": said.status}
    for check in said.json["checks"]:
        found.setdefault(check["what"], []).append((check["state"], check["detail"], check["remedy"]))
    return found


@pytest.mark.django_db
def test_a_model_in_good_health_answers_and_its_round_has_a_cost(capsys: pytest.CaptureFixture[str]) -> None:
    with ProviderServer(answer, models=["toy-1"]) as server:
        found = checks(capsys, server)
    assert found["status"] == 0
    [(state, detail, _)] = found["toy"]
    assert state == "ok"
    assert re.fullmatch(r"toy-1 answers in \d+ ms and keeps the form json_schema", detail)
    assert found["model round"][0][:2] == (
        "ok",
        "1 models on 4 symbols: about $0 a round, $0 a day at one round each 180 s",
    )
    assert [request.method for request in server.requests] == ["GET", "POST"]


@pytest.mark.django_db
def test_a_dry_run_asks_the_real_question_and_trades_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    bad_buy = '{"summary": "", "decisions": [{"action": "BUY", "symbol": "DOGE", "reasoning": "x"}]}'
    with ProviderServer(lambda request: READY if answer(request) == READY else bad_buy) as server:
        found = checks(capsys, server, "--ask")
    [(state, detail, _)] = found["toy, dry run"]
    assert state == "ok"
    assert "0 accepted, 1 rejected (unknown_symbol)" in detail
    asked = server.requests[-1]
    assert b"BTC" in asked.body
    assert b"arena_answer" in asked.body


@pytest.mark.parametrize(
    ("server", "sentence"),
    [
        (ProviderServer(answer, expected_key="sk-right"), "its key is refused"),
        (ProviderServer(answer, models=["toy-2"]), "toy-1 is not there"),
        (ProviderServer(lambda _: "I am ready!"), "toy-1 does not keep the form json_schema"),
        (ProviderServer(lambda _: steps.status(500)), "500"),
        (ProviderServer(answer, skew_s=-3600), "s ahead the provider's"),
        (ProviderServer(answer, skew_s=3600), "s behind the provider's"),
    ],
    ids=["key", "model", "form", "error", "clock-ahead", "clock-behind"],
)
@pytest.mark.django_db
def test_whatever_keeps_a_model_from_playing_well_is_a_problem(
    capsys: pytest.CaptureFixture[str], server: ProviderServer, sentence: str
) -> None:
    with server:
        found = checks(capsys, server)
    problems = [detail for state, detail, remedy in found["toy"] if state == "problem" and remedy]
    assert found["status"] == 1
    assert sentence.replace(" ahead the", " ahead of the") in problems[0]


@pytest.mark.django_db
def test_without_the_network_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with ProviderServer(answer) as server:
        found = checks(capsys, server, "--no-network", "--ask")
    assert server.connections == 0
    assert found["toy"] == [("note", "its key is there; not asked", "")]
    assert found["status"] == 0


@pytest.mark.django_db
def test_a_round_of_a_paid_model_is_estimated_in_dollars(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-" + "a" * 40)
    open_contest([RosterEntry("Luna", "luna", "", "openai", {"model": "gpt-6-luna"}), *house("always_flat")])
    said = arena(capsys, "doctor", "--no-network")
    [line] = [line for line in said.out.splitlines() if "model round" in line]
    found = re.search(r"1 models on 4 symbols: about \$([0-9.]+) a round, \$([0-9.]+) a day", line)
    assert found is not None
    round_usd, day_usd = float(found[1]), float(found[2])
    assert 0.0005 < round_usd < 0.0025  # 4,000 to 8,000 tokens in at $0.10, 950 out at $0.50 a million
    assert day_usd == pytest.approx(round_usd * 480, abs=0.06)


@pytest.mark.django_db
def test_what_is_unknown_and_what_cannot_be_is_said_before_a_key_is_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    roster = [
        RosterEntry("New", "new", "", "openai", {"model": "gpt-99"}),
        RosterEntry("Old", "old", "", "deepseek", {"model": "deepseek-chat"}),
        RosterEntry("Wrong", "wrong", "", "deepseek", {"structured": "json_schema"}),
    ]
    open_contest([*roster, *house("always_flat")])
    said = arena(capsys, "doctor", "--no-network")
    lines = said.out.splitlines()
    assert said.status == 1
    for sentence in (
        "note     new: gpt-99 is not in agents/catalogue.toml: it may be new",
        "note     new: no price is known for gpt-99",
        "note     new: waits for a key -> set OPENAI_API_KEY",
        "problem  old: deepseek-chat ended on 2026-07-24 -> use deepseek-v4-flash",
        "problem  wrong: deepseek model: structured 'json_schema' is not one of json_object, text",
    ):
        assert any(line.startswith(sentence) for line in lines), sentence


@pytest.mark.parametrize(
    ("today", "state", "word"),
    [
        (date(2026, 10, 30), "note", "ends"),
        (date(2026, 10, 31), "problem", "ends"),
        (date(2026, 11, 29), "problem", "ends"),
        (date(2026, 11, 30), "problem", "ended"),
    ],
)
def test_a_model_about_to_end_is_a_problem_a_month_before(today: date, state: str, word: str) -> None:
    model = resolve_model(catalogue(), "anthropic", {"model": "claude-sonnet-4-5"})
    found = retirement("old", model, today)
    assert found is not None
    assert (found.state, found.remedy) == (state, "use claude-sonnet-5-5")
    assert found.detail == f"claude-sonnet-4-5 {word} on 2026-11-30"


def test_a_model_that_only_the_sdk_knows_to_end_is_found() -> None:
    model = resolve_model(catalogue(), "openai", {"model": "gpt-4.1"})
    found = retirement("old", model, date(2026, 11, 21))
    assert found is not None
    assert found.detail == "gpt-4.1 ends on 2027-01-14"


def test_the_catalogue_and_the_sdks_name_the_same_days() -> None:
    told = sdk_retirements()
    days = {
        (kind, name): date.fromisoformat(model.retires)
        for kind, provider in catalogue().providers.items()
        for name, model in provider.models.items()
        if model.retires and (kind, name) in told
    }
    assert len(days) >= 5
    assert days == {key: told[key] for key in days}


def test_a_table_that_looks_different_one_day_tells_nothing() -> None:
    assert read_openai("ChatModel = Literal['a']") == {}
    assert read_anthropic("DEPRECATED = []") == {}
    assert read_anthropic('D: dict[str, str] = {"a": "soon", "b": "June 30th, 2026"}') == {
        "b": date(2026, 6, 30)
    }
