"""A recorded season plays again to the same hash, without a network; what was changed is named."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.domain.secrets import SecretText
from agents.domain.llm.tape import seal_line
from agents.domain.roster import RosterEntry
from agents.models import ModelCall, Reservation, TapeLine
from agents.services import stop_loop
from arena.models import Contestant, Season, Turn
from arena.selectors import current_season_slug
from arena.selectors.roster import running_season_ids, watched_season_ids
from arena.services.seasons import season_id_of, set_contestant_status
from config.cli.report import Progress
from kernel.canonical import GENESIS, sha256_hex
from kernel.time import SECOND_MS
from tests.factories import provider_steps as steps
from tests.factories.commands import Said, arena
from tests.factories.contests import START_MS, house, open_contest, play, says, scripted
from tests.factories.model_contests import LASTING, PASSING, open_model_contest, trader
from tests.factories.provider_server import ProviderServer

pytestmark = pytest.mark.django_db

MODELS = ("ann", "bob", "cleo")


@pytest.fixture(autouse=True)
def _loopback_models(settings: Any) -> Iterator[None]:
    settings.ARENA_LOOPBACK_MODELS = True
    yield
    stop_loop()


@pytest.fixture
def recorded(tmp_path: Path) -> str:
    """Play eight rounds in which providers fail in six ways; return the season's id."""
    with ProviderServer(trader, key_of=lambda request: request.model) as server:
        season = open_model_contest(tmp_path, server, *MODELS)
        play(season, 2)
        server.script([step for fault in PASSING for step in (fault, steps.ok())], key="ann-model")
        server.script(LASTING, key="bob-model")
        set_contestant_status(contestant_id("cleo"), "paused")
        play(season, 3)
        set_contestant_status(contestant_id("cleo"), "playing")
        play(season, 3)
        stop_loop()
    return season


def contestant_id(slug: str) -> str:
    return str(Contestant.objects.get(season_id=season_id_of("cup"), slug=slug).id)


def export(capsys: pytest.CaptureFixture[str], folder: Path) -> Path:
    said = arena(capsys, "tape", "cup", "--out", str(folder / "cup.jsonl"))
    assert (said.status, said.err) == (0, "")
    return folder / "cup.jsonl"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody open a connection from here on."""

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("a replay opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def replay(capsys: pytest.CaptureFixture[str], tape: Path) -> Said:
    return arena(capsys, "replay", str(tape), "--json", "--market", f"tape:{tape.parent}/BTC-USDT_1m.csv")


@pytest.mark.usefixtures("recorded")
def test_a_recorded_season_ends_in_the_same_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    tape = export(capsys, tmp_path)
    reservations = Reservation.objects.count()
    request.getfixturevalue("no_network")
    said = replay(capsys, tape)
    form = said.json
    assert (said.status, form["same"], form["rounds"]) == (0, True, 8)
    assert form["recorded"] == form["replayed"]
    again = season_id_of(form["slug"])
    assert turns_of(again) == turns_of(season_id_of("cup"))
    assert Reservation.objects.count() == reservations, "a replay spends nothing"
    assert outcomes_of(again) == outcomes_of(season_id_of("cup"))


def turns_of(season_id: str) -> list[tuple[Any, ...]]:
    rows = Turn.objects.filter(round__season_id=season_id).order_by("round__number", "contestant__slug")
    return list(rows.values_list("round__number", "contestant__slug", "outcome", "reason", "answer_sha256"))


def outcomes_of(season_id: str) -> list[tuple[Any, ...]]:
    rows = ModelCall.objects.filter(season_id=season_id).order_by("slot", "model")
    return list(rows.values_list("slot", "model", "outcome", "attempts", "prompt_sha256", "input_tokens"))


@pytest.mark.usefixtures("recorded")
def test_the_season_saw_what_it_is_meant_to_bring_back() -> None:
    found = set(ModelCall.objects.values_list("outcome", flat=True))
    assert {"answered", "refused", "truncated"} <= found
    assert ModelCall.objects.filter(attempts=2).exists()
    assert Turn.objects.filter(reason="paused").exists()
    assert Turn.objects.filter(contestant__slug="waiter", outcome="decided").exists()


@pytest.mark.usefixtures("recorded")
def test_a_replay_of_other_answers_names_the_first_round_that_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = export(capsys, tmp_path)
    lines = [json.loads(line) for line in tape.read_bytes().splitlines()]
    first = next(line for line in lines if line["kind"] == "reply" and line["seat"])
    waiter = [line for line in lines if line["kind"] == "reply" and line["slot"] == first["slot"] + 1]
    waiter[0] |= {"raw_b64": "", "reason": "late"}
    tape.write_bytes(b"\n".join(resealed(lines)) + b"\n")
    said = replay(capsys, tape)
    assert (said.status, said.json["same"], said.json["differs_at"]) == (1, False, 2)


def resealed(lines: list[dict[str, Any]]) -> list[bytes]:
    """Return the lines as a forger would chain them anew."""
    previous, header_sha256, found = GENESIS, "", []
    for line in lines:
        if line["kind"] == "end":
            line["header_sha256"] = header_sha256
        body, sha256 = seal_line(line, previous)
        found.append(body)
        header_sha256 = header_sha256 or sha256
        previous = GENESIS if line["kind"] == "season" else sha256
    return found


@pytest.mark.usefixtures("recorded")
def test_a_changed_tape_is_refused_by_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tape = export(capsys, tmp_path)
    lines = tape.read_bytes().splitlines(keepends=True)
    tape.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    said = replay(capsys, tape)
    assert (said.status, said.out) == (1, "")
    assert f"line 4 of {tape} does not follow the line before it" in said.err


@pytest.mark.usefixtures("recorded")
def test_a_tape_never_replaces_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cup.jsonl").write_text("mine")
    said = arena(capsys, "tape", "cup", "--out", str(tmp_path / "cup.jsonl"))
    assert said.status == 2
    assert "exists already" in said.err
    assert (tmp_path / "cup.jsonl").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["BTC-USDT_1m.csv", "cup.jsonl"]


@pytest.mark.usefixtures("recorded")
def test_a_tape_tells_its_own_hash_and_holds_no_path_of_this_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = arena(capsys, "tape", "cup", "--out", str(tmp_path / "cup.jsonl"), "--json").json
    body = (tmp_path / "cup.jsonl").read_bytes()
    assert said["sha256"] == sha256_hex(body)
    assert said["lines"] == body.count(b"\n") == TapeLine.objects.count() + 2
    assert str(tmp_path).encode() not in body


def test_an_answer_with_a_text_like_a_key_can_be_published_and_played_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The script stands in the header, too.
    play(open_contest(loud_roster(says()[:-1] + ', "note": "Bearer ' + "a" * 24 + '"}')), 2)
    said = arena(capsys, "tape", "cup", "--out", str(tmp_path / "cup.jsonl"))
    assert (said.status, said.err) == (0, "")
    assert "2 of the lines hold a text in the form of a key" in said.out
    assert arena(capsys, "replay", str(tmp_path / "cup.jsonl")).status == 0


def test_an_answer_with_a_key_that_was_stored_later_is_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "a-key-that-went-into-an-answer-by-mistake"
    play(open_contest(loud_roster(key)), 2)
    SecretText(key, "f")
    said = arena(capsys, "tape", "cup", "--out", str(tmp_path / "cup.jsonl"))
    assert (said.status, said.out) == (1, "")
    assert "holds a key that is in use here" in said.err
    assert key not in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_replay_is_finished_and_stays_off_the_front_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play(open_contest(house("momentum")), 2)
    tape = export(capsys, tmp_path)
    slug = arena(capsys, "replay", str(tape), "--json").json["slug"]
    assert Season.objects.get(slug=slug).status == "finished"
    assert current_season_slug() == "cup"
    Season.objects.filter(slug="cup").update(status="finished")
    assert current_season_slug() == "cup", "although the replay is newer"
    Season.objects.filter(slug=slug).update(status="running")
    assert current_season_slug() == "cup", "although a killed replay was left running"
    assert running_season_ids() == []
    assert watched_season_ids() == []


def test_a_replay_that_fails_is_finished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    play(open_contest(house("momentum")), 3)
    tape = export(capsys, tmp_path)

    def fail(_self: object, number: int) -> None:
        raise KeyboardInterrupt(number)

    monkeypatch.setattr(Progress, "show", fail)
    assert arena(capsys, "replay", str(tape)).status == 3
    again = Season.objects.exclude(slug="cup").get()
    assert (again.status, again.rounds_closed) == ("finished", 1)


def loud_roster(answer: str) -> list[RosterEntry]:
    """Return one who may wait, and so is recorded, and says this in the first round."""
    first = START_MS // (180 * SECOND_MS)
    return [*house("momentum"), scripted("loud", answer, {"fault": "sleep", "ms": 1}, from_slot=first)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "the tape has no end"), (b"hello\n", "is not a canonical"), (None, "cannot be read")],
)
def test_a_file_that_is_no_tape_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "x.jsonl"
    if content is not None:
        path.write_bytes(content)
    said = arena(capsys, "replay", str(path))
    assert said.status in {1, 2}
    assert sentence in said.err
