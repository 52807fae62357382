"""The seat's addresses: who may ask, what is shown, what is taken, and what is refused how."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from agents.models import Invitation, Submission
from agents.selectors.seats import newest_invitation, seat_of_token
from agents.services.seating import HINT_LENGTH, MOST_ANSWERS, TOKEN_PREFIX, renew_token, revoke_token
from arena.services.seasons import season_id_of
from config.wiring import wall_ms
from interfaces.api.openapi import document_bytes
from interfaces.api.seat_auth import RATE
from kernel.canonical import canonical_bytes
from kernel.time import MINUTE_MS
from tests.factories.contests import buy, house, play, ports_for, says, story_of
from tests.factories.seats import answering, arrive, contestant_id, last_seen, open_table, outsider

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/v1/seat"


class Program:
    """A program with a token, or without."""

    def __init__(self, token: str = "") -> None:
        self._client = Client()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str = "", **headers: str) -> Any:
        """Ask."""
        return self._client.get(ADDRESS + path, headers={**self._headers, **headers})

    def post(self, raw: bytes | str, turn: str = "", **headers: str) -> Any:
        """Hand in."""
        named = {"Arena-Turn": turn} if turn else {}
        body = raw.encode() if isinstance(raw, str) else raw
        return self._client.post(
            f"{ADDRESS}/decisions",
            body,
            content_type="application/json",
            headers={**self._headers, **named, **headers},
        )


@pytest.fixture(autouse=True)
def _counts_begin_anew() -> None:
    cache.clear()


@pytest.fixture
def tokens(tmp_path: Path) -> dict[str, str]:
    """Open a contest with two programs; return their tokens."""
    return open_table(tmp_path, [outsider("ext"), outsider("other"), *house("always_flat")])


def ask_round(*, keep_open: bool) -> str:
    """Play a round; return the turn of ``ext``, whose question is open again if asked for."""
    season_id = season_id_of("cup")
    play(season_id, 1, lambda: ports_for(season_id, agent_deadline_s=0.2))
    if keep_open:
        Invitation.objects.update(is_open=True, deadline_wall_ms=wall_ms() + MINUTE_MS)
    asked = newest_invitation(contestant_id("ext"))
    assert asked is not None
    return asked.turn_id


def problem(answer: Any) -> tuple[int, str]:
    """Return the status and code of a refusal."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_without_a_valid_token_nothing_is_told(tokens: dict[str, str]) -> None:
    for path in ("", "/observation", "/history"):
        assert problem(Program().get(path)) == (401, "not_authenticated")
        assert problem(Program("arena_made-up").get(path)) == (401, "authentication_failed")
    assert problem(Program().post(says())) == (401, "not_authenticated")
    assert Program().get().headers["WWW-Authenticate"] == 'Bearer realm="arena"'
    assert Program(tokens["ext"]).get().status_code == 200


def test_a_token_is_kept_as_its_hash_and_works_until_it_is_replaced_or_revoked(
    tokens: dict[str, str],
) -> None:
    token = tokens["ext"]
    assert token.startswith(TOKEN_PREFIX)
    assert len(token) > 40
    with_hint = Program(token).get().json()["data"]["token_hint"]
    assert with_hint == token[:HINT_LENGTH]
    renewed = renew_token(contestant_id("ext"))
    assert problem(Program(token).get()) == (401, "authentication_failed")
    assert Program(renewed).get().status_code == 200
    revoke_token(contestant_id("ext"))
    assert problem(Program(renewed).get()) == (401, "authentication_failed")
    assert seat_of_token("") is None


def test_a_program_learns_who_it_is_and_what_is_open(tokens: dict[str, str]) -> None:
    quiet = Program(tokens["ext"]).get().json()["data"]
    assert (quiet["season"], quiet["contestant"], quiet["open"]) == ("cup", "ext", None)
    turn = ask_round(keep_open=True)
    told = Program(tokens["ext"]).get().json()["data"]
    assert (told["open"]["turn"], told["open"]["round"], told["present"]) == (turn, 1, True)


def test_asking_counts_as_being_there(tokens: dict[str, str]) -> None:
    assert last_seen("ext") == 0
    Program(tokens["ext"]).get("/observation")
    assert wall_ms() - last_seen("ext") < MINUTE_MS
    assert last_seen("other") == 0


def test_the_observation_is_shown_while_it_is_open_and_named_by_its_turn(tokens: dict[str, str]) -> None:
    program = Program(tokens["ext"])
    assert (program.get("/observation").status_code, program.get("/observation").content) == (204, b"")
    turn = ask_round(keep_open=True)
    first = program.get("/observation")
    assert (first.status_code, first.headers["ETag"]) == (200, f'"{turn}"')
    assert first.headers["Cache-Control"] == "private, no-store"
    shown = first.json()
    assert (shown["form"], shown["turn"], shown["round"]) == ("observation-1", turn, 1)
    assert first.content == canonical_bytes(shown)
    again = program.get("/observation", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    ask_round(keep_open=False)
    Invitation.objects.update(is_open=False)
    assert program.get("/observation").status_code == 204


def test_what_would_count_is_told_at_once(tokens: dict[str, str]) -> None:
    turn = ask_round(keep_open=True)
    answer = Program(tokens["ext"]).post(says(buy(), buy("NOPE")), turn)
    told = answer.json()["data"]
    assert (answer.status_code, told["turn"], told["round"]) == (200, turn, 1)
    assert told["accepted"] == [
        {
            "action": "BUY",
            "symbol": "BTC",
            "size_pct": "10",
            "leverage": 5,
            "confidence": "0.9",
            "stop_loss": "90",
            "take_profit": None,
            "limit_price": None,
            "time_in_force": "ioc",
            "post_only": False,
            "trailing_pct": None,
            "reverse": False,
        }
    ]
    assert [(item["index"], item["reason_code"]) for item in told["rejected"]] == [(1, "unknown_symbol")]
    assert told["rejected"][0]["message"] == "The season does not trade this symbol."


def test_what_the_rules_will_object_to_is_told_and_still_taken(tokens: dict[str, str]) -> None:
    turn = ask_round(keep_open=True)
    told = Program(tokens["ext"]).post(says(buy(stop=110, target=130)), turn).json()["data"]
    assert [item["symbol"] for item in told["accepted"]] == ["BTC"]
    assert told["rejected"] == []
    assert [item["index"] for item in told["objections"]] == [0]


def test_an_unreadable_answer_is_stored_and_told_as_rejected(tokens: dict[str, str]) -> None:
    turn = ask_round(keep_open=True)
    for raw in (b"\xff\xfe nonsense", b"", b"[" * 5_000, b'{"decisions": "none"}'):
        answer = Program(tokens["ext"]).post(raw, turn)
        told = answer.json()["data"]
        assert (answer.status_code, told["accepted"]) == (200, [])
        assert told["rejected"][0]["index"] is None
        assert bytes(Submission.objects.get(id=told["id"]).raw) == raw
    assert Submission.objects.count() == 4


def test_the_turn_must_be_named_be_ones_own_and_be_open(tokens: dict[str, str]) -> None:
    program = Program(tokens["ext"])
    turn = ask_round(keep_open=False)
    other = newest_invitation(contestant_id("other"))
    assert other is not None
    assert problem(program.post(says())) == (400, "invalid")
    assert problem(program.post(says(), "0" * 32)) == (404, "unknown_turn")
    assert problem(program.post(says(), other.turn_id)) == (404, "unknown_turn")
    late = program.post(says(), turn)
    assert problem(late) == (409, "turn_closed")
    assert late.json()["detail"] == "Round 1 takes no more answers: ask for the next observation."
    assert not Submission.objects.exists()


def test_too_long_a_body_is_not_read_to_its_end(tokens: dict[str, str]) -> None:
    turn = ask_round(keep_open=True)
    assert problem(Program(tokens["ext"]).post(b" " * 65_537, turn)) == (413, "too_large")
    assert Program(tokens["ext"]).post(b" " * 65_536, turn).status_code == 200


def test_a_turn_is_answered_so_often_and_no_more(tokens: dict[str, str]) -> None:
    turn = ask_round(keep_open=True)
    program = Program(tokens["ext"])
    assert {program.post(says(), turn).status_code for _ in range(MOST_ANSWERS)} == {200}
    assert problem(program.post(says(), turn)) == (429, "throttled")
    assert Submission.objects.count() == MOST_ANSWERS


def test_wrong_parameters_and_methods_are_refused_by_name(tokens: dict[str, str]) -> None:
    program = Program(tokens["ext"])
    assert problem(program.get("/observation?wait=26")) == (400, "bad_query")
    assert problem(program.get("/observation?wiat=5")) == (400, "bad_query")
    assert problem(program.get("/history?limit=0")) == (400, "bad_query")
    assert problem(program.get("/decisions")) == (405, "method_not_allowed")


def test_history_holds_what_was_handed_in_and_nothing_of_others(tokens: dict[str, str]) -> None:
    arrive("ext")
    arrive("other")
    season_id = season_id_of("cup")
    with answering("ext", "nonsense", says(buy())), answering("other", says()):
        play(season_id, 1, lambda: ports_for(season_id, agent_deadline_s=3.0))
    page = Program(tokens["ext"]).get("/history?limit=1").json()
    rest = Program(tokens["ext"]).get(f"/history?before={page['next']}").json()
    rows = [*page["data"], *rest["data"]]
    assert [(row["answer"], row["round"]) for row in rows] == [(says(buy()), 1), ("nonsense", 1)]
    assert rest["next"] is None
    assert len(Program(tokens["other"]).get("/history").json()["data"]) == 1
    assert [row["taken"] for row in rows] == [story_of("ext")["turns"][0][1] == "decided", False]


def test_one_token_may_ask_so_often_and_another_is_not_held_up(tokens: dict[str, str]) -> None:
    most = int(RATE.split("/")[0])
    statuses = [Program(tokens["ext"]).get("/observation").status_code for _ in range(most + 1)]
    assert statuses == [204] * most + [429]
    assert Program(tokens["other"]).get("/observation").status_code == 204


def test_who_tries_tokens_is_counted_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interfaces.api.throttle.PublicThrottle.rate", "5/min", raising=False)
    statuses = [Program(f"arena_{number}").get().status_code for number in range(6)]
    assert statuses == [401] * 5 + [429]


def test_the_document_tells_how_the_token_is_sent() -> None:
    document = json.loads(document_bytes())
    assert document["components"]["securitySchemes"]["seatToken"] == {"type": "http", "scheme": "bearer"}
    for path in ("", "/observation", "/decisions", "/history"):
        operation = next(iter(document["paths"][ADDRESS + path].values()))
        assert operation["security"] == [{"seatToken": []}]
        assert {"400", "401", "429"} <= set(operation["responses"])
