"""`--preset`: a season begins with the rules of a name; what is named beside it replaces its part."""

import pytest

from arena.models import Season
from config.cli.serve import default_plan
from kernel.time import SECOND_MS
from tests.factories.commands import arena
from trading.domain.presets import ARENA, SCALPING
from trading.selectors import rule_book

pytestmark = pytest.mark.django_db


def _rules() -> dict[str, object]:
    season = Season.objects.latest("created_ms")
    return rule_book(season.rulebook_sha256).canonical()


def test_scalping_is_played_on_eight_pairs_every_five_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "play", "--preset", "scalping", "--rounds", "3", "--json")
    assert (said.status, said.err) == (0, "")
    season = Season.objects.get()
    assert season.interval_ms == 5 * SECOND_MS
    assert _rules() == SCALPING.canonical()


def test_the_arena_is_what_is_played_where_nobody_says_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    assert arena(capsys, "play", "--rounds", "2", "--json").status == 0
    assert _rules() == ARENA.canonical()


def test_what_is_named_beside_a_preset_replaces_its_part(capsys: pytest.CaptureFixture[str]) -> None:
    beside = ("--symbols", "BTC,ETH", "--interval", "60", "--capital", "500")
    assert arena(capsys, "play", "--preset", "scalping", "--rounds", "2", *beside, "--json").status == 0
    named = {"symbols": ["BTC", "ETH"], "interval_ms": 60_000, "starting_capital": 500 * 10**8}
    assert _rules() == {**SCALPING.canonical(), **named}


def test_a_season_is_opened_with_a_preset(capsys: pytest.CaptureFixture[str]) -> None:
    opened = arena(
        capsys, "season", "open", "fast", "--market", "simulated", "--preset", "scalping", "--json"
    )
    assert opened.status == 0
    assert _rules() == SCALPING.canonical()


def test_a_first_season_takes_the_preset_too() -> None:
    options = {"market": "simulated", "seed": 1, "warm_up": 10}
    plan = default_plan({**options, "preset": "scalping"}, 1_000_000 * SECOND_MS)
    assert (plan.rules, plan.symbols) == (SCALPING, SCALPING.symbols)
    assert plan.start_ms == 999_950 * SECOND_MS
    assert default_plan(options, 0).rules == ARENA


def test_an_unknown_preset_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    said = arena(capsys, "play", "--preset", "wild")
    assert said.status == 2
    assert "invalid choice: 'wild' (choose from 'arena', 'scalping')" in said.err
    assert not Season.objects.exists()
