"""Calls to language models, and what all of a contestant's took, as values a template can show."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.domain.board import StandingView
from arena.domain.minds import CallView, MindView
from arena.domain.turn_views import TurnLine
from interfaces.format import NONE, cost, count, duration, money, percent, share
from interfaces.sentences import outcome_word, reason_sentence
from interfaces.site.marks import Mark, mark_of
from interfaces.site.text import inert


@dataclass(frozen=True, slots=True)
class Call:
    """One call, written. ``model`` is the one that says it answered."""

    model: str
    time: str
    tokens_in: str
    cached: str
    tokens_out: str
    reasoning: str
    cost: str
    attempts: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Thought:
    """What a contestant's model took in sum, written."""

    slug: str
    name: str
    mark: Mark
    calls: str
    answered: str
    time: str
    tokens_in: str
    cached: str
    tokens_out: str
    reasoning: str
    cost: str
    unreadable: str
    violations: str
    forced: str
    fabrication: str
    figures: str
    break_even: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn in the list of a contestant's newest. ``why`` says why nothing was decided, or ''."""

    number: int
    text: str
    outcome: str
    why: str
    call: Call | None


def call_text(call: CallView) -> Call:
    """Return one call, written."""
    return Call(
        model=inert(call.model_returned) or NONE,
        time=duration(call.latency_us // 1000),
        tokens_in=count(call.input_tokens),
        cached=count(call.cached_tokens),
        tokens_out=count(call.output_tokens),
        reasoning=count(call.reasoning_tokens),
        cost=_price_of(call),
        attempts=count(call.attempts),
        sentence=_sentence(call),
    )


def _price_of(call: CallView) -> str:
    used = call.cost or call.cost_source or not call.output_tokens
    return cost(call.cost) if used else _("unknown")


def _sentence(call: CallView) -> str:
    tries = ngettext("{number} attempt", "{number} attempts", call.attempts)
    took = _("{model}: {time}, {tokens_in} tokens in, {tokens_out} out, {cost} USD").format(
        model=inert(call.model_returned or call.model),
        time=duration(call.latency_us // 1000),
        tokens_in=count(call.input_tokens),
        tokens_out=count(call.output_tokens),
        cost=_price_of(call),
    )
    return f"{took}, {tries.format(number=count(call.attempts))}"


def asked_line(line: TurnLine) -> Asked:
    """Return one turn of a contestant's list."""
    return Asked(
        number=line.number,
        text=count(line.number),
        outcome=outcome_word(line.outcome),
        why=reason_sentence(line.reason) if line.reason else "",
        call=call_text(line.call) if line.call else None,
    )


def thought_of(row: StandingView, mind: MindView) -> Thought:
    """Return what a contestant's model took, in one line of a table."""
    return Thought(
        slug=row.slug,
        name=inert(row.name),
        mark=mark_of(row.position, baseline=row.baseline),
        calls=count(mind.calls),
        answered=share(mind.answered, mind.calls),
        time=duration(mind.mean_latency_us // 1000),
        tokens_in=count(mind.input_tokens),
        cached=count(mind.cached_tokens),
        tokens_out=count(mind.output_tokens),
        reasoning=count(mind.reasoning_tokens),
        cost=at_least(cost(mind.cost), mind),
        unreadable=count(row.format_failures),
        violations=count(row.denials),
        forced=count(row.forced_holds),
        fabrication=NONE if mind.fabrication is None else percent(mind.fabrication, 1),
        figures=_("{made_up} of {all}").format(made_up=count(mind.fabricated), all=count(mind.cited)),
        break_even=NONE if mind.break_even is None else at_least(money(mind.break_even), mind),
    )


def at_least(text: str, mind: MindView) -> str:
    """Return a sum that is a lower bound as one."""
    return _("at least {figure}").format(figure=text) if mind.is_lower_bound else text


def break_even_said(mind: MindView) -> str:
    """Return from which account size on the thinking would have been paid for, in a sentence."""
    if not mind.cost and not mind.is_lower_bound:
        return _("Its thinking cost nothing.")
    if mind.break_even is None:
        return _("There is no profit after trading costs yet, so no account is large enough to pay for it.")
    text = _("With the same decisions, an account of {amount} USDT would have just paid for the thinking.")
    return text.format(amount=at_least(money(mind.break_even), mind))


def thinking_facts(row: StandingView, mind: MindView) -> tuple[tuple[str, str, str], ...]:
    """Return what a contestant's model took as (name, value, where the definition stands)."""
    found = thought_of(row, mind)
    return (
        (_("Calls"), found.calls, ""),
        (_("Answered"), found.answered, ""),
        (_("Mean time"), found.time, ""),
        (_("Tokens in"), _("{all} ({part} cached)").format(all=found.tokens_in, part=found.cached), ""),
        (
            _("Tokens out"),
            _("{all} ({part} reasoning)").format(all=found.tokens_out, part=found.reasoning),
            "",
        ),
        (_("Cost, USD"), found.cost, "thinking"),
        (_("Unreadable"), found.unreadable, "unreadable"),
        (_("Violations"), found.violations, "violation"),
        (_("Forced holds"), found.forced, "forced"),
        (
            _("Made-up figures"),
            f"{found.fabrication} ({found.figures})" if mind.cited else NONE,
            "fabrication",
        ),
        (_("Pays from, USDT"), found.break_even, "break-even"),
    )
