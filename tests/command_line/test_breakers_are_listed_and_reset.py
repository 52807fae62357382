"""`arena breaker`: which keys are left alone, and asking with them again at once."""

import time

import pytest

from agents.domain.llm.exchange import Outcome
from agents.services.breakers import record_outcomes
from tests.factories.commands import arena

pytestmark = pytest.mark.django_db


def open_two() -> None:
    now_ms = time.time_ns() // 1_000_000
    record_outcomes({("openai", "k1"): [Outcome.AUTH], ("xai", "k2"): [Outcome.BILLING]}, now_ms, 60_000)


def test_nothing_open_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert arena(capsys, "breaker").out == "Every provider is asked.\n"
    assert arena(capsys, "breaker", "--json").json == {"breakers": []}


def test_a_reset_closes_those_of_one_provider(capsys: pytest.CaptureFixture[str]) -> None:
    open_two()
    listed = arena(capsys, "breaker").out.splitlines()
    assert [line.split()[:3] for line in listed[1:]] == [["openai", "k1", "auth"], ["xai", "k2", "billing"]]
    left = arena(capsys, "breaker", "reset", "openai", "--json").json
    assert [(row["provider"], row["reason"]) for row in left["breakers"]] == [("xai", "billing")]


@pytest.mark.parametrize("words", [["reset"], ["reset", "gemini"]])
def test_a_reset_of_what_is_not_open_is_refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    open_two()
    said = arena(capsys, "breaker", *words)
    assert said.status == 2
    assert "open are: openai, xai" in said.err
