"""Adding a model contestant from the command line, and looking whether its model can be asked."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from agents.domain.llm.entry import ContestantForm, EntryError
from agents.domain.registry import KINDS
from agents.selectors.specs import spec_config
from arena.domain.board import SeasonView
from arena.selectors.entering import seat_facts
from arena.services.entering import Entered, enter_models
from config.cli.key import read_key
from config.cli.report import money, print_json, print_line
from config.contestants import seat_if_ready
from config.errands import EndedError, look_at
from config.refusal import FAILED_CHECK, OK, CommandRefusedError
from config.wiring import wall_ms
from trading.domain.rules import PROFILES

_MODELS: Final = [kind for kind, info in KINDS.items() if info.how == "model"]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of add."""
    new = parser.add_argument_group("with add")
    new.add_argument("--provider", choices=_MODELS, metavar="KIND", help=", ".join(_MODELS))
    new.add_argument("--model", default="", help="the model's id, as the provider writes it")
    new.add_argument("--key-stdin", action="store_true", help="read its key from standard input")
    new.add_argument("--base-url", default="", help="address of an endpoint of your own")
    new.add_argument("--effort", default="", help="how long it thinks, where the model knows that")
    new.add_argument("--prompt", type=Path, help="file with a prompt of its own: ranked apart")
    new.add_argument("--profile", default="moderate", choices=list(PROFILES), help="appetite for risk")
    new.add_argument("--replicas", type=int, default=1, help="how many of it play, each with its own money")
    new.add_argument("--max-usd-day", default="", help="what its thinking may cost a day")
    new.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="part of the provider's address"
    )
    new.add_argument("--test", action="store_true", help="ask the model one tiny question at once")


def add(season: SeasonView, options: dict[str, Any]) -> int:
    """Enter a model contestant and, if asked, test it."""
    if not options["slug"] or not options["provider"]:
        raise CommandRefusedError(
            "name the contestant and its provider: manage.py arena contestant add NAME --provider KIND"
        )
    key = read_key("Key (not shown): ") if options["key_stdin"] else ""
    if options["key_stdin"] and not key:
        raise CommandRefusedError("--key-stdin: no key came by standard input")
    entered = _entered(season, _form_of(options), key)
    seat_if_ready(season.id, entered.slugs)
    statuses = {slug: _status(season.slug, slug) for slug in entered.slugs}
    result = look_at_contestant(season.slug, entered.slugs[0]) if options["test"] else None
    if options["json"]:
        form = {"season": season.slug, "contestants": statuses}
        print_json({**form, "test": result} if options["test"] else form)
    else:
        _print_entered(statuses)
        _print_result(result)
    return FAILED_CHECK if result is not None and not is_fit(result) else OK


def test(season: SeasonView, options: dict[str, Any]) -> int:
    """Test one contestant's model."""
    if not options["slug"]:
        raise CommandRefusedError("name the contestant to test: manage.py arena contestant test SLUG")
    result = look_at_contestant(season.slug, options["slug"])
    if options["json"]:
        print_json({"season": season.slug, "contestant": options["slug"], "test": result})
    else:
        _print_result(result)
    return OK if is_fit(result) else FAILED_CHECK


def look_at_contestant(season_slug: str, slug: str) -> dict[str, Any]:
    """Return what a look at a contestant's model found; 'detail' alone where it cannot be asked."""
    seat = seat_facts(season_slug, slug)
    if seat is None:
        raise CommandRefusedError(f"season {season_slug} has no contestant {slug}")
    if KINDS[seat.kind].how != "model":
        raise CommandRefusedError(f"{slug} is no language model; there is nothing to test")
    try:
        return look_at(spec_config({seat.spec_id})[seat.spec_id], seat.interval_ms)
    except EndedError as problem:
        return {"detail": str(problem)}


def is_fit(result: dict[str, Any]) -> bool:
    """Return whether a model can play: something could be looked at, and nothing of it is wrong."""
    found = [result.get(name) for name in ("key_accepted", "model_alive", "structured_honoured")]
    return True in found and False not in found


def _entered(season: SeasonView, form: ContestantForm, key: str) -> Entered:
    try:
        return enter_models(season.slug, form, key, wall_ms=wall_ms(), keyring=settings.ARENA_KEYRING)
    except EntryError as problem:
        raise CommandRefusedError(f"{problem.field}: {problem}") from problem


def _form_of(options: dict[str, Any]) -> ContestantForm:
    cap = options["max_usd_day"]
    return ContestantForm(
        name=options["slug"],
        kind=options["provider"],
        model=options["model"],
        base_url=options["base_url"],
        effort=options["effort"],
        prompt=_read_prompt(options["prompt"]),
        profile=options["profile"],
        replicas=options["replicas"],
        settings=dict(_pair(text) for text in options["set"]),
        caps={"max_usd_day": cap} if cap else {},
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandRefusedError(f"--set {text[:40]}: write NAME=VALUE, for example account=1a2b")
    return name, value


def _read_prompt(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandRefusedError(f"--prompt: cannot read {path} ({type(problem).__name__})") from problem


def _status(season_slug: str, slug: str) -> str:
    seat = seat_facts(season_slug, slug)
    return "" if seat is None else seat.status


def _print_entered(statuses: dict[str, str]) -> None:
    for slug, status in statuses.items():
        print_line(f"{slug}: {_WORDS.get(status, status)}")


_WORDS: Final = {
    "playing": "plays from the next round on",
    "waiting_for_key": "waits for a key; store one: manage.py arena key set agent:NAME or provider:KIND",
}


def _print_result(result: dict[str, Any] | None) -> None:
    if result is None:
        return
    if "model" in result:
        marks = {True: "yes", False: "NO", None: "not known"}
        price = "not known" if result["usd_a_day"] is None else f"{money(result['usd_a_day'])} USD"
        print_line(f"model             {result['provider']} {result['model']}")
        print_line(f"key accepted      {marks[result['key_accepted']]}")
        print_line(f"model alive       {marks[result['model_alive']]}")
        print_line(f"{result['structured_mode']:<17} {marks[result['structured_honoured']]}")
        print_line(f"latency           {result['latency_ms']} ms")
        print_line(f"a day costs about {price} ({result['questions_a_day']} questions)")
    if result["detail"]:
        sys.stderr.write(f"{result['detail']}\n")
