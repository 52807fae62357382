"""Play a season as fast as the machine can and print its standings and replay hash.

The same market, seed and rules end in the same hash. A run that was killed goes on where it was left.
"""

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from agents.domain.roster import DEFAULT_ROSTER, RosterEntry
from arena import selectors
from arena.domain.board import BoardView
from arena.services.seasons import set_season_status
from config.cli.report import Progress, money, percent, print_json, print_line, print_table
from config.database import free_dead_claims, hold_database, mend_triggers, prepare_database
from config.refusal import NOT_SAFE, OK, CommandRefusedError
from config.roster_file import read_roster
from config.seasons import SeasonPlan, open_planned_season, play_rounds_at_full_speed
from config.wiring import LIVE_TIMEOUT_S, wall_ms
from kernel.ids import derive_id
from kernel.time import parse_utc_ms
from trading.domain.presets import ARENA, PRESETS, preset_of

SIMULATED_START: Final = "2026-01-01T00:00:00Z"
"""Where a simulated season starts if nobody says otherwise: fixed, so that a seed always gives one game."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--market", default="simulated", help="simulated or tape:FILE[,FILE]")
    parser.add_argument("--rounds", type=int, default=200, help="rounds to play (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="seed of chance (default 1)")
    parser.add_argument("--proof", choices=["none"], default="none", help="where decisions are committed")
    parser.add_argument(
        "--stamp", choices=["open", "close"], help="what a tape's timestamps mean (default open)"
    )
    parser.add_argument(
        "--volume", choices=["quote", "base", "none"], help="unit of a tape's volume (default none)"
    )
    parser.add_argument(
        "--allow-gaps", action="store_true", help="hold the rounds a gap touches instead of refusing"
    )
    parser.add_argument(
        "--interval", type=int, default=0, help="seconds between rounds (default: the preset's, or one bar)"
    )
    parser.add_argument(
        "--capital", type=int, default=10_000, help="starting capital in USDT (default 10000)"
    )
    add_rules(parser)
    parser.add_argument("--roster", default="", help="JSON file of contestants (default: the house)")
    parser.add_argument(
        "--models",
        action="store_true",
        help="let language models play that have a key: their calls cost money",
    )
    parser.add_argument(
        "--start", default=SIMULATED_START, help="market time at which a simulated season starts"
    )


def add_rules(parser: ArgumentParser) -> None:
    """Declare the options that say which rules a season begins with."""
    parser.add_argument("--preset", default=ARENA.preset, choices=list(PRESETS), help="rules to begin with")
    parser.add_argument("--symbols", help="symbols to trade (default: the preset's)")


def symbols_of(options: dict[str, Any]) -> tuple[str, ...]:
    """Return the symbols asked for, or the preset's."""
    if options["symbols"] is None:
        return preset_of(options["preset"]).symbols
    return tuple(part.strip().upper() for part in options["symbols"].split(",") if part.strip())


def run(options: dict[str, Any]) -> int:
    """Play and print."""
    plan = plan_from(options)
    with hold_database("arena play"):
        prepare_database()
        mend_triggers()
        started = time.monotonic()
        board = _play(plan, options)
        elapsed_s = time.monotonic() - started
    if options["json"]:
        print_json(
            board_form(board)
            | {"elapsed_s": round(elapsed_s, 3), "seed": plan.seed, "proof": options["proof"]}
        )
    else:
        print_board(board)
        print_line(f"replay hash {board.season.replay_head}, {elapsed_s:.1f} s")
    return OK


def plan_from(options: dict[str, Any]) -> SeasonPlan:
    """Return the plan the options describe; refuses what cannot be played."""
    if options["rounds"] < 1:
        raise CommandRefusedError("--rounds must be at least 1")
    market = market_spec(options)
    if not (market == "simulated" or market.startswith("tape:")):
        raise CommandRefusedError(f"--market {market} is not one of simulated, tape:FILE[,FILE]")
    try:
        start_ms = parse_utc_ms(options["start"])
    except ValueError as error:
        raise CommandRefusedError(
            f"--start {options['start']} is not a time like 2026-01-01T00:00:00Z"
        ) from error
    return SeasonPlan(
        slug="",
        name="Full-speed season",
        market=market,
        seed=options["seed"],
        symbols=symbols_of(options),
        interval_s=options["interval"],
        capital=options["capital"],
        clock="tape",
        speed=1,
        start_ms=0 if market.startswith("tape:") else start_ms,
        live_timeout_s=LIVE_TIMEOUT_S,
        rules=preset_of(options["preset"]),
    )


def market_spec(options: dict[str, Any]) -> str:
    """Return the market with absolute file names and switches: it can be opened again from anywhere."""
    kind, _, rest = options["market"].partition(":")
    if kind != "tape" or not rest:
        return str(options["market"])
    files, _, query = rest.partition("?")
    given = [f"{name}={options[name]}" for name in ("stamp", "volume") if options[name]]
    given += ["allow_gaps=1"] if options["allow_gaps"] else []
    switches = "&".join([part for part in [query, *given] if part])
    return f"tape:{','.join(_absolute(name) for name in files.split(','))}" + (
        f"?{switches}" if switches else ""
    )


def _absolute(name: str) -> str:
    symbol, equals, path = name.partition("=")
    if equals and not Path(name).exists():
        return f"{symbol}={Path(path).absolute()}"
    return str(Path(name).absolute())


def _play(plan: SeasonPlan, options: dict[str, Any]) -> BoardView:
    """Go on with a season that was left unfinished, else open the next; play it to the rounds asked for."""
    count = options["rounds"]
    roster = read_roster(options["roster"]) if options["roster"] else list(DEFAULT_ROSTER)
    base = _base_slug(plan, roster, with_models=options["models"])
    found = _unfinished(base) or _open_next(plan, base, roster, with_models=options["models"])
    slug, season_id = found
    free_dead_claims([season_id])
    done = _board(slug).season.rounds_closed
    progress = Progress(count, "rounds")
    play_rounds_at_full_speed(season_id, count - done, lambda result: progress.show(result.number))
    progress.close()
    season = _board(slug).season
    if season.rounds_closed < count and season.status == "running":
        why = "trading is halted" if season.trading_level == "halted" else "another process plays it"
        raise CommandRefusedError(
            f"season {slug} stopped after {season.rounds_closed} rounds: {why}", NOT_SAFE
        )
    set_season_status(season_id, "finished", wall_ms())
    return _board(slug)


def _board(slug: str) -> BoardView:
    board = selectors.board(slug, wall_ms())
    if board is None:
        raise CommandRefusedError(f"season {slug} has vanished while it was played")
    return board


def _base_slug(plan: SeasonPlan, roster: Sequence[RosterEntry], *, with_models: bool) -> str:
    """Return how the slugs of this game begin: another roster is another game."""
    what = (plan.market, plan.seed, plan.interval_s, plan.capital, plan.start_ms, ",".join(plan.symbols))
    rules = () if plan.rules == ARENA else (plan.rules.sha256,)
    field = () if tuple(roster) == DEFAULT_ROSTER else (",".join(entry.spec.id for entry in roster),)
    return f"play-{derive_id('plan', *what, *rules, *field, *(('models',) if with_models else ()))[:8]}"


def _unfinished(base: str) -> tuple[str, str] | None:
    for season in selectors.seasons():
        if season.slug.startswith(base) and season.status == "running":
            return season.slug, season.id
    return None


def _open_next(
    plan: SeasonPlan, base: str, roster: Sequence[RosterEntry], *, with_models: bool
) -> tuple[str, str]:
    taken = sum(season.slug.startswith(base) for season in selectors.seasons())
    slug = f"{base}-{taken + 1}"
    return slug, open_planned_season(replace(plan, slug=slug), roster, with_models=with_models)


def board_form(board: BoardView) -> dict[str, Any]:
    """Return a board as the JSON that commands print; money as decimal text."""
    season = board.season
    return {
        "season": season.slug,
        "market": season.market_label,
        "market_kind": season.market_kind,
        "proof": season.proof,
        "rounds": season.rounds_closed,
        "replay_hash": season.replay_head,
        "rulebook_sha256": season.rulebook_sha256,
        "books_balance": season.books_balance,
        "standings": [
            {
                "rank": row.rank,
                "contestant": row.slug,
                "name": row.name,
                "equity": money(row.equity),
                "net": money(row.net),
                "gross": money(row.gross),
                "costs": money(row.costs),
                "max_drawdown": money(row.max_drawdown),
                "trades": row.trades,
                "orders": row.orders,
                "denials": row.denials,
                "forced_holds": row.forced_holds,
                "baseline": row.baseline,
            }
            for row in board.standings
        ],
        "waiting": [row.slug for row in board.waiting],
    }


def print_board(board: BoardView) -> None:
    """Print a board for people."""
    season = board.season
    proof = "not proven" if season.proof == "none" else f"proof: {season.proof}"
    print_line(f"{season.name}: {season.rounds_closed} rounds on {season.market_label}, paper money, {proof}")
    rows = [
        [
            f"{row.rank}. {row.name}",
            percent(row.net),
            percent(-row.costs),
            percent(-row.max_drawdown),
            str(row.trades),
            str(row.denials),
            str(row.forced_holds),
        ]
        for row in board.standings
    ]
    print_table(["Contestant", "Net", "Costs", "Drawdown", "Trades", "Denied", "Failed"], rows)
    if board.waiting:
        print_line("Waiting for a key: " + ", ".join(row.name for row in board.waiting))
