"""A season as its recording describes it: enough to open it again elsewhere and play it to the same hash."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.domain.roster import RosterEntry
from arena.ports import Ports
from arena.rounds import RoundResult, play_next_round
from arena.selectors import recording
from arena.selectors.recording import RecordedContestant
from arena.services.recorded_commands import put_recorded_commands
from arena.services.seasons import (
    ContestantDraft,
    SeasonDraft,
    open_season,
    set_contestant_status,
    skip_to_slot,
)
from config.contestants import contestant_drafts
from config.recorded_header import VERSION, check_header, check_replayable, rules_of
from config.refusal import CommandRefusedError
from config.wiring import LIVE_TIMEOUT_S, WORLD, World, market_of, market_sha256
from kernel.ids import derive_id
from kernel.time import slot_start
from trading.domain.rules import RuleBook
from trading.ports import MarketData, MarketError


def season_header(slug: str) -> dict[str, Any]:
    """Return what describes a season: integers and strings only. Raises CommandRefusedError if it cannot be.

    A tape is named by its files' names and its hash, not by where it lies on this machine.
    """
    found = recording.recorded_season(slug)
    if found is None:
        raise CommandRefusedError(f"there is no season {slug}; see: manage.py arena season")
    reason = _reason_against(found)
    return {
        "kind": "season",
        "v": VERSION,
        "replayable": not reason,
        "not_replayable_because": reason,
        "name": found.name,
        "market": _public_market(found.market_spec),
        "market_sha256": found.market_sha256,
        "seed": found.seed,
        "rules": found.rules,
        "first_slot": found.first_slot,
        "slots": [list(stretch) for stretch in found.slots],
        "rounds": found.rounds,
        "replay_hash": found.replay_hash,
        "roster": [_entry_form(entry) for entry in found.contestants],
        **({"commands": [list(command) for command in found.commands]} if found.commands else {}),
    }


def _reason_against(found: recording.RecordedSeason) -> str:
    """Return why a season cannot be played again, '' if it can: its tape is worth publishing all the same."""
    if found.market_kind != "live":
        return ""
    return f"it was played on the live prices of {found.market_label}, and a tape of answers holds no prices"


def _public_market(spec: str) -> str:
    kind, _, rest = spec.partition(":")
    if kind != "tape":
        return spec
    files, mark, query = rest.partition("?")
    return f"tape:{','.join(_public_file(name) for name in files.split(','))}{mark}{query}"


def _public_file(name: str) -> str:
    symbol, equals, path = name.partition("=")
    return f"{symbol}={Path(path).name}" if equals else Path(name).name


def _entry_form(entry: RecordedContestant) -> dict[str, Any]:
    return {
        "name": entry.name,
        "slug": entry.slug,
        "subtitle": entry.subtitle,
        "kind": entry.kind,
        "config": entry.config,
        "profile": entry.profile,
        "replica": entry.replica,
        "original": entry.original,
        "presence": [list(stretch) for stretch in entry.presence],
    }


def open_recorded_season(header: dict[str, Any], market_spec: str = "", world: World = WORLD) -> str:
    """Open the season of a header again under a slug of its own; return its id. Nobody takes part yet.

    ``market_spec`` says where a tape lies here. Raises CommandRefusedError for a header this version cannot
    play and for another tape than the recorded one.
    """
    check_header(header)
    check_replayable(header)
    rules = rules_of(header)
    spec = _playable_spec(header, market_spec)
    start_ms = slot_start(int(header["first_slot"]), rules.interval_ms)
    try:
        market = market_of(spec, header["seed"], rules.symbols, start_ms, LIVE_TIMEOUT_S, world)
    except (MarketError, ValueError) as problem:
        raise CommandRefusedError(f"{problem}; name the recorded market with --market") from problem
    if market_sha256(market) != header["market_sha256"]:
        raise CommandRefusedError(
            f"{spec} is not the recording the season was played on; name it with --market"
        )
    season_id = open_season(_draft(header, rules, spec, market), _drafts(header), world.wall_ms())
    put_recorded_commands(season_id, header.get("commands", ()))
    return season_id


def _playable_spec(header: dict[str, Any], market_spec: str) -> str:
    """Return the market to play on, simulated or recorded, whatever a file says: no venue is asked."""
    spec = market_spec or str(header["market"])
    if not (spec == "simulated" or spec.startswith("tape:")):
        raise CommandRefusedError(
            f"{spec[:80]} is no market to play a season on again; name one with --market: "
            "simulated or tape:FILE[,FILE]"
        )
    if not market_spec and ("/" in spec or "\\" in spec):
        raise CommandRefusedError("the tape names a folder of this machine; name the market with --market")
    if (spec == "simulated") is not (header["market_sha256"] == ""):
        raise CommandRefusedError(f"{spec[:80]} is not what the season was played on; name it with --market")
    return spec


def _draft(header: dict[str, Any], rules: RuleBook, spec: str, market: MarketData) -> SeasonDraft:
    return SeasonDraft(
        slug=_free_slug(str(header["replay_hash"])),
        name=f"Replay of {header['name']}"[:80],
        seed=int(header["seed"]),
        market_spec=spec,
        info=market.info,
        market_sha256=str(header["market_sha256"]),
        instruments=market.fetch_instruments(),
        rules=rules,
        clock="tape",
        speed=1,
        first_slot=int(header["first_slot"]),
        ranked=False,
    )


def _free_slug(replay_hash: str) -> str:
    base = f"replay-{derive_id('replay', replay_hash)[:8]}"
    return f"{base}-{recording.count_slugs(base) + 1}"


def _drafts(header: dict[str, Any]) -> list[ContestantDraft]:
    entries = [
        RosterEntry(**{name: value for name, value in entry.items() if name != "presence"})
        for entry in header["roster"]
    ]
    drafts = contestant_drafts(entries, with_models=False)
    return [replace(draft, status="absent") for draft in drafts]


def play_recorded(
    header: dict[str, Any],
    season_id: str,
    ports_now: Callable[[], Ports],
    on_round: Callable[[RoundResult], None],
) -> int:
    """Play the recorded rounds: their slots, with who took part in each; return how many were played.

    ``ports_now`` builds the ports anew where the field of contestants has changed.
    """
    ids = {entry["slug"]: derive_id("contestant", season_id, entry["slug"]) for entry in header["roster"]}
    changes = _changes(header)
    ports = ports_now()
    for number, slot in enumerate(_slots(header), start=1):
        for contestant, status in changes.get(number, ()):
            set_contestant_status(ids[contestant], status)
        ports = ports_now() if number in changes else ports
        skip_to_slot(season_id, slot)
        result = play_next_round(ports, season_id)
        if result is None:
            return number - 1
        on_round(result)
    return int(header["rounds"])


def _changes(header: dict[str, Any]) -> dict[int, list[tuple[str, str]]]:
    """Return round number -> (slug, status from then on)."""
    changes: dict[int, list[tuple[str, str]]] = {}
    for entry in header["roster"]:
        for number, status in entry["presence"]:
            changes.setdefault(number, []).append((entry["slug"], status))
    return changes


def _slots(header: dict[str, Any]) -> Iterable[int]:
    """Return the slot of every round; they are written as stretches [first, length]."""
    for first, length in header["slots"]:
        yield from range(first, first + length)
