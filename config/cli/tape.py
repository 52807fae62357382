"""Export what a season's deciders said, one JSON line each, for anybody to play again."""

import hashlib
import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from django.conf import settings

from accounts.selectors import open_secrets, secret_hints
from agents.domain.llm.tape import end_line, seal_line
from agents.domain.llm.tape_check import key_traces, verify_tape
from agents.selectors import tape_length, tape_lines
from arena.selectors.recording import round_hashes
from arena.services.entering import PURPOSE
from config.cli.report import Progress, print_json, print_line
from config.cli.season import find_season
from config.database import prepare_database
from config.recording import season_header
from config.refusal import FAILED_CHECK, OK, CommandRefusedError
from kernel.canonical import GENESIS, sha256_hex
from store.reading import one_moment


class Export(NamedTuple):
    """A season's tape, ready to be written: its lines, how many, and what they end in."""

    lines: Iterator[bytes]
    length: int
    rounds: int
    replay_hash: str
    not_replayable_because: str


class Written(NamedTuple):
    """A tape as it lies in its file: its hash, and how many lines hold a text in the form of a key."""

    sha256: str
    shaped: int


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("season", help="slug of the season")
    parser.add_argument("--out", required=True, help="file to write; one that exists is left alone")


def run(options: dict[str, Any]) -> int:
    """Write the tape and say what it holds."""
    prepare_database()
    target = Path(options["out"])
    if target.exists():
        raise CommandRefusedError(f"{target} exists already; name another file with --out")
    with one_moment():
        export = export_of(options["season"])
        progress = Progress(export.length, "writing")
        _know_stored_keys()
        written = _write(_shown(export.lines, progress), target)
        progress.close()
    _tell(export, target, written, as_json=options["json"])
    return OK


def _know_stored_keys() -> None:
    """Make every stored key known; those of the environment are, from the start."""
    owners = [hint.owner for hint in secret_hints(PURPOSE)]
    open_secrets(PURPOSE, owners, settings.ARENA_KEYRING)


def export_of(slug: str) -> Export:
    """Return the tape of a season's closed rounds, between its header and its end."""
    season = find_season(slug)
    header = season_header(slug)
    slots = header["slots"]
    until_slot = sum(slots[-1]) - 1 if slots else -1
    lines = _lines(season.id, header, until_slot)
    length = tape_length(season.id, until_slot) + 2
    return Export(lines, length, header["rounds"], header["replay_hash"], header["not_replayable_because"])


def _lines(season_id: str, header: dict[str, Any], until_slot: int) -> Iterator[bytes]:
    first, header_sha256 = seal_line(header, GENESIS)
    yield first
    previous = GENESIS
    for body in tape_lines(season_id, until_slot):
        previous = sha256_hex(body)
        yield body
    end = end_line(header_sha256, round_hashes(season_id), header["replay_hash"])
    yield seal_line(end, previous)[0]


def _shown(lines: Iterable[bytes], progress: Progress) -> Iterator[bytes]:
    for done, line in enumerate(lines, 1):
        yield line
        progress.show(done)


def _write(lines: Iterable[bytes], target: Path) -> Written:
    """Write beside the target, check every line as written, then give it its name."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    except OSError as problem:
        raise CommandRefusedError(f"{target} cannot be written: {problem.strerror}") from problem
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            written = _fill(file, lines)
        _check(part)
        part.chmod(0o644)
        os.link(part, target)  # unlike a rename it never replaces a file that came meanwhile
    except FileExistsError as problem:
        raise CommandRefusedError(f"{target} exists already; name another file with --out") from problem
    except OSError as problem:
        raise CommandRefusedError(f"{target} cannot be written: {problem.strerror}") from problem
    finally:
        part.unlink(missing_ok=True)
    return written


def _fill(file: BinaryIO, lines: Iterable[bytes]) -> Written:
    digest, shaped = hashlib.sha256(), 0
    for number, line in enumerate(lines, 1):
        traces = key_traces(line)
        if traces.known:
            raise CommandRefusedError(
                f"nothing was written: line {number} of the tape holds a key that is in use here; withdraw "
                "it at its provider and store another one",
                FAILED_CHECK,
            )
        shaped += traces.shaped
        file.write(line + b"\n")
        digest.update(line + b"\n")
    return Written(digest.hexdigest(), shaped)


def _check(part: Path) -> None:
    with part.open("rb") as file:
        broken = verify_tape(line.removesuffix(b"\n") for line in file)
    if broken is not None:
        raise CommandRefusedError(
            f"nothing was written: line {broken.line} of the tape {broken.problem}", FAILED_CHECK
        )


def _tell(export: Export, target: Path, written: Written, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": str(target),
                "sha256": written.sha256,
                "lines": export.length,
                "key_shaped_lines": written.shaped,
                "rounds": export.rounds,
                "replay_hash": export.replay_hash,
                "not_replayable_because": export.not_replayable_because,
            }
        )
        return
    print_line(f"{export.length} lines of {export.rounds} rounds in {target}")
    print_line(f"sha256 {written.sha256}")
    print_line(f"replay {export.replay_hash}")
    if export.not_replayable_because:
        print_line(f"the season cannot be played again: {export.not_replayable_because}")
    if written.shaped:
        print_line(
            f"{written.shaped} of the lines hold a text in the form of a key, none of which is in use here: "
            "look at them before you publish the file"
        )
