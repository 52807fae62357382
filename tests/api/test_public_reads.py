"""The REST reads over a season that was really played."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # publishes no types
from pytest_django import DjangoDbBlocker

from arena import selectors
from arena.models import Season
from interfaces.api.answers import BOARDS, BoardBytes
from interfaces.api.openapi import document_bytes
from kernel.units import to_units
from tests.factories.played_season import SLUG, season_for_a_module
from trading.services import set_trading_level

pytestmark = pytest.mark.django_db

BASE = f"/api/v1/seasons/{SLUG}/"
ADDRESSES = {
    "/api/v1/seasons/": "/api/v1/seasons/",
    BASE: "/api/v1/seasons/{slug}/",
    BASE + "version": "/api/v1/seasons/{slug}/version",
    BASE + "leaderboard": "/api/v1/seasons/{slug}/leaderboard",
    BASE + "standings": "/api/v1/seasons/{slug}/standings",
    BASE + "curves": "/api/v1/seasons/{slug}/curves",
    BASE + "prices": "/api/v1/seasons/{slug}/prices",
    BASE + "rules": "/api/v1/seasons/{slug}/rules",
    BASE + "decisions?limit=200": "/api/v1/seasons/{slug}/decisions",
    BASE + "decisions?contestant=momentum": "/api/v1/seasons/{slug}/decisions",
    BASE + "fills": "/api/v1/seasons/{slug}/fills",
    BASE + "fills?contestant=scoring&limit=3": "/api/v1/seasons/{slug}/fills",
    BASE + "rounds/": "/api/v1/seasons/{slug}/rounds/",
    BASE + "rounds/1/": "/api/v1/seasons/{slug}/rounds/{number}/",
    BASE + "rounds/30/": "/api/v1/seasons/{slug}/rounds/{number}/",
    BASE + "rounds/30/turns/momentum/": "/api/v1/seasons/{slug}/rounds/{number}/turns/{contestant}/",
    BASE + "contestants/momentum/": "/api/v1/seasons/{slug}/contestants/{contestant}/",
    BASE + "contestants/chatgpt/": "/api/v1/seasons/{slug}/contestants/{contestant}/",
    BASE + "measures": "/api/v1/seasons/{slug}/measures",
    BASE + "contestants/momentum/measures": "/api/v1/seasons/{slug}/contestants/{contestant}/measures",
}
"""Address -> its path in the OpenAPI document."""


@pytest.fixture(scope="module", autouse=True)
def season(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:  # noqa: ARG001 - asked for its order
    with season_for_a_module(django_db_blocker, rounds=40) as season_id:
        yield season_id


@pytest.fixture(autouse=True)
def fresh() -> None:
    BOARDS.forget()
    cache.clear()


def read(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content, parse_float=Decimal)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_is_what_the_document_says(client: Client, address: str) -> None:
    document = json.loads(document_bytes())
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    success = document["paths"][ADDRESSES[address]]["get"]["responses"]["200"]
    schema = {**success["content"]["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(answer.content))


def test_every_public_address_of_the_document_is_read_here() -> None:
    paths = json.loads(document_bytes())["paths"].items()
    public = {path for path, ways in paths if "arena" in ways.get("get", {}).get("tags", ())}
    assert public == set(ADDRESSES.values())


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_names_the_market(client: Client, address: str) -> None:
    body = read(client, address)
    named = [body["market"]] if "market" in body else [season["market"] for season in body["data"]]
    assert named == [{"kind": "simulated", "label": "simulated market (seed 7)"}]


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_the_bytes_gets_304_and_no_body(client: Client, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    other = client.get(address, headers={"If-None-Match": '"0-000000000000"'})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.parametrize("address", ADDRESSES)
def test_data_does_not_follow_the_readers_language(client: Client, address: str) -> None:
    english = client.get(address).content
    BOARDS.forget()
    assert client.get(address, headers={"Accept-Language": "id"}).content == english


def test_the_etag_begins_with_the_version_and_moves_with_it(client: Client) -> None:
    before = client.get(BASE + "leaderboard").headers["ETag"]
    assert before.startswith('"40-')
    Season.objects.filter(slug=SLUG).update(version=41)
    after = client.get(BASE + "leaderboard", headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["ETag"].startswith('"41-')


def test_money_is_the_exact_decimal_of_the_books(client: Client) -> None:
    board = selectors.board(SLUG, 0)
    assert board is not None
    shown = read(client, BASE + "standings")["data"]
    rows = (*board.standings, *board.waiting)
    assert [to_units(row["equity"]) for row in shown] == [row.equity for row in rows]
    assert [to_units(row["net"]) for row in shown] == [row.net for row in rows]
    assert any(row.costs for row in rows)


def test_moments_are_milliseconds_and_the_same_in_utc(client: Client) -> None:
    first = read(client, BASE + "rounds/1/")["data"]
    assert (first["market_ms"], first["market_at"]) == (1_767_225_600_000, "2026-01-01T00:00:00Z")


def test_verdicts_carry_code_figure_limit_unit_and_sentence(client: Client) -> None:
    decisions = read(client, BASE + "decisions?limit=200")["data"]
    verdicts = [verdict for decision in decisions for verdict in decision["verdicts"]]
    assert verdicts
    leverage = next(verdict for verdict in verdicts if verdict["unit"] == "x")
    assert leverage["figure"].isdigit()
    assert all(verdict["sentence"].endswith(".") for verdict in verdicts)


def test_the_board_is_built_once_for_a_version(client: Client, django_assert_num_queries: Any) -> None:
    client.get(BASE + "leaderboard")
    with django_assert_num_queries(1):
        client.get(BASE + "leaderboard")


def test_the_kill_switch_shows_within_ten_seconds_although_the_version_stands() -> None:
    now = [1_000_000]
    boards = BoardBytes(lambda: now[0])

    def level() -> Any:
        return json.loads(boards.answer(SLUG, "leaderboard").body)["data"]["season"]["trading_level"]

    assert level() == "active"
    set_trading_level("reducing", "a test", "tester", 1)
    now[0] += 10_000
    assert level() == "reducing"


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
@pytest.mark.parametrize("rows", ["decisions", "fills"])
def test_pages_show_every_row_once_in_one_order(client: Client, rows: str, limit: int) -> None:
    cache.clear()
    whole = read(client, BASE + rows + "?limit=200")["data"][:60]
    walked: list[Any] = []
    following = ""
    while len(walked) < len(whole):
        page = read(client, f"{BASE}{rows}?limit={limit}{following}")
        walked += page["data"]
        if page["next"] is None:
            break
        following = f"&before={page['next']}"
    assert len(whole) > 10
    assert walked[: len(whole)] == whole


def test_rounds_are_walked_by_number(client: Client) -> None:
    first = read(client, BASE + "rounds/?limit=25")
    assert [row["number"] for row in first["data"]] == list(range(40, 15, -1))
    second = read(client, f"{BASE}rounds/?limit=25&before={first['next']}")
    assert [row["number"] for row in second["data"]] == list(range(15, 0, -1))
    assert second["next"] is None


BAD_QUERIES = [
    ("rounds/?limit=0", "limit"),
    ("rounds/?limit=201", "limit"),
    ("rounds/?limit=-1", "limit"),
    ("rounds/?limit=ten", "limit"),
    ("rounds/?limit=", "limit"),
    ("rounds/?limit=1.0", "limit"),
    ("rounds/?limit=%D9%A3", "limit"),
    ("rounds/?limit=1e400", "limit"),
    ("rounds/?before=0", "before"),
    ("rounds/?before=99999999999999999999999", "before"),
    ("rounds/?contestant=momentum", "contestant"),
    ("decisions?before=now", "before"),
    ("decisions?before=1.2.3", "before"),
    ("decisions?before=999999999999999", "before"),
    ("decisions?before=1.999999", "before"),
    ("decisions?contestant=%00", "contestant"),
    ("fills?contestant=a/b", "contestant"),
    ("fills?limt=5", "limt"),
    ("leaderboard?x=1", "x"),
]


@pytest.mark.parametrize(("query", "field"), BAD_QUERIES)
def test_a_bad_query_is_refused_with_its_field(client: Client, query: str, field: str) -> None:
    answer = client.get(BASE + query)
    body = json.loads(answer.content)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (body["code"], body["status"], body["type"]) == ("bad_query", 400, "urn:arena:problem:bad_query")
    assert body["errors"] == [{"field": field, "detail": body["detail"]}]
    assert body["detail"].endswith(".")


UNKNOWN = [
    ("/api/v1/seasons/nowhere/", "unknown_season"),
    *(
        (f"/api/v1/seasons/nowhere/{part}", "unknown_season")
        for part in ("version", "leaderboard", "standings", "curves", "prices", "rules", "decisions", "fills")
    ),
    ("/api/v1/seasons/nowhere/rounds/", "unknown_season"),
    ("/api/v1/seasons/nowhere/rounds/1/", "unknown_season"),
    ("/api/v1/seasons/nowhere/contestants/momentum/", "unknown_season"),
    (BASE + "rounds/0/", "unknown_round"),
    (BASE + "rounds/41/", "unknown_round"),
    (BASE + "rounds/99999999999999999999999999/", "unknown_round"),
    (BASE + "contestants/nobody/", "unknown_contestant"),
    ("/api/v1/", "unknown_address"),
    ("/api/v1/nothing/", "unknown_address"),
    ("/api/v1/nothing/?x=1", "unknown_address"),
    (BASE + "rounds/one/", "unknown_address"),
    ("/api/v1/seasons/a%00b/", "unknown_address"),
]


@pytest.mark.parametrize(("address", "code"), UNKNOWN)
def test_what_is_not_there_is_404_with_its_code(client: Client, address: str, code: str) -> None:
    answer = client.get(address)
    body = json.loads(answer.content)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (body["code"], body["status"]) == (code, 404)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_reads_cannot_be_written_to(client: Client, method: str) -> None:
    answer = getattr(client, method)(BASE + "leaderboard")
    assert answer.status_code == 405
    assert json.loads(answer.content)["code"] == "method_not_allowed"


def test_a_head_request_has_the_headers_without_the_body(client: Client) -> None:
    answer = client.head(BASE + "leaderboard")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"].startswith('"40-')


def test_an_address_without_its_slash_leads_to_the_one_with(client: Client) -> None:
    answer = client.get("/api/v1/seasons")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/api/v1/seasons/")
