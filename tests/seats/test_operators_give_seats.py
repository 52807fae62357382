"""`arena seat`: who sits where, tokens that are shown once, and handing in for somebody."""

import io
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from agents.models import Seat, Submission
from agents.selectors.seats import seat_of_token
from arena.models import Contestant
from arena.services.seasons import season_id_of
from tests.factories.commands import arena
from tests.factories.contests import buy, house, open_contest, play, says, story_of, write_tape
from tests.factories.seats import contestant_id

pytestmark = pytest.mark.django_db

EMAIL = "ann@example.org"


@pytest.fixture(autouse=True)
def _cup(tmp_path: Path) -> None:
    open_contest(house("always_flat"), f"tape:{write_tape(tmp_path)}")


def hand_over(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a text on standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_without_seats_it_is_said_how_to_add_one(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "seat")
    assert said.out == "There is no seat yet; add one: manage.py arena seat add NAME --kind external\n"
    assert arena(capsys, "seat", "--json").json == {"season": "cup", "seats": []}


def test_a_program_gets_a_contestant_and_a_token_that_is_shown_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    added = arena(capsys, "seat", "add", "My Follower", "--profile", "aggressive", "--json").json
    assert (added["contestant"], added["kind"]) == ("my-follower", "external")
    token = added["token"]
    seat = seat_of_token(token)
    assert seat is not None
    assert seat.contestant_id == contestant_id("my-follower")
    row = Contestant.objects.get(slug="my-follower")
    assert (row.name, row.profile, row.status) == ("My Follower", "aggressive", "playing")
    listed = arena(capsys, "seat")
    assert token not in listed.out
    assert token[:10] in listed.out
    assert token not in str(Seat.objects.values_list().get())
    play(season_id_of("cup"), 1)
    assert story_of("my-follower")["turns"][0][1:3] == ("forced_hold", "absent")


def test_a_new_token_ends_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    first = arena(capsys, "seat", "add", "ext", "--json").json["token"]
    second = arena(capsys, "seat", "token", "ext", "--json").json["token"]
    assert seat_of_token(first) is None
    assert seat_of_token(second) is not None
    said = arena(capsys, "seat", "revoke", "ext")
    assert said.out == "ext: its token works no more\n"
    assert seat_of_token(second) is None


def test_a_person_needs_an_account_here(capsys: pytest.CaptureFixture[str]) -> None:
    refused = arena(capsys, "seat", "add", "Ann", "--kind", "human", "--user", EMAIL)
    assert refused.status == 2
    assert "nobody active has the e-mail address 'ann@example.org'; add the person" in refused.err
    assert not Contestant.objects.filter(slug="ann").exists()
    get_user_model().objects.create_user(EMAIL)
    said = arena(capsys, "seat", "add", "Ann", "--kind", "human", "--user", "Ann@Example.org")
    assert (said.status, "decides at /desk/" in said.out) == (0, True)
    listed = arena(capsys, "seat", "--json").json["seats"][0]
    assert (listed["kind"], listed["user"], listed["token"]) == ("human", EMAIL, "")


def test_a_name_that_is_taken_adds_neither_contestant_nor_seat(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "seat", "add", "Always flat")
    assert said.err == "arena: season cup has a contestant always-flat already; choose another name\n"
    assert not Seat.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add"], "name the contestant: manage.py arena seat add NAME"),
        (["add", "!!!"], "a name has up to 60 letters"),
        (["token", "nobody"], "season cup has no seat nobody; see: manage.py arena seat"),
        (["token", "always-flat"], "season cup has no seat always-flat"),
        (["submit"], "name the contestant"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    said = arena(capsys, "seat", *arguments)
    assert said.status == 2
    assert sentence in said.err


def test_a_person_has_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    get_user_model().objects.create_user(EMAIL)
    arena(capsys, "seat", "add", "Ann", "--kind", "human", "--user", EMAIL)
    assert "only a program's seat has a token" in arena(capsys, "seat", "token", "ann").err


def test_the_operator_hands_in_for_a_person(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    get_user_model().objects.create_user(EMAIL)
    arena(capsys, "seat", "add", "Ann", "--kind", "human", "--user", EMAIL)
    hand_over(monkeypatch, says(buy()))
    assert arena(capsys, "seat", "submit", "ann").status == 0
    assert bytes(Submission.objects.get().raw) == says(buy()).encode()
    play(season_id_of("cup"), 1)
    assert [fill[0] for fill in story_of("ann")["fills"]] == ["BTC"]


def test_handing_in_for_a_program_needs_an_open_round_and_a_bounded_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    get_user_model().objects.create_user(EMAIL)
    arena(capsys, "seat", "add", "ext")
    arena(capsys, "seat", "add", "Ann", "--kind", "human", "--user", EMAIL)
    hand_over(monkeypatch, says(buy()))
    assert "no round is open for this program" in arena(capsys, "seat", "submit", "ext").err
    hand_over(monkeypatch, " " * 65_537)
    assert "an answer holds at most 65536 bytes" in arena(capsys, "seat", "submit", "ann").err
    assert not Submission.objects.exists()
