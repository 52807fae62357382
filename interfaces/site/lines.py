"""Decisions, refusals and exits as lines to read: who did what, on which terms, why, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from arena.domain.activity import DecisionView, FeedItem, FillView
from interfaces.format import fixed, leverage, money, price, quantity, short_percent
from interfaces.sentences import (
    exit_phrase,
    outcome_word,
    reason_sentence,
    refusal,
    rule_sentence,
    rule_title,
    watch_phrase,
)
from interfaces.site.marks import Mark, mark_of
from interfaces.site.text import inert, moment, shortened
from interfaces.words import RULES
from trading.domain.orders import REJECTION_CODES, RuleResult

BRIEF: Final = 150
"""Letters of a reasoning in the feed; the round's page has the rest."""


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One rule's finding in words."""

    title: str
    sentence: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. ``refused`` marks what did not go through; ``what`` is set in bold."""

    mark: Mark
    slug: str
    name: str
    verb: str
    what: str
    terms: str
    why: str
    words: str
    note: str
    at: SafeString
    round: int | None
    held: bool
    refused: bool
    passed: tuple[VerdictLine, ...] = ()
    failed: tuple[VerdictLine, ...] = ()


def decision_line(decision: DecisionView, *, baseline: bool = False, brief: bool = False) -> Line:
    """Return one decision with its verdicts; ``brief`` cuts the words short, as the feed does."""
    verb, why = _result_of(decision)
    return Line(
        mark=mark_of(decision.position, baseline=baseline),
        slug=decision.contestant_slug,
        name=inert(decision.contestant_name),
        verb=verb,
        what=_what(decision),
        terms=_terms(decision),
        why=why,
        words=shortened(inert(decision.reasoning), BRIEF) if brief else inert(decision.reasoning),
        note=_note(decision, brief=brief),
        at=moment(decision.market_ms, "time"),
        round=decision.round_number,
        held=decision.action == "HOLD",
        refused=bool(why),
        passed=verdict_lines(decision.verdicts, passed=True),
        failed=verdict_lines(decision.verdicts, passed=False),
    )


def feed_line(item: FeedItem, *, baseline: bool = False) -> Line:
    """Return one item of the feed."""
    if item.decision is not None:
        return decision_line(item.decision, baseline=baseline, brief=True)
    is_exit = item.fill is not None
    return Line(
        mark=mark_of(item.position, baseline=baseline),
        slug=item.contestant_slug,
        name=inert(item.contestant_name),
        verb="" if is_exit else outcome_word(item.kind),
        what=item.fill.symbol if item.fill else "",
        terms=f"{exit_phrase(item.fill.kind)}, {money(item.fill.pnl, signed=True)}" if item.fill else "",
        why="" if is_exit else reason_sentence(item.reason),
        words=shortened(inert(item.summary), BRIEF),
        note=_fill_note(item.fill),
        at=moment(item.market_ms, "time"),
        round=item.round_number,
        held=False,
        refused=not is_exit,
    )


def verdict_lines(results: Iterable[RuleResult], *, passed: bool) -> tuple[VerdictLine, ...]:
    """Return the findings that passed, or those that object."""
    return tuple(
        VerdictLine(rule_title(result.rule), rule_sentence(result), result.passed)
        for result in results
        if result.passed is passed
    )


def _result_of(decision: DecisionView) -> tuple[str, str]:
    """Return the verb of a decision, and the sentence that says why it did not go through ('' if it did)."""
    if decision.action == "HOLD":
        return _("held"), ""
    if decision.outcome == "denied":
        return _("denied"), refusal(decision.verdicts) if _objects(decision) else _reason(decision)
    if decision.fill is not None:
        return (_("closed") if decision.action == "CLOSE" else _("opened")), ""
    if decision.reason in REJECTION_CODES:
        return _("rejected by the venue"), _reason(decision)
    return outcome_word(decision.outcome), _reason(decision) if decision.reason else ""


def _objects(decision: DecisionView) -> bool:
    return any(not result.passed for result in decision.verdicts)


def _reason(decision: DecisionView) -> str:
    """Return the sentence of the stored reason; the code of a rule is answered with the rule's name."""
    nothing_sent = _("Nothing was sent.")
    if decision.reason in RULES:
        return f"{rule_title(decision.reason)}. {nothing_sent}"
    return f"{reason_sentence(decision.reason)} {nothing_sent}"


def _what(decision: DecisionView) -> str:
    words = {"BUY": _("long {symbol}"), "SELL": _("short {symbol}")}
    return words.get(decision.action, "{symbol}").format(symbol=decision.symbol)


def _terms(decision: DecisionView) -> str:
    if decision.action == "HOLD":
        return ""
    size = short_percent(decision.size)
    if decision.action == "CLOSE":
        gained = f", {money(decision.fill.pnl, signed=True)}" if decision.fill else ""
        return f"{size}{gained}"
    parts = [f"{size} {leverage(decision.leverage)}"]
    if decision.stop_loss:
        parts.append(_("stop {price}").format(price=price(decision.stop_loss)))
    if decision.take_profit:
        parts.append(_("target {price}").format(price=price(decision.take_profit)))
    return " \u00b7 ".join([*parts, *_rare_terms(decision)])


def _rare_terms(decision: DecisionView) -> list[str]:
    parts = []
    if decision.limit_price:
        parts.append(_("limit {price}").format(price=price(decision.limit_price)))
    if decision.trail:
        parts.append(_("trailing by {share}").format(share=short_percent(decision.trail)))
    if decision.reverse:
        parts.append(_("closing the other side first"))
    return parts


def _note(decision: DecisionView, *, brief: bool) -> str:
    broken = [rule_title(result.rule).lower() for result in decision.verdicts if not result.passed]
    parts = [_("rule: {names}").format(names=", ".join(broken))] if broken else []
    if decision.confidence:
        parts.append(_("P(target first) {share}").format(share=fixed(decision.confidence, 2)))
    if decision.fill is not None:
        parts.append(_fill_note(decision.fill))
    if not brief:
        parts += _own_proof(decision)
    return " \u00b7 ".join(parts)


def _own_proof(decision: DecisionView) -> list[str]:
    """Return what the decision says would prove it wrong, and what it says it relies on."""
    parts = []
    if decision.watch is not None:
        parts.append(_("watched: closes if {condition}").format(condition=watch_phrase(decision.watch)))
    if decision.invalidation:
        parts.append(_("void if: {words}").format(words=inert(decision.invalidation)))
    if decision.evidence:
        keys = ", ".join(inert(key) for key in decision.evidence)
        parts.append(_("relies on: {keys}").format(keys=keys))
    return parts


def _fill_note(fill: FillView | None) -> str:
    if fill is None:
        return ""
    text = _("{qty} at {price}, fee {fee}").format(
        qty=quantity(fill.qty), price=price(fill.price), fee=money(fill.fee)
    )
    doubt = _("stop and target lay in one bar; the stop is taken first")
    return f"{text} \u00b7 {doubt}" if fill.ambiguous else text
