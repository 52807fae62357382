"""Rounds as values a template can show: the list, and one round step by step with all answers at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from arena.domain.board import SeasonView
from arena.domain.round_views import RoundHead, RoundView, StageView, SymbolFrame, TurnView
from interfaces.format import NONE, count, duration, feature, money, percent, price, short_hash
from interfaces.sentences import outcome_word, plain, reason_sentence
from interfaces.site.bar import Now, season_bar
from interfaces.site.calls import Call, call_text
from interfaces.site.lines import Line, decision_line
from interfaces.site.marks import Mark, mark_of
from interfaces.site.text import inert, moment
from interfaces.words import Text
from kernel.time import parse_utc_ms

STEPS: Final[dict[int, tuple[Text, Text]]] = {
    0: (
        gettext_lazy("Settle the time since the last round"),
        gettext_lazy(
            "Funding is paid; liquidations, stops, targets, waiting orders and watched invalidations (what a "
            "contestant named as proof of its error) follow in the order of the recorded ticks."
        ),
    ),
    1: (gettext_lazy("Open the slot"), gettext_lazy("One round a slot; whoever opens it second loses.")),
    2: (
        gettext_lazy("Freeze the snapshot"),
        gettext_lazy("Everybody sees the same market, and it is kept with its hash."),
    ),
    3: (gettext_lazy("Compute the features"), gettext_lazy("Once, for everybody.")),
    4: (
        gettext_lazy("Build each observation"),
        gettext_lazy("The snapshot, the contestant's own portfolio and the rules."),
    ),
    5: (
        gettext_lazy("Ask all contestants at once"),
        gettext_lazy("One deadline; a late or failed answer is a forced hold."),
    ),
    6: (gettext_lazy("Read the answers"), gettext_lazy("Strictly: what cannot be read is not guessed at.")),
    7: (gettext_lazy("Size and review"), gettext_lazy("Every rule says pass or fail with its figure.")),
    8: (
        gettext_lazy("Commit the proof"),
        gettext_lazy("The decisions' root goes on a chain before anything is executed."),
    ),
    9: (gettext_lazy("Approve or deny"), gettext_lazy("Only an approved order can reach the venue.")),
    10: (
        gettext_lazy("Freeze the execution book"),
        gettext_lazy("The first market after the deadline; all fills use it, so being early gains nothing."),
    ),
    11: (gettext_lazy("Submit the orders"), gettext_lazy("Each intent is written down before it is sent.")),
    12: (
        gettext_lazy("Book the money"),
        gettext_lazy("Fill, fee and position in one step; every entry sums to zero."),
    ),
    13: (gettext_lazy("Record the results"), gettext_lazy("What was hidden until executed is shown.")),
    14: (gettext_lazy("Publish the standings"), gettext_lazy("Under the next version number.")),
}
"""The straight line, as visitors read it."""

STAGES: Final[dict[str, Text]] = {
    "opened": pgettext_lazy("round", "opened"),
    "frozen": pgettext_lazy("round", "frozen"),
    "answered": pgettext_lazy("round", "answered"),
    "reviewed": pgettext_lazy("round", "reviewed"),
    "committed": pgettext_lazy("round", "committed"),
    "priced": pgettext_lazy("round", "priced"),
    "ordered": pgettext_lazy("round", "ordered"),
    "booked": pgettext_lazy("round", "booked"),
    "closed": pgettext_lazy("round", "closed"),
}
"""How far a round has come, in the list of rounds."""

_HASH_LENGTH: Final = 32
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_WORDS: Final = {"not_proven": gettext_lazy("not proven")}


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure; ``whole`` is the full text where ``text`` is shortened."""

    name: str
    text: str
    whole: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the straight line. ``state`` is 'done', 'current' or 'waiting'."""

    number: int
    title: str
    meaning: str
    state: str
    state_word: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """One symbol as the snapshot froze it."""

    symbol: str
    mark: str
    spread: str
    bids: str
    asks: str
    age: str
    features: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One contestant's answer."""

    mark: Mark
    slug: str
    name: str
    outcome: str
    why: str
    summary: str
    answer: Figure
    latency: str
    equity: str
    lines: tuple[Line, ...]
    voids: tuple[str, ...]
    call: Call | None


@dataclass(frozen=True, slots=True)
class Head:
    """One line of the list of rounds."""

    number: int
    text: str
    at: SafeString
    stage: str
    decided: str
    held: str
    forced: str
    fills: str
    snapshot: Figure


def round_context(season: SeasonView, view: RoundView, now: Now) -> dict[str, Any]:
    """Return everything the round's template shows."""
    number = count(view.number)
    return {
        "here": "rounds",
        "bar": season_bar(season, now),
        "number": number,
        "plain_number": view.number,
        "title": _("Round {number}").format(number=number),
        "at": moment(view.market_ms),
        "held_reason": reason_sentence(view.held_reason) if view.held_reason else "",
        "source": inert(view.source),
        "hashes": _hashes(view),
        "steps": [step_of(stage) for stage in view.stages],
        "frames": [_frame(frame, view.market_ms) for frame in view.symbols],
        "turns": [turn_of(turn) for turn in view.turns],
        "answers": answers_said(view.turns),
        "before": view.number - 1 if view.number > 1 else None,
        "after": view.number + 1 if view.number < season.rounds_closed else None,
    }


def rounds_context(
    season: SeasonView, heads: Sequence[RoundHead], before: int | None, now: Now
) -> dict[str, Any]:
    """Return everything the list's template shows."""
    last = heads[-1].number if heads else 1
    return {
        "here": "rounds",
        "bar": season_bar(season, now),
        "heads": [_head(head) for head in heads],
        "older": last if last > 1 else None,
        "paged": before is not None,
    }


def answers_said(turns: Sequence[TurnView]) -> str:
    """Return how the contestants answered, in a sentence."""
    forced = sum(turn.outcome == "forced_hold" for turn in turns)
    held = sum(turn.outcome == "held" for turn in turns)
    text = _(
        "{all} contestants, one snapshot: {decided} decided, {held} chose to hold, {forced} failed to answer."
    )
    return text.format(
        all=count(len(turns)),
        decided=count(len(turns) - forced - held),
        held=count(held),
        forced=count(forced),
    )


def step_of(stage: StageView) -> Step:
    """Return one step in words; a step without words is named by the round itself."""
    title, meaning = STEPS.get(stage.step, (inert(stage.name), ""))
    words = {"done": _("done"), "current": _("now"), "waiting": _("not yet")}
    figures = tuple(figure_of(plain(name), value) for name, value in stage.figures)
    state = words.get(stage.state, stage.state)
    return Step(stage.step, str(title), str(meaning), stage.state, state, figures)


def figure_of(name: str, value: str) -> Figure:
    """Return a named value; a hash is shortened and a moment written for the reader's zone."""
    text = inert(value)
    if _MOMENT.fullmatch(text):
        return Figure(name, moment(parse_utc_ms(text)), "")
    is_hash = len(text) >= _HASH_LENGTH and all(letter in "0123456789abcdef" for letter in text)
    if is_hash:
        return Figure(name, short_hash(text), text)
    return Figure(name, str(_WORDS.get(text, text)) or NONE, "")


def _hashes(view: RoundView) -> list[Figure]:
    found = (
        (_("Snapshot"), view.snapshot_sha256),
        (_("Execution book"), view.book_sha256),
        (_("Rule book"), view.rulebook_sha256),
        (_("Proof root"), view.receipt_root),
        (_("Replay hash"), view.replay_hash),
    )
    return [figure_of(name, value) for name, value in found if value]


def _frame(frame: SymbolFrame, market_ms: int) -> Frame:
    return Frame(
        symbol=frame.symbol,
        mark=price(frame.mark),
        spread=percent(frame.spread, 3),
        bids=money(frame.bid_depth),
        asks=money(frame.ask_depth),
        age=duration(max(0, market_ms - frame.observed_ms)),
        features=tuple((plain(name), feature(value)) for name, value in sorted(frame.features.items())),
    )


def turn_of(turn: TurnView) -> Turn:
    """Return one contestant's answer, written."""
    return Turn(
        mark=mark_of(turn.position, baseline=turn.baseline),
        slug=turn.contestant_slug,
        name=inert(turn.contestant_name),
        outcome=outcome_word(turn.outcome),
        why=reason_sentence(turn.reason) if turn.reason else "",
        summary=inert(turn.summary),
        answer=figure_of(_("answer"), turn.answer_sha256),
        latency=duration(turn.latency_us // 1000),
        equity=NONE if turn.equity is None else money(turn.equity),
        lines=tuple(decision_line(decision, baseline=turn.baseline) for decision in turn.decisions),
        voids=tuple(_void(index, code) for index, code in turn.rejections),
        call=call_text(turn.call) if turn.call else None,
    )


def _void(index: int, code: str) -> str:
    return _("Item {number}: {sentence}").format(number=count(index + 1), sentence=reason_sentence(code))


def _head(head: RoundHead) -> Head:
    return Head(
        number=head.number,
        text=count(head.number),
        at=moment(head.market_ms),
        stage=str(STAGES.get(head.stage, head.stage)),
        decided=count(head.decided),
        held=count(head.held),
        forced=count(head.forced),
        fills=count(head.fills),
        snapshot=figure_of("", head.snapshot_sha256),
    )
