"""Serve the site, the API and the live feed, and play the seasons.

With --first-run an empty database gets its default season and a warm-up of history, so that the board is
populated at once.
"""

import math
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings

from agents.domain.roster import DEFAULT_ROSTER, RosterEntry
from arena import selectors
from arena.rounds import RoundResult
from config.cli.report import Progress, print_json, print_line
from config.contestants import seat_ready_contestants
from config.database import free_dead_claims, make_data_folder, mend_triggers, prepare_database
from config.refusal import OK, CommandRefusedError
from config.seasons import (
    SeasonPlan,
    find_market,
    fitted,
    open_planned_season,
    play_rounds_at_full_speed,
    start_clock,
)
from config.server import Seat, serve, take_seat
from config.warm_up import end_cut_off_warm_up, open_live_season
from config.wiring import LIVE_TIMEOUT_S, WORLD, World, wall_ms
from interfaces.operator import issue_operator_link
from kernel.time import slot_start
from trading.adapters.ccxt_public import CcxtPublicMarket
from trading.domain.presets import ARENA, PRESETS, preset_of

WARM_UP_ROUNDS: Final = 480
"""One market day at three minutes: enough for curves with a shape, played in about ten seconds."""

SIMULATED_SPEED: Final = 12
"""A round every fifteen seconds: something moves while one looks, and a day passes in two hours."""

SEED: Final = 1

SLUG: Final = "season-1"
"""The season that a fresh installation opens by itself."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", default=settings.ARENA_HOST, help="address to listen on (ARENA_HOST)")
    parser.add_argument(
        "--port", type=int, default=settings.ARENA_PORT, help="port to listen on (ARENA_PORT)"
    )
    parser.add_argument(
        "--market", default=settings.ARENA_MARKET, help="market of a first season (ARENA_MARKET)"
    )
    parser.add_argument("--first-run", action="store_true", help="open the default season if there is none")
    parser.add_argument("--warm-up", type=int, default=WARM_UP_ROUNDS, help="rounds of history to play first")
    parser.add_argument(
        "--speed", type=int, default=SIMULATED_SPEED, help="market time over wall time (simulated, tape)"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="seed of a simulated market")
    parser.add_argument(
        "--preset", default=ARENA.preset, choices=list(PRESETS), help="rules a first season begins with"
    )


def run(options: dict[str, Any]) -> int:
    """Take the seat, prepare, say where, and serve until Ctrl-C."""
    if options["warm_up"] < 0 or not 1 <= options["speed"] <= 3600:  # noqa: PLR2004 - an hour a second is the most
        raise CommandRefusedError("--warm-up must not be negative and --speed lie between 1 and 3600")
    make_data_folder()
    with_runner = settings.ARENA_RUNNER == "local"
    with take_seat(host=options["host"], port=options["port"], with_runner=with_runner) as seat:
        prepare_database()
        mend_triggers()
        if with_runner:
            free_dead_claims(season.id for season in selectors.seasons())
        seat_ready_contestants()
        end_cut_off_warm_up(SLUG, options["speed"], WORLD)
        if options["first_run"] and not any(season.clock != "tape" for season in selectors.seasons()):
            open_default_season(options)
            seat_ready_contestants()  # models join after the history
        _announce(seat, as_json=options["json"])
        serve(seat)
    return OK


def _announce(seat: Seat, *, as_json: bool) -> None:
    link = issue_operator_link(seat.address)
    slug = selectors.current_season_slug()
    season = selectors.season_view(slug, wall_ms()) if slug else None
    market = season.market_label if season else "no season yet: manage.py arena season open"
    if as_json:
        print_json({"address": seat.address, "operator_link": link, "market": market})
    else:
        print_line(f"The Arena: {seat.address}")
        print_line(f"Market:    {market}, paper money")
        print_line(f"Operator:  {link} (works once, within the hour)")
        print_line("Ctrl-C stops; the next start goes on from here.")
    sys.stdout.flush()


def open_default_season(
    options: dict[str, Any], world: World = WORLD, roster: Sequence[RosterEntry] = DEFAULT_ROSTER
) -> str:
    """Open the season a fresh installation plays, with a warm-up of history; return its id."""
    now_ms = world.wall_ms()
    plan = default_plan(options, now_ms)
    market = find_market(plan, world)
    plan = fitted(plan, market, now_ms)
    progress = Progress(options["warm_up"], "playing the history")

    def show(result: RoundResult) -> None:
        progress.show(result.number)

    if isinstance(market, CcxtPublicMarket):
        season_id = open_live_season(plan, market, roster, world, options["warm_up"], show)
    else:
        season_id = open_planned_season(plan, roster, world)
        play_rounds_at_full_speed(season_id, options["warm_up"], show)
        start_clock(season_id, "scaled", options["speed"], world)
    progress.close()
    return season_id


def default_plan(options: dict[str, Any], now_ms: int) -> SeasonPlan:
    """Return the plan of a fresh installation's season; its simulated past ends now."""
    rules = preset_of(options.get("preset", ARENA.preset))
    first_slot = math.ceil(now_ms / rules.interval_ms) - options["warm_up"]
    return SeasonPlan(
        slug=SLUG,
        name="Season 1",
        market=options["market"],
        seed=options["seed"],
        symbols=rules.symbols,
        interval_s=0,
        capital=10_000,
        clock="tape",
        speed=1,
        start_ms=slot_start(first_slot, rules.interval_ms),
        live_timeout_s=LIVE_TIMEOUT_S,
        rules=rules,
    )
