"""Say what is wrong with this installation and how to mend it."""

import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection

from accounts.selectors import check_ledger
from arena import selectors
from config.cli import doctor_venue
from config.cli.diagnosis import Diagnosis
from config.cli.doctor_models import look_at_models
from config.cli.report import print_json, print_line
from config.database import make_data_folder, pending_migrations
from config.refusal import FAILED_CHECK, OK, CommandRefusedError
from config.wiring import LIVE_TIMEOUT_S, market_of, wall_ms
from store.immutable import missing_triggers
from trading.ports import MarketError
from trading.selectors import stop_file

MIN_PYTHON: Final = (3, 11)
MAX_SILENCE_INTERVALS: Final = 3
"""Rounds a running season may miss before it counts as stuck."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--no-network", action="store_true", help="do not try to reach a venue or a model")
    parser.add_argument(
        "--ask", action="store_true", help="ask each model one round's question (costs money)"
    )
    parser.add_argument("--venue", default="", help="look at this venue instead: what would be sent there")
    parser.add_argument("--account", default="", help="with --venue: a contestant bound to it")
    parser.add_argument(
        "--profile", default="live", choices=("live", "testnet"), help="with --venue and no account"
    )


def run(options: dict[str, Any]) -> int:
    """Look at everything; exit with 1 if something needs mending."""
    if options["venue"]:
        return doctor_venue.run(options)
    found: list[Diagnosis] = []
    for look in LOOKS:
        found.extend(look(options))
    if options["json"]:
        print_json({"ok": not _problems(found), "checks": [asdict(item) for item in found]})
    else:
        for item in found:
            print_line(
                f"{item.state:8} {item.what}: {item.detail}" + (f" -> {item.remedy}" if item.remedy else "")
            )
    return FAILED_CHECK if _problems(found) else OK


def _problems(found: list[Diagnosis]) -> list[Diagnosis]:
    return [item for item in found if item.state == "problem"]


def _python(_options: dict[str, Any]) -> Iterator[Diagnosis]:
    version = sys.version.split()[0]
    if sys.version_info < MIN_PYTHON:
        yield Diagnosis("python", "problem", version, "install Python 3.11 or newer and run bin/setup")
    else:
        yield Diagnosis("python", "ok", version)


def _folder(_options: dict[str, Any]) -> Iterator[Diagnosis]:
    try:
        make_data_folder()
        yield Diagnosis("data folder", "ok", str(settings.ARENA_DATA_DIR))
    except CommandRefusedError as refusal:
        yield Diagnosis("data folder", "problem", str(refusal), "see the sentence")


def _secret_key(_options: dict[str, Any]) -> Iterator[Diagnosis]:
    path = Path(settings.ARENA_DATA_DIR) / "secret_key"
    if path.exists() and path.stat().st_mode & 0o077:
        yield Diagnosis("secret key", "problem", f"others can read {path}", f"chmod 600 {path}")
    else:
        yield Diagnosis("secret key", "ok", "set")


def _trading(_options: dict[str, Any]) -> Iterator[Diagnosis]:
    what = f"ARENA_TRADING={settings.ARENA_TRADING}"
    if settings.ARENA_TRADING == "paper":
        yield Diagnosis("trading", "ok", f"{what}: nothing signed leaves this arena")
    elif settings.ARENA_VENUE_KEYRING.ids:
        yield Diagnosis("trading", "note", f"{what}: accounts that are enabled send orders to venues")
    else:
        yield Diagnosis(
            "trading", "problem", f"{what}, and nothing opens the exchanges' keys", "run bin/setup"
        )
    filed = stop_file()
    if filed is not None:
        remedy = f"delete {settings.ARENA_STOP_FILE}, then: manage.py arena resume"
        yield Diagnosis("stop file", "problem", f"it is there and asks for {filed.asked}", remedy)


def _database(_options: dict[str, Any]) -> Iterator[Diagnosis]:
    try:
        pending = pending_migrations()
    except DatabaseError as error:
        yield Diagnosis("database", "problem", str(error), "check DATABASE_URL")
        return
    if pending:
        yield Diagnosis(
            "database", "note", f"{pending} migrations are pending", "manage.py migrate (serve does it)"
        )
        return
    yield Diagnosis("database", "ok", connection.vendor)
    missing = missing_triggers()
    if missing:
        yield Diagnosis(
            "immutable tables", "problem", f"trigger {missing[0]} is missing", "manage.py migrate"
        )
    problem = check_ledger()
    if problem:
        yield Diagnosis("books", "problem", problem, "stop trading and run: manage.py arena audit")
    else:
        yield Diagnosis("books", "ok", "balance")
    yield from _seasons()


def _seasons() -> Iterator[Diagnosis]:
    found = selectors.seasons()
    if not found:
        yield Diagnosis("seasons", "note", "none yet", "bin/run opens the first one")
    for season in found:
        silence_ms = _silence_ms(season.slug)
        limit_ms = MAX_SILENCE_INTERVALS * season.interval_ms // season.speed
        if season.status == "running" and silence_ms is not None and silence_ms > limit_ms:
            detail = f"no round for {silence_ms // 1000} s"
            yield Diagnosis(f"season {season.slug}", "problem", detail, "start it: bin/run")
        else:
            yield Diagnosis(f"season {season.slug}", "ok", f"{season.status}, {season.rounds_closed} rounds")


def _silence_ms(slug: str) -> int | None:
    closed_ms = selectors.last_closed_wall_ms(slug)
    return None if closed_ms is None else wall_ms() - closed_ms


def _port(_options: dict[str, Any]) -> Iterator[Diagnosis]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.ARENA_HOST, settings.ARENA_PORT))
        except OSError as error:
            detail = f"{settings.ARENA_HOST}:{settings.ARENA_PORT} is taken ({error.strerror})"
            yield Diagnosis("port", "note", detail, "fine if that is this arena; else set ARENA_PORT")
        else:
            yield Diagnosis("port", "ok", f"{settings.ARENA_HOST}:{settings.ARENA_PORT} is free")


def _broker(_options: dict[str, Any]) -> Iterator[Diagnosis]:
    if settings.ARENA_RUNNER != "celery":
        yield Diagnosis("runner", "ok", "local: one process plays and serves")
        return
    import redis  # noqa: PLC0415 - only where a broker is used

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()
        yield Diagnosis("broker", "ok", "answers")
    except redis.RedisError as error:
        yield Diagnosis("broker", "problem", str(error), "start it or mend REDIS_URL")


def _market(options: dict[str, Any]) -> Iterator[Diagnosis]:
    if options["no_network"]:
        yield Diagnosis("market", "note", "not tried")
        return
    symbols = ("BTC", "ETH")
    try:
        market = market_of(settings.ARENA_MARKET, 1, symbols, wall_ms(), LIVE_TIMEOUT_S)
        yield Diagnosis("market", "ok", market.info.label)
    except (MarketError, ValueError) as error:
        yield Diagnosis("market", "problem", str(error), "set ARENA_MARKET")


LOOKS: Final[tuple[Callable[[dict[str, Any]], Iterator[Diagnosis]], ...]] = (
    _python,
    _folder,
    _secret_key,
    _trading,
    _database,
    _port,
    _broker,
    _market,
    look_at_models,
)
