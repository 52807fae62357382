"""List, open, pause, resume and finish seasons."""

from argparse import ArgumentParser
from typing import Any, Final

from django.conf import settings

from arena import selectors
from arena.domain.board import SeasonView
from arena.services.seasons import set_season_status
from config.cli import serve
from config.cli.play import add_rules, symbols_of
from config.cli.report import print_json, print_line, print_table
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.seasons import SeasonPlan, find_market, fitted, open_planned_season
from config.wiring import LIVE_TIMEOUT_S, wall_ms
from trading.domain.presets import preset_of

ACTIONS: Final = {"pause": "paused", "resume": "running", "finish": "finished"}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", default="list", choices=["list", "open", *ACTIONS])
    parser.add_argument("slug", nargs="?", help="the season")
    parser.add_argument("--name", default="", help="name of a season to open")
    parser.add_argument(
        "--market", default=settings.ARENA_MARKET, help="auto, simulated, tape:FILE[,FILE] or ccxt:VENUE"
    )
    parser.add_argument("--seed", type=int, default=serve.SEED, help="seed of a simulated market")
    add_rules(parser)
    parser.add_argument(
        "--interval", type=int, default=0, help="seconds between rounds (default: the preset's, or one bar)"
    )
    parser.add_argument(
        "--capital", type=int, default=10_000, help="starting capital in USDT (default 10000)"
    )
    parser.add_argument("--speed", type=int, default=serve.SIMULATED_SPEED, help="market time over wall time")


def run(options: dict[str, Any]) -> int:
    """Do the action and print the season."""
    prepare_database()
    action = options["action"]
    if action == "open":
        _open(options)
    elif action != "list":
        _set_status(find_season(options["slug"]), ACTIONS[action])
    _print([season for season in selectors.seasons() if options["slug"] in {None, season.slug}], options)
    return OK


def _set_status(season: SeasonView, status: str) -> None:
    try:
        set_season_status(season.id, status, wall_ms())
    except ValueError as problem:
        raise CommandRefusedError(str(problem)) from problem


def find_season(slug: str | None) -> SeasonView:
    """Return a season by its slug, the current one for none; refuses an unknown one."""
    wanted = slug or selectors.current_season_slug()
    season = selectors.season_view(wanted, wall_ms()) if wanted else None
    if season is None:
        known = ", ".join(view.slug for view in selectors.seasons())
        if not wanted or not known:
            raise CommandRefusedError(
                "no season is open yet: bin/run opens one, or manage.py arena season open NAME"
            )
        raise CommandRefusedError(f"there is no season {wanted}; known: {known}")
    return season


def _open(options: dict[str, Any]) -> None:
    slug = options["slug"]
    if not slug:
        raise CommandRefusedError("name the season to open: manage.py arena season open SLUG")
    if selectors.season_view(slug, wall_ms()) is not None:
        raise CommandRefusedError(f"there is a season {slug} already; choose another slug")
    plan = SeasonPlan(
        slug=slug,
        name=options["name"] or slug,
        market=options["market"],
        seed=options["seed"],
        symbols=symbols_of(options),
        interval_s=options["interval"],
        capital=options["capital"],
        clock="scaled",
        speed=options["speed"],
        start_ms=wall_ms(),
        live_timeout_s=LIVE_TIMEOUT_S,
        rules=preset_of(options["preset"]),
    )
    open_planned_season(fitted(plan, find_market(plan), wall_ms()))


def _print(found: list[SeasonView], options: dict[str, Any]) -> None:
    if options["json"]:
        print_json({"seasons": [season_form(season) for season in found]})
        return
    if not found:
        print_line("There is no season yet; open one: manage.py arena season open SLUG")
        return
    rows = [
        [season.slug, season.status, season.market_label, str(season.rounds_closed), season.replay_head[:12]]
        for season in found
    ]
    print_table(["Season", "Status", "Market", "Rounds", "Replay"], rows)


def season_form(season: SeasonView) -> dict[str, Any]:
    """Return a season as JSON."""
    return {
        "slug": season.slug,
        "name": season.name,
        "status": season.status,
        "market": season.market_label,
        "market_kind": season.market_kind,
        "clock": season.clock,
        "speed": season.speed,
        "rounds": season.rounds_closed,
        "version": season.version,
        "replay_hash": season.replay_head,
    }
