"""A tape that was made up, or changed in one field and chained anew, is told in one sentence."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.domain.llm.tape import seal_line
from agents.services import stop_loop
from kernel.canonical import GENESIS
from tests.factories.commands import Said, arena
from tests.factories.contests import house, open_contest, play
from tests.factories.live_contest import LiveContest
from tests.factories.loopback_venue import LoopbackVenue, running_venue
from tests.factories.model_contests import open_model_contest, trader
from tests.factories.provider_server import ProviderServer
from trading.services import set_trading_level

pytestmark = pytest.mark.django_db

Lines = list[dict[str, Any]]
BELONGS_TO_THE_CHAIN = {"prev_sha256", "v", "kind", "header_sha256"}
ODD: tuple[Any, ...] = (None, "", "\0", "{", True, -1, 2**70, [], [None], {}, {"a": []})


@pytest.fixture(autouse=True)
def _loopback_models(settings: Any) -> Iterator[None]:
    settings.ARENA_LOOPBACK_MODELS = True
    yield
    stop_loop()


@pytest.fixture
def venue() -> Iterator[LoopbackVenue]:
    """Run the loopback venue for one test."""
    with running_venue() as loopback:
        yield loopback


def exported(capsys: pytest.CaptureFixture[str], folder: Path) -> Lines:
    said = arena(capsys, "tape", "cup", "--out", str(folder / "cup.jsonl"))
    assert (said.status, said.err) == (0, "")
    return [json.loads(line) for line in (folder / "cup.jsonl").read_bytes().splitlines()]


def simple(capsys: pytest.CaptureFixture[str], folder: Path) -> Lines:
    """Return the tape of two rounds of one house agent on the simulated market."""
    play(open_contest(house("momentum")), 2)
    return exported(capsys, folder)


def resealed(lines: Lines) -> bytes:
    """Return the lines as a forger would chain them anew."""
    previous, header_sha256, found = GENESIS, "", []
    for line in lines:
        sealed = {**line, "header_sha256": header_sha256} if line["kind"] == "end" else line
        body, sha256 = seal_line(sealed, previous)
        found.append(body)
        header_sha256 = header_sha256 or sha256
        previous = GENESIS if line["kind"] == "season" else sha256
    return b"\n".join(found) + b"\n"


def replayed(capsys: pytest.CaptureFixture[str], folder: Path, lines: Lines, market: str = "") -> Said:
    path = folder / "forged.jsonl"
    path.write_bytes(resealed(lines))
    return arena(capsys, "replay", str(path), "--json", *(["--market", market] if market else []))


def check_manners(said: Said, what: object) -> None:
    """Check that a command came to its end, or said why not in one sentence."""
    assert said.status in {0, 1, 2}, (what, said)
    assert "Traceback" not in said.err, (what, said)
    if not said.out:
        sentences = [line for line in said.err.splitlines() if line.startswith("arena: ")]
        assert len(sentences) == 1, (what, said)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every field; of a list its first part, of a specification nothing within."""
    if isinstance(value, dict):
        for name, part in value.items():
            if path or name not in BELONGS_TO_THE_CHAIN:
                yield (*path, name)
                yield from places(part, (*path, name)) if name != "config" else ()
    elif isinstance(value, list) and value:
        yield (*path, 0)
        yield from places(value[0], (*path, 0))


def changed(lines: Lines, at: int, path: tuple[Any, ...], odd: Any) -> Lines:
    """Return the lines with one field changed; with ``odd`` Ellipsis without it."""
    copy: Lines = json.loads(json.dumps(lines))
    holder: Any = copy[at]
    for step in path[:-1]:
        holder = holder[step]
    if odd is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = odd
    return copy


def test_any_changed_field_of_any_line_ends_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProviderServer(trader, key_of=lambda request: request.model) as server:
        season = open_model_contest(tmp_path, server, "ann")
        set_trading_level("reducing", "a test", "tester", 1)
        play(season, 1)
        stop_loop()
    lines = exported(capsys, tmp_path)
    market = f"tape:{tmp_path}/BTC-USDT_1m.csv"
    assert replayed(capsys, tmp_path, lines, market).json["same"]
    firsts = {line["kind"]: at for at, line in reversed(list(enumerate(lines)))}
    assert set(firsts) == {"season", "attempt", "call", "reply", "level", "end"}
    for at in firsts.values():
        for path in places(lines[at]):
            for odd in (..., *ODD):
                said = replayed(capsys, tmp_path, changed(lines, at, path, odd), market)
                check_manners(said, (lines[at]["kind"], path, odd))


@pytest.mark.parametrize(
    ("market", "sentence"),
    [
        ("auto", "no market to play a season on again"),
        ("ccxt:binanceusdm", "no market to play a season on again"),
        ("tape:/etc/passwd", "names a folder of this machine"),
        ("tape:prices.csv", "is not what the season was played on"),
    ],
)
def test_a_crafted_tape_opens_no_network_and_no_folder(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    market: str,
    sentence: str,
) -> None:
    lines = simple(capsys, tmp_path)
    asked: list[object] = []

    def look_up(*arguments: object, **_rest: object) -> list[object]:
        asked.append(arguments)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    said = replayed(capsys, tmp_path, [{**lines[0], "market": market}, *lines[1:]])
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert asked == []


def test_an_operator_names_no_venue_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = replayed(capsys, tmp_path, simple(capsys, tmp_path), "auto")
    assert (said.status, said.out) == (2, "")
    assert "no market to play a season on again" in said.err


def test_a_live_season_is_published_and_says_why_it_cannot_be_played_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], venue: LoopbackVenue
) -> None:
    contest = LiveContest(venue)
    contest.open(house("momentum"))
    contest.go_to(contest.first_live_slot)
    contest.ring()
    said = arena(capsys, "tape", contest.season().slug, "--out", str(tmp_path / "live.jsonl"))
    assert (said.status, said.err) == (0, "")
    assert "cannot be played again" in said.out
    header = json.loads((tmp_path / "live.jsonl").read_bytes().splitlines()[0])
    assert header["replayable"] is False
    assert "prices" in header["not_replayable_because"]
    again = arena(capsys, "replay", str(tmp_path / "live.jsonl"))
    assert (again.status, again.out) == (2, "")
    assert "live prices" in again.err


def test_a_roster_with_a_field_too_many_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = simple(capsys, tmp_path)
    lines[0]["roster"][0]["more"] = "x"
    said = replayed(capsys, tmp_path, lines)
    assert (said.status, said.out) == (2, "")
    assert "has a field too many in its roster" in said.err


def test_a_tape_that_promises_more_rounds_than_it_ends_in_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = simple(capsys, tmp_path)
    lines[0] |= {"slots": [[lines[0]["first_slot"], 10**12]], "rounds": 10**12}
    said = replayed(capsys, tmp_path, lines)
    assert (said.status, said.out) == (1, "")
    assert "ends in other rounds than it describes" in said.err
