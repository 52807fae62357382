"""An agent that raises, talks nonsense or is late: a forced hold with its reason, and nobody else notices."""

from pathlib import Path
from typing import Any

import pytest

from tests.factories.contests import (
    SLUG,
    buy,
    close,
    held_reasons,
    house,
    open_contest,
    play,
    ports_for,
    says,
    scripted,
    story_of,
    write_tape,
)

pytestmark = pytest.mark.django_db
OTHERS = ("ann", "bob", "momentum")
NOT_JSON = "I would buy everything."
TROUBLES = {
    "raised": {"fault": "raise"},
    "late": {"fault": "sleep", "ms": 5_000},
    "empty": {"fault": "empty"},
    "too_long": {"fault": "too_long"},
    "not_utf8": {"fault": "nonsense"},
    "not_json": NOT_JSON,
    "unknown_symbol": says(buy("DOGE")),
}


def play_with(folder: Path, answer: Any, slug: str) -> None:
    """Play five rounds with one contestant whose second answer is this one."""
    market = f"tape:{write_tape(folder)}"
    rest = [
        scripted("ann", says(buy()), says(), says(close())),
        scripted("bob", says(), says(buy(stop=95))),
        *house("momentum"),
    ]
    season = open_contest([scripted("odd", says(), answer), *rest], market, slug=slug)
    assert len(play(season, 5, lambda: ports_for(season, agent_deadline_s=0.3))) == 5


@pytest.mark.parametrize("reason", TROUBLES)
def test_whoever_fails_holds_with_the_reason_and_the_others_play_as_ever(tmp_path: Path, reason: str) -> None:
    play_with(tmp_path, TROUBLES[reason], SLUG)
    play_with(tmp_path, says(), "calm")
    turns = [(number, outcome, why) for number, outcome, why, _ in story_of("odd")["turns"]]
    # Who hangs is asked again only once it has come back: here it hangs to the season's end.
    after = ("forced_hold", "late") if reason == "late" else ("held", "")
    others = [(1, "held", ""), *((number, *after) for number in (3, 4, 5))]
    assert sorted(turns) == sorted([(2, "forced_hold", reason), *others])
    for slug in OTHERS:
        assert story_of(slug) == story_of(slug, "calm")
    assert held_reasons() == [""] * 5


def test_the_others_in_these_rounds_do_trade(tmp_path: Path) -> None:
    play_with(tmp_path, says(), SLUG)
    assert [row[7] for row in story_of("ann")["fills"]] == ["decision", "decision"]
    assert [row[0] for row in story_of("bob")["fills"]] == ["BTC"]


def test_a_bad_item_voids_itself_and_leaves_a_good_close(tmp_path: Path) -> None:
    market = f"tape:{write_tape(tmp_path)}"
    season = open_contest([scripted("ann", says(buy()), says(buy("DOGE"), close()))], market)
    play(season, 3)
    assert [(row[0], row[1]) for row in story_of("ann")["turns"]] == [
        (1, "decided"),
        (2, "decided"),
        (3, "held"),
    ]
    assert [row[1] for row in story_of("ann")["fills"]] == [1, -1]


def test_a_contestant_without_an_agent_here_holds(tmp_path: Path) -> None:
    market = f"tape:{write_tape(tmp_path)}"
    season = open_contest([scripted("ann", says(buy())), scripted("bob", says(buy()))], market)
    mine = ports_for(season)
    asked = dict(list(mine.agents.items())[:1])
    play(season, 1, lambda: ports_for(season, agents=asked))
    found = {slug: story_of(slug)["turns"][0][1:3] for slug in ("ann", "bob")}
    assert sorted(found.values()) == [("decided", ""), ("forced_hold", "no_agent")]
