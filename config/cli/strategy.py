"""Strategies: check, save, have one drafted in words, try on recorded rounds, apply, retire."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from agents.domain.llm.entry import EntryError
from agents.domain.strategy.explaining import explain
from agents.domain.strategy.fields import StrategyError
from agents.domain.strategy.form import Strategy
from agents.domain.strategy.reading import parse_strategy, read_strategy
from agents.domain.strategy.trial import COUNTED, Trial
from agents.domain.strict_json import MAX_BYTES
from agents.ports import AgentError
from agents.selectors.strategies import StrategyView, find_strategy, strategies
from agents.services.strategies import save_strategy
from arena.selectors.strategies import MAX_ROUNDS, seats_of, try_strategy
from arena.services.strategies import apply_strategy, retire_strategy
from config.cli.report import Progress, money, print_json, print_line, print_table
from config.cli.season import find_season
from config.database import prepare_database
from config.refusal import FAILED_CHECK, OK, CommandRefusedError
from config.strategies import draft_strategy
from config.wiring import wall_ms
from kernel.time import iso_utc
from trading.domain.rules import PROFILES

AUTHOR: Final = "command line"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("action", nargs="?", default="list", choices=list(ACTIONS))
    parser.add_argument(
        "subject", nargs="?", help="a strategy's name; a file (check, save); a sentence (draft)"
    )
    parser.add_argument("--version", type=int, help="version of the strategy (default: the newest)")
    parser.add_argument("--name", default="", help="with save: store it under this name")
    parser.add_argument("--model", default="", help="with draft: a contestant's slug, or a provider")
    parser.add_argument("--season", help="with try and apply: slug of the season (default: the current one)")
    parser.add_argument("--rounds", type=int, default=100, help="with try: newest recorded rounds to look at")
    parser.add_argument("--slug", default="", help="with apply: name of the contestant")
    parser.add_argument("--profile", default="moderate", choices=list(PROFILES), help="with apply")


def run(options: dict[str, Any]) -> int:
    """Do the action."""
    action = options["action"]
    if action != "list" and not options["subject"]:
        raise CommandRefusedError(f"{action} what? manage.py arena strategy {action} {_SUBJECTS[action]}")
    if action != "check":
        prepare_database()
    try:
        return ACTIONS[action](options)
    except EntryError as problem:
        raise CommandRefusedError(f"{problem.field}: {problem}") from problem
    except (StrategyError, AgentError) as problem:
        raise CommandRefusedError(str(problem)) from problem


def _list(options: dict[str, Any]) -> int:
    found = strategies()
    if options["json"]:
        print_json({"strategies": [_form(view) for view in found]})
    elif found:
        rows = [[f"{v.name} v{v.version}", v.status, v.sha256[:12], v.author] for v in found]
        print_table(["Strategy", "Status", "Hash", "Author"], rows)
    else:
        print_line("The library is empty. Save one: manage.py arena strategy save FILE")
    return OK


def _show(options: dict[str, Any]) -> int:
    view = _find(options)
    seats = [f"{seat.season}/{seat.slug} ({seat.status})" for seat in seats_of(view.document)]
    if options["json"]:
        print_json({**_form(view), "document": view.strategy.canonical(), "contestants": seats})
        return OK
    _print_view(view)
    print_line(f"Contestants: {', '.join(seats) or 'none'}")
    print_line(view.document.decode())
    return OK


def _check(options: dict[str, Any]) -> int:
    strategy = _read(options["subject"])
    if options["json"]:
        print_json({"sha256": strategy.sha256, **_told(strategy), "document": strategy.canonical()})
    else:
        _print_strategy(strategy)
    return OK


def _save(options: dict[str, Any]) -> int:
    strategy = _read(options["subject"])
    if options["name"]:
        strategy = read_strategy({**strategy.canonical(), "name": options["name"]})
    view = save_strategy(strategy, sentence="", author=AUTHOR, wall_ms=wall_ms())
    _say(options, _form(view), view)
    return OK


def _draft(options: dict[str, Any]) -> int:
    if not options["model"]:
        raise CommandRefusedError("draft needs a model: name a contestant's slug or a provider with --model")
    sys.stderr.write(f"asking {options['model']} ...\n")
    draft = draft_strategy(options["subject"], options["model"], AUTHOR)
    if options["json"]:
        print_json({**draft.result(), "usd": None if draft.cost is None else money(draft.cost)})
    elif draft.view is None:
        print_line(draft.raw)
    else:
        _print_view(draft.view)
        print_line(f"Next: manage.py arena strategy try {draft.view.name}, then apply {draft.view.name}")
    price = "a price nobody knows" if draft.cost is None else f"{money(draft.cost)} USD"
    sys.stderr.write(f"{draft.provider} {draft.model}: {draft.latency_us // 1_000} ms, {price}\n")
    if draft.view is None:
        sys.stderr.write(f"no strategy was stored: {draft.problem}\n")
    return OK if draft.view is not None else FAILED_CHECK


def _try(options: dict[str, Any]) -> int:
    if not 1 <= options["rounds"] <= MAX_ROUNDS:
        raise CommandRefusedError(f"--rounds must lie between 1 and {MAX_ROUNDS}")
    view, season = _find(options), find_season(options["season"])
    progress = Progress(options["rounds"], "rounds")
    trial = try_strategy(
        view.strategy, season.slug, options["rounds"], lambda done, _all: progress.show(done)
    )
    progress.close()
    if options["json"]:
        print_json({"season": season.slug, "name": view.name, "version": view.version, **_trial(trial)})
    else:
        _print_trial(trial, season.slug)
    return OK


def _apply(options: dict[str, Any]) -> int:
    view, season = _find(options), find_season(options["season"])
    found = apply_strategy(view, season.slug, name=options["slug"], profile=options["profile"])
    form = {"season": found.season, "contestant": found.slug, "strategy": view.name, "version": view.version}
    if options["json"]:
        print_json(form)
    else:
        print_line(
            f"{found.slug}: plays {view.name} v{view.version} in {found.season} from the next round on"
        )
    return OK


def _retire(options: dict[str, Any]) -> int:
    view = _find(options)
    retired = retire_strategy(view)
    if options["json"]:
        print_json({"strategy": view.name, "version": view.version, "contestants": list(retired)})
    else:
        print_line(
            f"{view.name} v{view.version}: retired; contestants retired: {', '.join(retired) or 'none'}"
        )
    return OK


ACTIONS: Final[dict[str, Callable[[dict[str, Any]], int]]] = {
    "list": _list,
    "show": _show,
    "check": _check,
    "save": _save,
    "draft": _draft,
    "try": _try,
    "apply": _apply,
    "retire": _retire,
}
_SUBJECTS: Final = {
    **dict.fromkeys(("show", "try", "apply", "retire"), "NAME"),
    **dict.fromkeys(("check", "save"), "FILE"),
    "draft": '"RSI oversold on BTC, tight risk" --model SLUG',
}


def _find(options: dict[str, Any]) -> StrategyView:
    view = find_strategy(options["subject"], options["version"])
    if view is None:
        version = "" if options["version"] is None else f" v{options['version']}"
        raise CommandRefusedError(
            f"there is no strategy {options['subject']}{version}; see: manage.py arena strategy list"
        )
    return view


def _read(path: str) -> Strategy:
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise CommandRefusedError(f"cannot read {path} ({type(problem).__name__})") from problem
    try:
        return parse_strategy(raw)
    except StrategyError as problem:
        raise CommandRefusedError(f"{path}: {problem}") from problem


def _form(view: StrategyView) -> dict[str, Any]:
    named = ("name", "version", "status", "sentence", "author", "sha256", "created_wall_ms")
    return {**{name: getattr(view, name) for name in named}, **_told(view.strategy)}


def _told(strategy: Strategy) -> dict[str, Any]:
    return {"name": strategy.name, "explanation": list(explain(strategy))}


def _say(options: dict[str, Any], form: dict[str, Any], view: StrategyView) -> None:
    if options["json"]:
        print_json(form)
    else:
        _print_view(view)


def _print_view(view: StrategyView) -> None:
    print_line(f"{view.name} v{view.version}, {view.status}, by {view.author}")
    if view.sentence:
        print_line(f"From the sentence: {view.sentence}")
    _print_strategy(view.strategy)


def _print_strategy(strategy: Strategy) -> None:
    for sentence in explain(strategy):
        print_line(f"  {sentence}")
    print_line(f"  sha256 {strategy.sha256}")


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "rounds": trial.rounds,
        "first_ms": trial.first_ms,
        "last_ms": trial.last_ms,
        "calls": {symbol: {name: counts[name] for name in COUNTED} for symbol, counts in trial.calls.items()},
        "unplayable": list(trial.unplayable),
        "looks_at_position": trial.looks_at_position,
    }


def _print_trial(trial: Trial, season: str) -> None:
    if trial.first_ms is None or trial.last_ms is None:
        print_line(f"Season {season} has no recorded round yet; play one first.")
        return
    first, last = iso_utc(trial.first_ms), iso_utc(trial.last_ms)
    print_line(f"{trial.rounds} recorded rounds of {season}, {first} to {last}:")
    rows = [[symbol, *(str(counts[name]) for name in COUNTED)] for symbol, counts in trial.calls.items()]
    print_table(["Symbol", "Calls long", "Calls short", "Would leave long", "Would leave short"], rows)
    if trial.unplayable:
        print_line(f"Not traded there: {', '.join(trial.unplayable)}")
    if trial.looks_at_position:
        print_line("Exits that look at the open position are not counted.")
    print_line("Counts of signals, no statement about profit.")
