"""Print the question that language models are asked in a round, with its size."""

import json
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any, Final

from agents.domain.llm.prompt import (
    Prompt,
    estimate_tokens,
    render_market,
    render_system,
)
from agents.selectors.prompts import sent_prompt
from arena import selectors
from arena.domain.board import ContestantView, SeasonView
from arena.domain.round_views import RoundView
from config.cli.report import print_json, print_line, print_table
from config.cli.season import find_season
from config.database import prepare_database
from config.refusal import OK, CommandRefusedError
from config.wiring import wall_ms
from trading import selectors as trading
from trading.domain.features import compute_features
from trading.domain.observation import FieldStats, MarketView

_NO_FIELD: Final = FieldStats(0, 0, 0, 0)

ACCOUNT_NOT_KEPT: Final = "(the account part is kept only of prompts that were sent to a language model)"


@dataclass(frozen=True, slots=True)
class _Found:
    """A prompt and where it is from: 'sent' as stored, or 'rendered' again from the stored snapshot."""

    prompt: Prompt
    version: str
    origin: str


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--season", help="slug of the season (default: the current one)")
    parser.add_argument("--round", type=int, help="number of the round (default: the newest)")
    parser.add_argument(
        "--contestant", help="slug: the prompt it was sent, or that of its division if it was sent none"
    )


def run(options: dict[str, Any]) -> int:
    """Print the prompt of one round."""
    prepare_database()
    season = find_season(options["season"])
    shown = _round_of(season, options["round"])
    who = _contestant_of(season, options["contestant"])
    found = _prompt_of(season, shown, who)
    if options["json"]:
        print_json(_form(season, shown, found))
    else:
        _print(season, shown, found)
    return OK


def _round_of(season: SeasonView, number: int | None) -> RoundView:
    if number is None:
        heads = selectors.rounds(season.slug, limit=1)
        if not heads:
            raise CommandRefusedError(f"season {season.slug} has no round yet; play one first")
        number = heads[0].number
    found = selectors.round_view(season.slug, number)
    if found is None:
        raise CommandRefusedError(
            f"season {season.slug} has no round {number}; it has {season.rounds_closed} closed rounds"
        )
    if not found.snapshot_sha256:
        raise CommandRefusedError(
            f"round {number} of season {season.slug} froze no market ({found.held_reason or found.stage}): "
            "nobody was asked; choose another round"
        )
    return found


def _contestant_of(season: SeasonView, slug: str | None) -> ContestantView | None:
    if slug is None:
        return None
    found = selectors.contestant(season.slug, slug, wall_ms())
    if found is None:
        raise CommandRefusedError(
            f"season {season.slug} has no contestant {slug}; see: manage.py arena contestant"
        )
    return found


def _prompt_of(season: SeasonView, shown: RoundView, who: ContestantView | None) -> _Found:
    if who is not None:
        stored = sent_prompt(season.id, shown.slot, who.standing.contestant_id)
        if stored is not None:
            return _Found(stored.prompt, stored.version, "sent")
    view = _view_of(season, shown)
    system = render_system(view, _custom_of(who))
    return _Found(Prompt(system, render_market(view), ""), view.rules.prompt, "rendered")


def _view_of(season: SeasonView, shown: RoundView) -> MarketView:
    """Return what all contestants of a stored round were shown of the market."""
    snapshot = trading.snapshot(shown.snapshot_sha256)
    return MarketView(
        snapshot=snapshot,
        snapshot_sha256=shown.snapshot_sha256,
        features=compute_features(snapshot),
        rules=trading.rule_book(shown.rulebook_sha256),
        slot=shown.slot,
        field=_NO_FIELD,
        instruments=trading.instruments(season.id),
    )


def _custom_of(who: ContestantView | None) -> str:
    config = json.loads(who.spec_config) if who is not None else {}
    prompt = config.get("prompt", "")
    return prompt if isinstance(prompt, str) else ""


def _sizes(prompt: Prompt) -> list[tuple[str, int, int]]:
    """Return (part, signs, estimated tokens)."""
    parts = {"system": prompt.system, "market": prompt.market, "account": prompt.account}
    return [(name, len(text), estimate_tokens(text)) for name, text in parts.items()]


def _form(season: SeasonView, shown: RoundView, found: _Found) -> dict[str, Any]:
    prompt = found.prompt
    hashes = dict(zip(("system", "market", "account"), prompt.parts_sha256(), strict=True))
    return {
        "season": season.slug,
        "round": shown.number,
        "slot": shown.slot,
        "snapshot_sha256": shown.snapshot_sha256,
        "prompt_version": found.version,
        "origin": found.origin,
        "prompt_sha256": prompt.sha256 if prompt.account else "",
        "parts": {
            name: {
                "text": getattr(prompt, name),
                "sha256": hashes[name],
                "characters": signs,
                "estimated_tokens": tokens,
            }
            for name, signs, tokens in _sizes(prompt)
        },
    }


def _print(season: SeasonView, shown: RoundView, found: _Found) -> None:
    prompt = found.prompt
    for title, text in (
        ("system", prompt.system),
        ("user: market", prompt.market),
        ("user: account", prompt.account or ACCOUNT_NOT_KEPT),
    ):
        print_line(f"----- {title} -----")
        print_line(text)
        print_line()
    origin = "as it was sent" if found.origin == "sent" else "rendered again"
    print_line(
        f"Round {shown.number} of {season.name}, snapshot {shown.snapshot_sha256[:12]}: "
        f"template {found.version}, {origin}"
    )
    sizes = _sizes(prompt)
    total = ("together", sum(size[1] for size in sizes), sum(size[2] for size in sizes))
    rows = [[name, str(signs), str(tokens)] for name, signs, tokens in [*sizes, total]]
    print_table(["Part", "Characters", "Tokens at most"], rows)
