"""Serve the site, the API and the live feed, and play the seasons.

With --first-run an empty database gets its default season and a warm-up of history, so that the board is
populated at once.
"""

import math
import sys
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any, Final

from django.conf import settings

from arena import selectors
from arena.rounds import RoundResult
from config.cli.report import Progress, print_json, print_line
from config.database import free_dead_claims, make_data_folder, prepare_database
from config.refusal import OK, CommandRefusedError
from config.seasons import SeasonPlan, open_planned_season, play_rounds_at_full_speed, start_clock
from config.server import Seat, serve, take_seat
from config.wiring import LIVE_TIMEOUT_S, market_of, wall_ms
from interfaces.operator import issue_operator_link
from kernel.time import slot_start
from trading.domain.rules import RuleBook

WARM_UP_ROUNDS: Final = 480
"""One market day at three minutes: enough for curves with a shape, played in about ten seconds."""

SIMULATED_SPEED: Final = 12
"""A round every fifteen seconds: something moves while one looks, and a day passes in two hours."""

SEED: Final = 1


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


def run(options: dict[str, Any]) -> int:
    """Take the seat, prepare, say where, and serve until Ctrl-C."""
    if options["warm_up"] < 0 or not 1 <= options["speed"] <= 3600:  # noqa: PLR2004 - an hour a second is the most
        raise CommandRefusedError("--warm-up must not be negative and --speed lie between 1 and 3600")
    make_data_folder()
    with_runner = settings.ARENA_RUNNER == "local"
    with take_seat(host=options["host"], port=options["port"], with_runner=with_runner) as seat:
        prepare_database()
        if with_runner:
            free_dead_claims()
        if options["first_run"] and selectors.current_season_slug() is None:
            open_default_season(options)
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


def open_default_season(options: dict[str, Any]) -> str:
    """Open the season a fresh installation plays, with a warm-up of history; return its id."""
    rules = RuleBook()
    now_ms = wall_ms()
    start_ms = slot_start(math.ceil(now_ms / rules.interval_ms) - options["warm_up"], rules.interval_ms)
    plan = SeasonPlan(
        slug="season-1",
        name="Season 1",
        market=options["market"],
        seed=options["seed"],
        symbols=rules.symbols,
        interval_s=0,
        capital=10_000,
        clock="tape",
        speed=1,
        start_ms=start_ms,
        live_timeout_s=LIVE_TIMEOUT_S,
    )
    market = market_of(plan.market, plan.seed, plan.symbols, plan.start_ms, plan.live_timeout_s)
    season_id = open_planned_season(fitted(plan, market.info.kind, now_ms))
    if market.info.kind == "live":
        return season_id
    progress = Progress(options["warm_up"], "playing the history")

    def show(result: RoundResult) -> None:
        progress.show(result.number)

    play_rounds_at_full_speed(season_id, options["warm_up"], show)
    progress.close()
    start_clock(season_id, "scaled", options["speed"])
    return season_id


def fitted(plan: SeasonPlan, kind: str, now_ms: int) -> SeasonPlan:
    """Return the plan as its market allows: a venue runs on the wall clock, a tape from its start."""
    if kind == "live":
        return replace(plan, clock="wall", start_ms=now_ms)
    return replace(plan, start_ms=0) if kind == "tape" else plan
