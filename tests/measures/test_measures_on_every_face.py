"""The same measures by API, command line and on the contestant's page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # publishes no types
from pytest_django import DjangoDbBlocker

from arena.domain.measures import UNITS
from interfaces.api.openapi import document_bytes
from interfaces.measure_words import MEASURES, REASONS
from tests.factories.commands import arena
from tests.factories.played_season import SLUG, START_MS, season_for_a_module
from trading.domain import performance_figures

pytestmark = pytest.mark.django_db

BASE = f"/api/v1/seasons/{SLUG}/"


@pytest.fixture(scope="module", autouse=True)
def season(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:  # noqa: ARG001 - asked for its order
    with season_for_a_module(django_db_blocker, rounds=40) as season_id:
        yield season_id


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


def read(client: Client, address: str, path: str) -> Any:
    """Return an answer's JSON after holding it against the OpenAPI document."""
    response = client.get(address)
    assert response.status_code == 200, response.content
    document = json.loads(document_bytes())
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    body = json.loads(response.content)
    Draft202012Validator({**schema, "components": document["components"]}).validate(body)
    return body


def test_every_measure_and_every_reason_has_words() -> None:
    assert list(MEASURES) == list(UNITS)
    assert set(REASONS) == performance_figures.REASONS
    assert all(str(words.definition).endswith(".") for words in MEASURES.values())


def test_a_contestant_is_the_same_by_api_and_command_line(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "/api/v1/seasons/{slug}/contestants/{contestant}/measures"
    body = read(client, BASE + "contestants/momentum/measures", path)
    assert body["data"]["points"] == 40
    told = arena(capsys, "measures", SLUG, "momentum", "--json")
    assert told.json["data"] == body["data"]
    assert body["data"]["figures"]["sharpe"]["value"] is None
    assert body["data"]["figures"]["sharpe"]["reason"] == "too_short"
    text = arena(capsys, "measures", SLUG, "momentum").out
    assert "n/a: The period is too short to say this." in text


def test_the_whole_season_is_paged(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    path = "/api/v1/seasons/{slug}/measures"
    first = read(client, BASE + "measures?limit=3", path)
    rest = read(client, BASE + f"measures?after={first['next']}&limit=200", path)
    told = arena(capsys, "measures", SLUG, "--json").json["data"]
    assert first["data"] + rest["data"] == told
    assert rest["next"] is None
    assert "momentum" in arena(capsys, "measures").out


def test_an_earlier_moment_is_asked_for_by_at(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    path = "/api/v1/seasons/{slug}/contestants/{contestant}/measures"
    before = read(client, BASE + f"contestants/momentum/measures?at={START_MS - 1}", path)
    assert before["data"]["points"] == 0
    assert before["data"]["figures"]["net_return"]["reason"] == "no_points"
    day = arena(capsys, "measures", SLUG, "momentum", "--at", "2026-01-01", "--json").json["data"]
    now = arena(capsys, "measures", SLUG, "momentum", "--json").json["data"]
    assert day["points"] <= now["points"]


def test_what_is_asked_wrongly_is_refused(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert client.get(BASE + "measures?at=soon").status_code == 400
    assert client.get(BASE + "measures?until=5").status_code == 400
    assert client.get(BASE + "contestants/nobody/measures").status_code == 404
    assert client.get("/api/v1/seasons/none/measures").status_code == 404
    assert "no moment" in arena(capsys, "measures", SLUG, "--at", "soon").err
    assert "no season none" in arena(capsys, "measures", "none").err
    assert "no contestant nobody" in arena(capsys, "measures", SLUG, "nobody").err


def test_the_page_of_a_contestant_shows_every_measure_or_why_not(client: Client) -> None:
    text = client.get(f"/seasons/{SLUG}/contestants/momentum/").content.decode()
    assert "Performance" in text
    for words in MEASURES.values():
        assert str(words.title) in text, words.title
    assert str(REASONS["too_short"]) in text
    assert text.count("<rect ") == 1, "one day was played"
    assert "Profit and loss by day" in text
