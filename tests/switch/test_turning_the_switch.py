"""Turning the switch: by somebody, for a reason, on record; started again by a person only."""

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from arena.models import Contestant, Season
from arena.services.switch import scope_of, turn
from tests.factories.played_season import SLUG, play_season
from trading.models import Command, ControlChange, TradingState, VenueAccount
from trading.selectors import levels, switch_states
from trading.services import RepeatedRequestError, SwitchError, Turn, checked_words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stop_path(tmp_path: Path, settings: Any) -> Path:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"
    return tmp_path / "ARENA_STOP"


@pytest.fixture
def season() -> str:
    return play_season(rounds=1)


def wish(asked: str, scope: str = "global", by: str = "ann", reason: str = "looks odd") -> Turn:
    """Return a turn that somebody asks for."""
    return Turn(scope, asked, reason, by, 5)


def account_of(slug: str) -> str:
    """Return a contestant's account."""
    return Contestant.objects.get(slug=slug).account_id


def commands() -> list[tuple[str, str, str]]:
    """Return feed, scope and kind of what was left to be done."""
    return list(Command.objects.order_by("id").values_list("feed", "scope", "kind"))


@pytest.mark.parametrize(
    ("asked", "level", "left"),
    [
        ("reducing", "reducing", ["cancel"]),
        ("halted", "halted", ["cancel"]),
        ("flatten", "halted", ["flatten"]),
    ],
)
def test_each_level_leaves_its_commands_to_running_seasons(
    season: str, asked: str, level: str, left: list[str]
) -> None:
    turned = turn(wish(asked))
    assert (turned.before, turned.after, turned.commands) == ("active", level, len(left))
    assert commands() == [(season, "global", kind) for kind in left]
    record = ControlChange.objects.get()
    assert (record.what, record.before, record.after) == ("level", "active", asked)
    assert (record.changed_by, record.reason, record.wall_ms) == ("ann", "looks odd", 5)


def test_reducing_leaves_venues_to_the_level_and_tells_every_season(season: str) -> None:
    scope = account_of("momentum")
    VenueAccount.objects.create(
        account_id=scope, feed=season, venue="aster", profile="live", created_wall_ms=0
    )
    assert turn(wish("reducing", scope)).commands == 1
    assert turn(wish("reducing")).commands == 1
    assert commands() == [(season, scope, "cancel"), (season, "global", "cancel")]
    assert turn(wish("active")).commands == 0


def test_asked_twice_one_command_waits_and_both_turns_are_on_record(season: str) -> None:
    turn(wish("halted"))
    assert turn(wish("halted", by="bob")).commands == 0
    assert turn(wish("flatten")).commands == 1
    assert [kind for _, _, kind in commands()] == ["cancel", "flatten"]
    assert ControlChange.objects.count() == 3
    assert season


def test_one_contestant_is_stopped_and_the_others_go_on(season: str) -> None:
    scope = scope_of(SLUG, "momentum")
    turn(wish("flatten", scope))
    others = [row.account_id for row in Contestant.objects.exclude(slug="momentum")]
    assert levels([scope]) == {scope: "halted"}
    assert set(levels(others).values()) == {"active"}
    assert commands() == [(season, scope, "flatten")]


def test_a_season_that_is_finished_or_played_again_gets_no_command(season: str) -> None:
    Season.objects.filter(id=season).update(ranked=False)
    turn(wish("flatten"))
    Season.objects.filter(id=season).update(ranked=True, status="finished")
    turn(wish("halted"))
    assert commands() == []


def test_venue_accounts_get_one_command_and_an_old_one_is_withdrawn_by_resuming(season: str) -> None:
    scope = account_of("momentum")
    VenueAccount.objects.create(
        account_id=scope, feed=season, venue="aster", profile="live", created_wall_ms=0
    )
    turn(wish("flatten"))
    turn(wish("active"))
    turn(wish("halted"))
    found = Command.objects.filter(feed="venue").order_by("id").values_list("kind", "effective_ms")
    assert list(found) == [("flatten", 5), ("cancel", None)]


@pytest.mark.parametrize("name", ["arena", "Arena", " ARENA "])
def test_the_arena_stops_itself_and_never_starts_itself(name: str) -> None:
    turn(wish("reducing", by=name))
    turn(wish("halted", by=name))
    for asked in ("reducing", "active"):
        with pytest.raises(SwitchError, match="started again by a person"):
            turn(wish(asked, by=name))
    assert TradingState.objects.get().level == "halted"
    assert turn(wish("active", by="ann")).before == "halted"


def test_while_the_stop_file_is_there_nothing_is_resumed(stop_path: Path) -> None:
    turn(wish("halted"))
    stop_path.touch()
    with pytest.raises(SwitchError, match="delete it first"):
        turn(wish("active"))
    stop_path.unlink()
    assert turn(wish("active")).after == "active"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"asked": "off"}, "use active, reducing, halted or flatten"),
        ({"asked": "halted", "reason": "  "}, "say why"),
        ({"asked": "active", "reason": ""}, "say why"),
        ({"asked": "halted", "by": ""}, "say who"),
        ({"asked": "halted", "reason": "x" * 201}, "at most 200"),
        ({"asked": "halted", "reason": "a\x00b"}, "printable"),
        ({"asked": "halted", "scope": "c" * 32}, "no contestant with the account"),
    ],
)
def test_what_cannot_be_asked_changes_nothing(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(SwitchError, match=sentence):
        turn(wish(**change))
    assert not TradingState.objects.exists()
    assert not ControlChange.objects.exists()


@pytest.mark.parametrize(("season_slug", "slug"), [("", "momentum"), (SLUG, ""), (SLUG, "nobody")])
def test_a_contestant_has_a_season_and_is_there(season: str, season_slug: str, slug: str) -> None:
    assert season
    with pytest.raises(SwitchError):
        scope_of(season_slug, slug)


def test_a_request_sent_twice_turns_once_and_its_name_is_good_for_nothing_else(season: str) -> None:
    first = Turn("global", "halted", "why", "ann", 5, "k" * 64)
    turn(first)
    turn(wish("active", by="bob"))
    again = turn(first)
    assert (again.is_repeated, again.before, again.after) == (True, "active", "halted")
    assert TradingState.objects.get().level == "active"
    assert commands() == [(season, "global", "cancel")]
    with pytest.raises(RepeatedRequestError, match="make a new one"):
        turn(Turn("global", "flatten", "why", "ann", 6, "k" * 64))


def test_the_record_is_never_changed() -> None:
    turn(wish("halted"))
    with pytest.raises(IntegrityError), transaction.atomic():
        ControlChange.objects.update(reason="another")
    with pytest.raises(IntegrityError), transaction.atomic():
        ControlChange.objects.all().delete()


def test_the_arena_stands_first_in_the_list(season: str) -> None:
    turn(wish("reducing", scope_of(SLUG, "momentum")))
    turn(wish("reducing"))
    assert [state.scope for state in switch_states()] == ["global", account_of("momentum")]
    assert season


@given(st.text(max_size=300), st.text(max_size=120))
def test_words_are_kept_on_one_line_or_refused(reason: str, by: str) -> None:
    try:
        kept = checked_words(reason, by)
    except SwitchError:
        return
    assert all(0 < len(text) <= limit for text, limit in zip(kept, (200, 80), strict=True))
    assert all(text.isprintable() and text == " ".join(text.split()) for text in kept)
