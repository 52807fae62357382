"""Commands and switches of single accounts: recorded, and carried out at the same moment in a replay."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agents.domain.llm.playback import Playback
from agents.domain.llm.tape import level_line
from agents.domain.llm.tape_forms import form_problem
from agents.selectors import tape_lines
from arena.models import Contestant, Season
from arena.services.seasons import season_id_of
from arena.services.switch import turn
from config.recorded_header import check_header, rules_of
from config.recording import open_recorded_season, play_recorded, season_header
from config.refusal import CommandRefusedError
from kernel.units import SCALE
from tests.factories.commands import Said, arena
from tests.factories.contests import SLUG, house, open_contest, play, ports_for
from trading.domain.rules import Blackout
from trading.models import Command, Decision, Fill
from trading.services import Turn, set_trading_level

pytestmark = pytest.mark.django_db

HOLDER = "buy-and-hold"
LATER_RULES = {"margin_mode", "liquidation_fee", "blackouts", "funding", "limit_orders", "prompt"}
LATER_LIMITS = {
    "max_risk",
    "max_exposure",
    "max_correlated",
    "correlation_from",
    "cooldown_ms",
    "min_reward_risk",
}


def account_of(season: str, slug: str = HOLDER) -> str:
    return str(Contestant.objects.get(season_id=season, slug=slug).account_id)


def replayed(capsys: pytest.CaptureFixture[str], folder: Path, slug: str = SLUG) -> Said:
    tape = folder / "cup.jsonl"
    assert arena(capsys, "tape", slug, "--out", str(tape)).status == 0
    return arena(capsys, "replay", str(tape), "--json")


def flattened(scope: str) -> str:
    """Play a season in whose middle a scope is flattened; everybody trades on afterwards."""
    season = open_contest(house("momentum", "random", "buy_and_hold"))
    play(season, 4)
    turn(Turn(scope or account_of(season), "flatten", "a test", "tester", 1))
    if scope:
        set_trading_level("active", "a test", "tester", 2)
    play(season, 4)
    return season


@pytest.mark.parametrize("scope", ["global", ""])
def test_a_season_that_was_flattened_in_its_middle_is_played_again_to_the_same_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scope: str
) -> None:
    season = flattened(scope)
    assert Fill.objects.filter(feed=season, kind="flatten", account_id=account_of(season)).exists()
    assert not Command.objects.filter(feed=season, effective_ms=None).exists()
    said = replayed(capsys, tmp_path)
    assert (said.status, said.json["same"], said.json["rounds"]) == (0, True, 8)
    again = season_id_of(said.json["slug"])
    heads = [Season.objects.get(id=found).replay_head for found in (season, again)]
    assert heads[0] == heads[1]
    fills = [
        list(
            Fill.objects.filter(feed=found, kind="flatten")
            .order_by("market_ms")
            .values_list("market_ms", "qty")
        )
        for found in (season, again)
    ]
    assert fills[0] == fills[1] != []


def test_one_contestants_own_switch_stops_it_alone_and_again_in_a_replay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    season = open_contest(house("momentum", "random", "buy_and_hold"))
    turn(Turn(account_of(season), "reducing", "a test", "tester", 1))
    play(season, 3)
    denied = Decision.objects.filter(feed=season, outcome="denied", reason="trading_state")
    assert set(denied.values_list("account_id", flat=True)) == {account_of(season)}
    (first, *_) = map(json.loads, tape_lines(season))
    assert (first["kind"], first["level"], first["accounts"]) == ("level", "active", {HOLDER: "reducing"})
    turn(Turn(account_of(season), "active", "a test", "tester", 2))
    play(season, 2)
    said = replayed(capsys, tmp_path)
    assert (said.status, said.json["same"]) == (0, True)
    assert list(tape_lines(season_id_of(said.json["slug"]))) == list(tape_lines(season))


def test_a_line_without_accounts_is_read_as_ever() -> None:
    line = level_line(7, "ordered", "reducing", {})
    assert "accounts" not in line
    assert form_problem(line) == ""
    assert Playback([line]).levels_at(7, "ordered") == ("reducing", {})
    assert Playback([]).levels_at(7, "ordered") == ("active", {})


@pytest.mark.parametrize("accounts", [{}, {"ann": "asleep"}, {"ann": None}, ["ann"], "ann", None])
def test_a_line_of_strange_accounts_is_refused(accounts: object) -> None:
    line = {**level_line(7, "ordered", "reducing", {}), "accounts": accounts}
    assert form_problem(line) == "lacks a proper 'accounts'"


def test_a_season_without_commands_is_described_as_ever() -> None:
    play(open_contest(house("momentum")), 1)
    assert "commands" not in season_header(SLUG)


@pytest.mark.parametrize(
    "commands",
    [
        None,
        {"@global": "flatten"},
        [["@global", "flatten"]],
        [["@global", "sell", 1]],
        [["somebody", "flatten", 1]],
        [["@global", "flatten", -1]],
        [["@global", "flatten", 1.5]],
        [["@global", "flatten", 2**53]],
        [[["@global"], "flatten", 1]],
    ],
)
def test_strange_commands_of_a_strangers_file_are_refused(commands: object) -> None:
    play(open_contest(house("momentum")), 1)
    header = season_header(SLUG)
    check_header(header)
    check_header({**header, "commands": [["@global", "flatten", 1], ["momentum", "cancel", 2]]})
    with pytest.raises(CommandRefusedError, match="lacks a proper 'commands'"):
        check_header({**header, "commands": commands})


def test_a_book_with_the_later_rules_is_exported_and_played_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play(open_contest(house("momentum", "random", "buy_and_hold")), 4)
    header = season_header(SLUG)
    quiet = Blackout(0, 1, "BTC", "a test")
    rules = replace(rules_of(header), margin_mode="cross", liquidation_fee=SCALE // 100, blackouts=(quiet,))
    season = open_recorded_season({**header, "rules": rules.canonical()})
    assert play_recorded(header, season, lambda: ports_for(season), lambda _round: None) == 4
    slug = Season.objects.get(id=season).slug
    assert rules_of(season_header(slug)) == rules
    said = replayed(capsys, tmp_path, slug)
    assert (said.status, said.json["same"], said.json["rounds"]) == (0, True, 4)


def test_a_book_from_before_the_later_rules_can_still_be_read() -> None:
    play(open_contest(house("momentum")), 1)
    header = season_header(SLUG)
    old = {name: value for name, value in header["rules"].items() if name not in LATER_RULES}
    old["limits"] = {name: value for name, value in old["limits"].items() if name not in LATER_LIMITS}
    rules = rules_of({**header, "rules": old})
    assert (rules.funding, rules.liquidation_fee, rules.blackouts) == (False, 0, ())
    assert rules.canonical() == old


@pytest.mark.parametrize(
    "wrong",
    [
        {"blackouts": [[0, 1, "BTC", 5]]},
        {"blackouts": [["0", 1, "BTC", "x"]]},
        {"blackouts": [[0, 2**60, "BTC", "x"]]},
        {"blackouts": 3},
        {"liquidation_fee": "1"},
        {"funding": 1},
        {"symbols": ["BTC", 5]},
        {"margin_mode": None},
    ],
)
def test_a_book_with_a_rule_of_the_wrong_type_is_refused(wrong: dict[str, object]) -> None:
    play(open_contest(house("momentum")), 1)
    header = season_header(SLUG)
    with pytest.raises(CommandRefusedError, match="the tape's rule book cannot be used"):
        rules_of({**header, "rules": {**header["rules"], **wrong}})
