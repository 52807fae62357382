"""Contestants of every division, and one that goes to a venue in mid-season: the audit holds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arena.models import Contestant, EquityPoint, Standing
from arena.selectors.audit import audit
from arena.services.binding import bind_contestant
from kernel.units import SCALE
from tests.factories.contests import buy, open_contest, play, says, scripted, write_tape
from trading.domain.venue import Permissions, VenueBalance
from trading.services import Binding, VenueState

pytestmark = pytest.mark.django_db

RISE = {number: (100 + number, 100 + number, 100 + number, 100 + number) for number in range(4, 30)}
SAFE = Permissions(trade=True, withdraw=False, transfer=False, ip_restricted=True)


def problems() -> list[str]:
    """Return what the audit finds."""
    return [f"{found.invariant} {found.problem}" for found in audit() if found.problem]


def rising_season(folder: Path) -> str:
    """Open a season in which two are in the custom division and what is bought early gains."""
    early, late = says(buy(size=SCALE // 50)), says(buy(size=SCALE // 100))
    roster = [
        scripted("ann", early),
        scripted("bob", late),
        scripted("cid"),
        scripted("dan", late),
        scripted("eve"),
        scripted("fay"),
    ]
    season = open_contest(roster, f"tape:{write_tape(folder, bars=30, bent=RISE)}")
    Contestant.objects.filter(slug__in=["dan", "eve"]).update(division="custom")
    return season


def bind(slug: str, wallet: int) -> None:
    """Bind a contestant to a venue that shows this wallet."""
    seat = Contestant.objects.get(slug=slug)
    state = VenueState(VenueBalance("USDT", wallet, wallet), (), (), SAFE, 1)
    asked = Binding(seat.account_id, seat.season_id, "binanceusdm", "testnet", "a trial", "ann")
    bind_contestant(asked, state, "live", 1)


def ranks() -> dict[str, tuple[str, int]]:
    """Return slug -> division and rank."""
    rows = Standing.objects.values_list("contestant__slug", "contestant__division", "rank")
    return {slug: (division, rank) for slug, division, rank in rows}


def test_a_season_with_custom_prompts_audits_clean(tmp_path: Path) -> None:
    play(rising_season(tmp_path), 6)
    assert ranks()["dan"] == ("custom", 1)
    assert ranks()["eve"] == ("custom", 2)
    assert ranks()["ann"] == ("main", 1)
    assert problems() == []
    assert set(EquityPoint.objects.values_list("contestant__slug", "division")) >= {
        ("ann", "main"),
        ("dan", "custom"),
    }


def test_points_from_before_their_division_was_kept_audit_clean(
    tmp_path: Path, drop_triggers: Callable[[], None]
) -> None:
    play(rising_season(tmp_path), 4)
    drop_triggers()
    EquityPoint.objects.update(division="")
    assert [found for found in problems() if not found.startswith("L3")] == []


@pytest.mark.parametrize("who", ["cid", "eve"])
def test_binding_in_mid_season_breaks_neither_the_chain_nor_the_ranks(tmp_path: Path, who: str) -> None:
    season = rising_season(tmp_path)
    play(season, 5)
    bind(who, 500 * SCALE)
    assert ranks()[who] == ("live", 1)
    assert problems() == []
    play(season, 2)
    bind("fay", 900 * SCALE)
    assert problems() == []
    play(season, 3)
    assert ranks()[who] == ("live", 1)
    assert problems() == []


def test_another_division_than_that_of_the_ranking_is_found(tmp_path: Path) -> None:
    play(rising_season(tmp_path), 5)
    Contestant.objects.filter(slug="dan").update(division="main")
    assert any(found.startswith("P1") for found in problems())
