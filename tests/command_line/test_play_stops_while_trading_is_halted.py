"""`arena play` while trading is halted: it says so and leaves the season unfinished, to be gone on with."""

import pytest

from arena import selectors
from arena.models import Season
from tests.factories.commands import arena
from trading.services import set_trading_level

pytestmark = pytest.mark.django_db
SHORT = ("play", "--symbols", "BTC", "--rounds")


def test_it_is_refused_in_one_sentence_and_the_season_runs_on(capsys: pytest.CaptureFixture[str]) -> None:
    set_trading_level("halted", "a test", "tester", 1)
    said = arena(capsys, *SHORT, "3")
    season = Season.objects.get()
    sentence = f"arena: season {season.slug} stopped after 0 rounds: trading is halted\n"
    assert (said.status, said.out, said.err) == (3, "", sentence)
    assert (season.status, season.rounds_closed) == ("running", 0)


def test_halted_again_it_is_the_same_season(capsys: pytest.CaptureFixture[str]) -> None:
    set_trading_level("halted", "a test", "tester", 1)
    for _ in range(2):
        assert arena(capsys, *SHORT, "3").status == 3
    assert Season.objects.count() == 1


def test_once_trading_is_active_it_goes_on_and_ends_in_the_hash_of_a_calm_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    calm = arena(capsys, *SHORT, "4", "--json").json["replay_hash"]
    set_trading_level("halted", "a test", "tester", 1)
    assert arena(capsys, *SHORT, "4").status == 3
    set_trading_level("active", "a test", "tester", 2)
    said = arena(capsys, *SHORT, "4", "--json")
    assert (said.status, said.json["rounds"], said.json["replay_hash"]) == (0, 4, calm)
    assert [view.status for view in selectors.seasons()] == ["finished", "finished"]


def test_a_finished_seasons_standings_are_final(capsys: pytest.CaptureFixture[str]) -> None:
    arena(capsys, *SHORT, "1")
    season = Season.objects.get()
    for action in ("resume", "pause"):
        said = arena(capsys, "season", action, season.slug)
        sentence = f"arena: season {season.slug} is finished; its standings are final: open another season\n"
        assert (said.status, said.out, said.err) == (2, "", sentence)
    assert arena(capsys, "season", "finish", season.slug).status == 0
    assert Season.objects.get().status == "finished"
