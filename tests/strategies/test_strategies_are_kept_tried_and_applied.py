"""The library and the seasons: versions, trials on recorded rounds, a contestant that plays and retires."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from agents.domain.llm.entry import EntryError
from agents.domain.strategy.reading import read_strategy
from agents.models import Strategy as StrategyRow
from agents.selectors.strategies import example_strategies, find_strategy, free_name, strategies
from agents.services.strategies import save_strategy
from arena.models import Contestant, Season
from arena.ports import Silence
from arena.selectors.strategies import seats_of, try_strategy
from arena.services.strategies import apply_strategy, retire_strategy
from config.recording import open_recorded_season, play_recorded, season_header
from config.wiring import ports_of
from tests.factories.commands import arena
from tests.factories.contests import SLUG, house, open_contest, play, story_of
from tests.factories.strategies import ALWAYS, RSI_DIP, in_place

pytestmark = pytest.mark.django_db


def save(document: dict[str, Any]) -> Any:
    return save_strategy(read_strategy(document), sentence="", author="x", wall_ms=1)


def file_of(folder: Path, document: dict[str, Any]) -> str:
    path = folder / "strategy.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_the_same_document_is_one_version_and_a_changed_one_the_next() -> None:
    first, again, changed = save(RSI_DIP), save(RSI_DIP), save(in_place(RSI_DIP, "confidence", "0.7"))
    assert (first.version, again.version, changed.version) == (1, 1, 2)
    assert first.sha256 == again.sha256 != changed.sha256
    assert [view.version for view in strategies()] == [2, 1]
    assert find_strategy("rsi-dip") == changed
    assert find_strategy("rsi-dip", 1) == first
    assert free_name("rsi-dip", first.sha256) == "rsi-dip"
    assert free_name("rsi-dip", "0" * 64) == "rsi-dip-2"


@pytest.mark.django_db(transaction=True)
def test_many_who_save_at_once_lose_nothing() -> None:
    def saver(number: int) -> None:
        save(in_place(RSI_DIP, "max_positions", 1 + number % 4))
        connection.close()

    threads = [threading.Thread(target=saver, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(StrategyRow.objects.values_list("version", flat=True)) == [1, 2, 3, 4]


def test_an_applied_strategy_plays_its_season_and_retires(capsys: pytest.CaptureFixture[str]) -> None:
    season_id = open_contest(house("momentum"))
    play(season_id, 2)
    view = save(ALWAYS)
    applied = apply_strategy(view, SLUG)
    play(season_id, 6)
    story = story_of("always-long")
    assert [turn[0] for turn in story["turns"]] == [3, 4, 5, 6, 7, 8]
    assert {row[2] for row in story["decisions"]} == {"BUY", "CLOSE"}
    assert {row[6] for row in story["decisions"]} == {"approved"} or story["fills"]
    assert {fill[7] for fill in story["fills"]} >= {"decision"}
    assert find_strategy("always-long").status == "active"  # type: ignore[union-attr] # saved above
    assert [(seat.slug, seat.status) for seat in seats_of(view.document)] == [("always-long", "playing")]
    assert arena(capsys, "audit").status == 0
    assert retire_strategy(view) == ("always-long",)
    assert Contestant.objects.get(id=applied.contestant_id).status == "retired"
    assert find_strategy("always-long").status == "retired"  # type: ignore[union-attr] # saved above


def test_a_season_with_strategies_plays_again_to_the_same_hash() -> None:
    season_id = open_contest(house("momentum", "random"))
    for strategy in (*example_strategies(), read_strategy(ALWAYS)):
        view = save_strategy(strategy, sentence="", author="x", wall_ms=1)
        apply_strategy(view, SLUG)
    play(season_id, 12)
    header = json.loads(json.dumps(season_header(SLUG)))
    again_id = open_recorded_season(header, "")
    play_recorded(header, again_id, lambda: ports_of(again_id, Silence()), lambda _result: None)
    again = Season.objects.get(id=again_id)
    assert (again.rounds_closed, again.replay_head) == (12, header["replay_hash"])
    assert story_of("always-long")["fills"]


@pytest.mark.parametrize(
    ("document", "options", "field", "sentence"),
    [
        (in_place(RSI_DIP, "symbols", ["BTC", "XRP"]), {}, "symbols", "has no XRP; it trades BTC, ETH"),
        (RSI_DIP, {"name": "momentum"}, "slug", "momentum is the name of a contestant of another kind"),
        (RSI_DIP, {"name": "---"}, "slug", "needs 1 to 50 signs"),
        (RSI_DIP, {"profile": "wild"}, "profile", "use one of conservative, moderate, aggressive"),
    ],
)
def test_what_cannot_be_applied_is_refused_and_changes_nothing(
    document: dict[str, Any], options: dict[str, str], field: str, sentence: str
) -> None:
    open_contest(house("momentum"))
    with pytest.raises(EntryError, match=sentence) as refused:
        apply_strategy(save(document), SLUG, **options)
    assert refused.value.field == field
    assert Contestant.objects.count() == 1
    assert find_strategy("rsi-dip").status == "draft"  # type: ignore[union-attr] # saved above


def test_a_name_that_plays_already_and_a_season_that_is_over_are_refused() -> None:
    open_contest(house("momentum"))
    view = save(ALWAYS)
    apply_strategy(view, SLUG)
    with pytest.raises(EntryError, match="has a contestant always-long already; choose another name"):
        apply_strategy(view, SLUG)
    with pytest.raises(EntryError, match="there is no open season nowhere"):
        apply_strategy(view, "nowhere")
    assert apply_strategy(view, SLUG, name="Second Try").slug == "second-try"


def test_a_trial_counts_what_recorded_rounds_would_have_called() -> None:
    play(open_contest(house("momentum")), 5)
    seen: list[tuple[int, int]] = []
    trial = try_strategy(read_strategy(ALWAYS), SLUG, 3, lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert {symbol: counts["long"] for symbol, counts in trial.calls.items()} == {"BTC": 3, "ETH": 3}
    assert trial.first_ms is not None
    assert trial.last_ms == trial.first_ms + 2 * 180_000
    assert try_strategy(read_strategy(ALWAYS), SLUG, 100).rounds == 5


def test_the_commands_go_from_a_file_to_a_contestant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play(open_contest(house("momentum")), 3)
    file = file_of(tmp_path, ALWAYS)
    checked = arena(capsys, "strategy", "check", file, "--json").json
    saved = arena(capsys, "strategy", "save", file, "--name", "mine", "--json").json
    assert (checked["name"], saved["name"], saved["version"], saved["status"]) == (
        "always-long",
        "mine",
        1,
        "draft",
    )
    tried = arena(capsys, "strategy", "try", "mine", "--rounds", "2", "--json").json
    assert (tried["rounds"], tried["calls"]["BTC"]["long"], tried["looks_at_position"]) == (2, 2, True)
    said = arena(capsys, "strategy", "apply", "mine", "--slug", "My Own", "--json").json
    assert (said["contestant"], said["season"]) == ("my-own", SLUG)
    shown = arena(capsys, "strategy", "show", "mine")
    assert "Opens a long when price is above 0." in shown.out
    assert "cup/my-own (playing)" in shown.out
    assert "active" in arena(capsys, "strategy").out
    assert arena(capsys, "strategy", "retire", "mine", "--json").json["contestants"] == ["my-own"]
    assert "no statement about profit" in arena(capsys, "strategy", "try", "mine").out


def test_commands_refuse_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = file_of(tmp_path, in_place(RSI_DIP, "entry.long.all.0.feature", "rsi14"))
    said = arena(capsys, "strategy", "check", wrong)
    assert (said.status, said.out) == (2, "")
    assert "entry.long.all[0].feature: 'rsi14' is unknown; did you mean rsi_14?" in said.err
    for words in (["show", "none"], ["check", "/nowhere"], ["try"], ["draft", "buy low"]):
        said = arena(capsys, "strategy", *words)
        assert (said.status, said.err.count("\n")) == (2, 1), said
