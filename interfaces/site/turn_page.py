"""One contestant's turn as values a template can show: question, answer to the byte, what came of it."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from agents.domain.registry import KINDS
from arena.domain.board import SeasonView
from arena.domain.minds import CallView, PromptView
from arena.domain.turn_views import TurnPage
from interfaces.format import NONE, count, duration
from interfaces.sentences import reason_sentence
from interfaces.site.bar import Now, season_bar
from interfaces.site.board_page import MAIN
from interfaces.site.calls import call_text
from interfaces.site.round_page import Figure, figure_of, turn_of
from interfaces.site.text import inert, moment

MOST_SHOWN: Final = 64 * 1024
"""Bytes of an answer on its page; as many as are ever read of one. The API has all of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the three texts of a prompt, with its hash."""

    key: str
    title: str
    meaning: str
    size: str
    sha256: Figure
    text: str


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came. ``notes`` say what is not shown as it came."""

    text: str
    size: str
    notes: tuple[str, ...]


def turn_context(season: SeasonView, view: TurnPage, now: Now) -> dict[str, Any]:
    """Return everything the turn's template shows."""
    turn = turn_of(view.turn)
    kind = KINDS[view.kind].label if view.kind in KINDS else view.kind
    number = count(view.number)
    return {
        "here": "rounds",
        "bar": season_bar(season, now),
        "number": view.number,
        "round": _("Round {number}").format(number=number),
        "title": _("{name} in round {number}").format(name=turn.name, number=number),
        "turn": turn,
        "kind": kind,
        "at": moment(view.market_ms),
        "closed": view.is_closed,
        "snapshot": figure_of(_("Snapshot"), view.snapshot_sha256),
        "version": inert(view.prompt.version) if view.prompt else "",
        "whole": figure_of(_("Prompt"), view.prompt.sha256) if view.prompt else None,
        "parts": parts_of(view.prompt, view.division) if view.prompt else (),
        "raw": raw_of(view.answer) if view.answer is not None else None,
        "facts": call_facts(view.turn.call) if view.turn.call else (),
    }


def parts_of(prompt: PromptView, division: str) -> tuple[Part, ...]:
    """Return the three texts of a prompt, in the order in which they were sent."""
    same, own = _("The same for everybody, all season."), _("With a prompt of its own in it, all season.")
    meanings = (
        ("system", _("Rules and form of the answer"), same if division == MAIN else own, prompt.system),
        ("market", _("The market"), _("The same for everybody in this round."), prompt.market),
        ("account", _("Its own account"), _("Only this contestant's, with the time last."), prompt.account),
    )
    return tuple(
        Part(key, title, meaning, count(len(text)), figure_of("", sha), inert(text))
        for (key, title, meaning, text), sha in zip(meanings, prompt.parts_sha256, strict=True)
    )


def raw_of(answer: bytes) -> Raw:
    """Return an answer as text that does nothing but stand there."""
    notes = []
    shown = answer[:MOST_SHOWN]
    if len(answer) > MOST_SHOWN:
        notes.append(_("Only the first {number} bytes are shown.").format(number=count(MOST_SHOWN)))
    try:
        answer.decode()
    except UnicodeDecodeError:
        notes.append(_("It is not text in UTF-8: what cannot be shown is marked. The API has it as base64."))
    decoded = shown.decode(errors="replace")
    text = inert(decoded)
    if text != decoded:
        notes.append(_("Letters that hide or turn text around are shown as marks."))
    return Raw(text, count(len(answer)), tuple(notes))


def call_facts(call: CallView) -> tuple[tuple[str, str, str], ...]:
    """Return what one call was and took as (name, value, where the definition stands)."""
    said = call_text(call)
    return (
        (_("Outcome"), reason_sentence(call.outcome), ""),
        (_("Model asked"), inert(call.model), ""),
        (_("Model that answered"), said.model, ""),
        (_("Ended by"), inert(call.finish_reason) or NONE, ""),
        (_("Attempts"), said.attempts, ""),
        (_("Time"), duration(call.latency_us // 1000), ""),
        (_("Tokens in"), _("{all} ({part} cached)").format(all=said.tokens_in, part=said.cached), ""),
        (
            _("Tokens out"),
            _("{all} ({part} reasoning)").format(all=said.tokens_out, part=said.reasoning),
            "",
        ),
        (_("Cost, USD"), said.cost, "thinking"),
        (_("Price by"), inert(call.cost_source) or NONE, ""),
        (_("Made-up figures"), _made_up(call), "fabrication"),
        (_("Request at the provider"), inert(call.provider_request_id) or NONE, ""),
        (_("Fingerprint"), inert(call.fingerprint) or NONE, ""),
    )


def _made_up(call: CallView) -> str:
    if not call.cited:
        return NONE
    return _("{made_up} of {all}").format(made_up=count(call.fabricated), all=count(call.cited))
