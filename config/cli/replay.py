"""Play a recorded season again without any network, and compare the replay hashes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NamedTuple

from django.db import DatabaseError

from agents.domain.llm.playback import Playback
from agents.domain.llm.tape_check import BrokenTapeError, checked_lines
from agents.services import stop_loop
from arena.ports import Silence
from arena.selectors.recording import round_hashes
from arena.selectors.roster import season_facts
from arena.services.seasons import set_season_status
from config.cli.report import Progress, print_json, print_line
from config.database import prepare_database
from config.recorded_header import check_header
from config.recording import open_recorded_season, play_recorded
from config.refusal import FAILED_CHECK, OK, CommandRefusedError
from config.wiring import ports_of, wall_ms
from trading.ports import MarketError


class Outcome(NamedTuple):
    """What a replay came to. ``differs_at`` is the first round whose hash is another, 0 if none is."""

    slug: str
    rounds: int
    recorded: str
    replayed: str
    differs_at: int

    @property
    def is_same(self) -> bool:
        """True if every round ended in the recorded hash."""
        return not self.differs_at


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", help="a tape written by: manage.py arena tape")
    parser.add_argument("--market", default="", help="where the recorded market lies here: tape:FILE[,FILE]")


def run(options: dict[str, Any]) -> int:
    """Play the tape on this database under a slug of its own; exit with 1 where it ends differently."""
    prepare_database()
    playback = read_tape(Path(options["file"]))
    try:
        outcome = replay(playback, options["market"])
    finally:
        stop_loop()
    _tell(outcome, as_json=options["json"])
    return OK if outcome.is_same else FAILED_CHECK


def read_tape(path: Path) -> Playback:
    """Return a tape's player; raises CommandRefusedError for a file that is none or was changed."""
    try:
        with path.open("rb") as file:
            playback = Playback(checked_lines(line.removesuffix(b"\n") for line in file))
    except OSError as problem:
        raise CommandRefusedError(f"{path} cannot be read: {problem.strerror}") from problem
    except BrokenTapeError as broken:
        raise CommandRefusedError(
            f"line {broken.at.line} of {path} {broken.at.problem}", FAILED_CHECK
        ) from broken
    check_header(playback.header)
    if playback.end is None or len(dict(playback.end["rounds"])) != playback.header["rounds"]:
        raise CommandRefusedError(f"{path} ends in other rounds than it describes", FAILED_CHECK)
    return playback


def replay(playback: Playback, market_spec: str = "") -> Outcome:
    """Play the recorded season again; the tape answers for everybody outside."""
    try:
        return _replay(playback, market_spec)
    except (ArithmeticError, LookupError, TypeError, ValueError, DatabaseError, MarketError) as problem:
        # Whatever a stranger's file was good for: it is told in a sentence.
        what = f"{type(problem).__name__}: {problem}"[:300]
        raise CommandRefusedError(f"this tape cannot be played: {what}", FAILED_CHECK) from problem


def _replay(playback: Playback, market_spec: str) -> Outcome:
    season_id = open_recorded_season(playback.header, market_spec)
    progress = Progress(playback.header["rounds"], "replaying")
    try:
        play_recorded(
            playback.header,
            season_id,
            lambda: ports_of(season_id, Silence(), playback=playback),
            lambda result: progress.show(result.number),
        )
    finally:
        set_season_status(season_id, "finished", wall_ms())
    progress.close()
    return _outcome(playback, season_id)


def _outcome(playback: Playback, season_id: str) -> Outcome:
    recorded = dict(playback.end["rounds"]) if playback.end else {}
    replayed = round_hashes(season_id)
    numbers = sorted(recorded.keys() | replayed.keys())
    differing = [number for number in numbers if recorded.get(number) != replayed.get(number)]
    return Outcome(
        slug=season_facts(season_id).slug,
        rounds=len(replayed),
        recorded=str(playback.header["replay_hash"]),
        replayed=replayed[max(replayed)] if replayed else "",
        differs_at=differing[0] if differing else 0,
    )


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        print_json({**outcome._asdict(), "same": outcome.is_same})
        return
    print_line(f"{outcome.rounds} rounds played again as season {outcome.slug}")
    print_line(f"recorded {outcome.recorded}")
    print_line(f"replayed {outcome.replayed}")
    if not outcome.is_same:
        print_line(f"the first round that differs is {outcome.differs_at}")
