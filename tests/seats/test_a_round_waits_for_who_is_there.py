"""Programs and people are asked with everybody else, waited for if they are there, and never longer."""

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from agents.domain.answers import Answer
from agents.domain.seats import EARLY_MS, PRESENT_MS
from agents.models import Invitation, Submission
from agents.selectors.seats import newest_invitation, pending_submission
from agents.services.seating import ClosedTurnError, SeatError, UnknownTurnError, withdraw
from arena.models import Turn
from arena.services.seasons import season_id_of, set_contestant_status
from arena.services.stages import release_leases
from config.wiring import wall_ms
from tests.factories.contests import SLUG, buy, close, house, play, ports_for, says, story_of
from tests.factories.seats import (
    answering,
    arrive,
    contestant_id,
    open_table,
    outsider,
    person,
    submit,
    wait_for_question,
)
from trading.domain.observation import Observation

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "ann@example.org"


def play_one(deadline_s: float = 0.6) -> float:
    """Play a round; return how long it took."""
    started = time.monotonic()
    season_id = season_id_of(SLUG)
    assert play(season_id, 1, lambda: ports_for(season_id, agent_deadline_s=deadline_s))
    return time.monotonic() - started


def outcomes(slug: str) -> list[tuple[str, str]]:
    """Return (outcome, reason) of each round."""
    return [(row[1], row[2]) for row in story_of(slug)["turns"]]


def raw_of(number: int, slug: str = "ext") -> bytes:
    """Return the submission that a round took."""
    turn = Turn.objects.get(round__number=number, contestant_id=contestant_id(slug))
    return bytes(Submission.objects.get(taken_by=turn.id).raw)


@pytest.fixture
def sitting(tmp_path: Path) -> None:
    """Open a contest with a program, a person and the house."""
    get_user_model().objects.create_user(EMAIL)
    open_table(tmp_path, [outsider("ext"), person("ann"), *house("always_flat")], EMAIL)


@pytest.mark.usefixtures("sitting")
def test_nobody_waits_for_seats_that_are_empty() -> None:
    assert play_one(deadline_s=30) < 5
    assert outcomes("ext") == outcomes("ann") == [("forced_hold", "absent")]
    assert outcomes("always-flat") == [("held", "")]


@pytest.mark.usefixtures("sitting")
def test_who_is_there_and_silent_is_waited_for_until_the_deadline() -> None:
    arrive("ext")
    arrive("ann", wall_ms() - PRESENT_MS - 1_000)
    assert play_one(deadline_s=0.7) >= 0.7
    assert outcomes("ext") == [("forced_hold", "no_submission")]
    assert outcomes("ann") == [("forced_hold", "absent")]


@pytest.mark.usefixtures("sitting")
def test_an_answer_counts_and_lets_the_round_go_on_at_once() -> None:
    arrive("ext")
    with answering("ext", says(buy())):
        assert play_one(deadline_s=30) < 10
    story = story_of("ext")
    assert outcomes("ext") == [("decided", "")]
    assert [fill[0] for fill in story["fills"]] == ["BTC"]


@pytest.mark.usefixtures("sitting")
def test_the_last_answer_before_the_deadline_counts() -> None:
    arrive("ext")
    arrive("ann")  # keeps the round open
    with answering("ext", says(buy()), "nonsense", says()):
        play_one(deadline_s=1.5)
    assert outcomes("ext") == [("held", "")]
    assert raw_of(1) == says().encode()


@pytest.mark.usefixtures("sitting")
def test_whatever_was_accepted_last_is_what_counts_however_close_to_the_end_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agents.services.seating.MOST_ANSWERS", 10**6)
    arrive("ext")
    arrive("ann")  # keeps the round open
    accepted: list[str] = []

    def hammer() -> None:
        try:
            asked = wait_for_question("ext")
            while True:
                accepted.append(submit("ext", says(buy(reasoning=str(len(accepted)))), asked.turn_id))
        except ClosedTurnError:
            return
        finally:
            connection.close()

    threads = [threading.Thread(target=hammer) for _ in range(3)]
    for thread in threads:
        thread.start()
    play_one(deadline_s=1.0)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    rows = Submission.objects.order_by("-received_wall_ms")
    assert {row.id for row in rows} == set(accepted)
    assert [bool(row.taken_by) for row in rows] == [True] + [False] * (len(accepted) - 1)
    assert len({row.received_wall_ms for row in rows}) == len(accepted) > 3


@pytest.mark.usefixtures("sitting")
def test_an_answer_that_cannot_be_read_is_kept_and_is_a_forced_hold() -> None:
    arrive("ext")
    with answering("ext", "buy everything"):
        play_one(deadline_s=30)
    assert outcomes("ext") == [("forced_hold", "not_json")]
    assert raw_of(1) == b"buy everything"


@pytest.mark.usefixtures("sitting")
def test_an_empty_answer_is_no_answer() -> None:
    arrive("ext")
    with answering("ext", ""):
        play_one(deadline_s=30)
    assert outcomes("ext") == [("forced_hold", "empty")]


@pytest.mark.usefixtures("sitting")
def test_what_comes_after_the_round_went_on_is_refused() -> None:
    play_one()
    asked = newest_invitation(contestant_id("ext"))
    assert asked is not None
    assert not asked.is_open
    with pytest.raises(ClosedTurnError):
        submit("ext", says(buy()), asked.turn_id)
    assert not Submission.objects.exists()


@pytest.mark.usefixtures("sitting")
def test_the_deadline_holds_even_where_nobody_closes_the_question() -> None:
    play_one()
    Invitation.objects.update(is_open=True)  # as a process that died while waiting leaves it
    asked = newest_invitation(contestant_id("ext"))
    assert asked is not None
    with pytest.raises(ClosedTurnError):
        submit("ext", says(buy()), asked.turn_id, at_ms=asked.deadline_ms + 1)
    submit("ext", says(buy()), asked.turn_id, at_ms=asked.deadline_ms)


@pytest.mark.usefixtures("sitting")
def test_nobody_answers_for_somebody_else() -> None:
    play_one()
    other = newest_invitation(contestant_id("ann"))
    assert other is not None
    with pytest.raises(UnknownTurnError):
        submit("ext", says(buy()), other.turn_id)
    with pytest.raises(SeatError, match="has no seat"):
        submit("always-flat", says(buy()))


@pytest.mark.usefixtures("sitting")
def test_what_a_person_handed_in_before_is_taken_by_the_next_round_and_by_no_other() -> None:
    submit("ann", says(buy()))
    assert play_one(deadline_s=30) < 5
    play_one()
    assert [outcome for outcome, _ in outcomes("ann")] == ["decided", "forced_hold"]
    assert pending_submission(contestant_id("ann"), wall_ms()) is None


@pytest.mark.usefixtures("sitting")
def test_the_newest_submission_replaces_those_before_it_for_good() -> None:
    submit("ann", says(close()))
    submit("ann", says(buy()))
    play_one()
    play_one()
    assert raw_of(1, "ann") == says(buy()).encode()
    assert outcomes("ann")[1] == ("forced_hold", "no_submission")


@pytest.mark.usefixtures("sitting")
def test_what_was_thought_of_an_old_market_is_not_traded_on() -> None:
    submit("ann", says(buy()), at_ms=wall_ms() - EARLY_MS - 1)
    assert pending_submission(contestant_id("ann"), wall_ms()) is None
    play_one()
    assert outcomes("ann") == [("forced_hold", "absent")]


@pytest.mark.usefixtures("sitting")
def test_however_often_somebody_hands_in_for_the_next_round_few_answers_wait() -> None:
    for count in range(30):
        submit("ann", says(buy(reasoning=str(count))))
    rows = Submission.objects.order_by("received_wall_ms")
    expected = [says(buy(reasoning=str(count))).encode() for count in range(10, 30)]
    assert [bytes(row.raw) for row in rows] == expected


@pytest.mark.usefixtures("sitting")
def test_what_was_withdrawn_is_not_taken() -> None:
    submit("ann", says(close()))
    submit("ann", says(buy()))
    assert withdraw(contestant_id("ann")) == 2
    play_one()
    assert outcomes("ann") == [("forced_hold", "no_submission")]


@pytest.mark.usefixtures("sitting")
def test_what_a_round_has_taken_cannot_be_withdrawn() -> None:
    submit("ann", says(buy()))
    play_one()
    assert withdraw(contestant_id("ann")) == 0
    assert raw_of(1, "ann") == says(buy()).encode()


@pytest.mark.usefixtures("sitting")
def test_a_paused_contestant_is_not_asked() -> None:
    set_contestant_status(contestant_id("ext"), "paused")
    arrive("ext")
    assert play_one(deadline_s=30) < 5
    assert outcomes("ext") == [("forced_hold", "paused")]
    assert newest_invitation(contestant_id("ext")) is None


class Killed(BaseException):
    """Stands for the end of the process."""


class Killer:
    """Decides last, and ends the process instead."""

    def derive(self, _observation: Observation, _answers: Mapping[str, Answer]) -> bytes:
        """Take everything down."""
        raise Killed


def kill_while_asking() -> None:
    """Play a round whose process dies when everybody has answered and nothing is recorded yet."""
    season_id = season_id_of(SLUG)
    ports = ports_for(season_id, agent_deadline_s=30)
    agents = {**ports.agents, contestant_id("always-flat"): Killer()}
    with pytest.raises(Killed):
        play(season_id, 1, lambda: replace(ports, agents=agents))
    assert not Turn.objects.exists()
    release_leases()


@pytest.mark.usefixtures("sitting")
def test_a_resumed_round_takes_the_same_submission_again() -> None:
    submit("ann", says(buy()))
    arrive("ext")
    with answering("ext", says(close()), says(buy())):
        kill_while_asking()
    submit("ann", says())
    assert play_one(deadline_s=30) < 5
    assert raw_of(1, "ann") == says(buy()).encode()
    assert outcomes("ann") == [("decided", "")]
    play_one(deadline_s=0.3)
    assert raw_of(2, "ann") == says().encode()


@pytest.mark.usefixtures("sitting")
def test_a_resumed_round_opens_no_question_again() -> None:
    arrive("ann")
    with answering("ext", says(buy())):
        arrive("ext")
        submit("ann", says())
        kill_while_asking()
    asked = newest_invitation(contestant_id("ext"))
    assert asked is not None
    with pytest.raises(ClosedTurnError):
        submit("ext", says(), asked.turn_id)
    play_one(deadline_s=30)
    assert newest_invitation(contestant_id("ext")) == asked
    assert raw_of(1) == says(buy()).encode()
