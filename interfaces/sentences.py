"""Codes to sentences that a learner understands: what was asked, what the limit is, what was done.

``domain`` code answers with codes and figures; the words are here and nowhere else, so that they can be
translated. Every code of the closed lists has a sentence (tests/site/test_every_code_has_a_sentence.py).
"""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from interfaces.format import count, duration, leverage, money, price, short_percent
from trading.domain.orders import RuleResult

Text = str | Promise


class RuleWords(NamedTuple):
    """A rule's name, and what it says of a figure and its limit when it passes and when it objects."""

    title: Text
    passed: Text
    failed: Text


def _same(title: Text, sentence: Text) -> RuleWords:
    return RuleWords(title, sentence, sentence)


RULES: Final = {
    "trading_state": RuleWords(
        _("Trading is open"),
        _("Trading is open."),
        _("Trading is paused: positions may be closed, not opened."),
    ),
    "symbol_allowed": RuleWords(
        _("Allowed symbol"), _("The season trades this symbol."), _("The season does not trade this symbol.")
    ),
    "leverage_min": _same(_("Least leverage"), _("Leverage {figure}, at least {limit}.")),
    "leverage_max": _same(_("Most leverage"), _("Leverage {figure}, limit {limit}.")),
    "position_size": _same(_("Position size"), _("Position {figure} of equity, limit {limit}.")),
    "order_minimum": _same(_("Least order"), _("Order of {figure}, at least {limit}.")),
    "stop_side": RuleWords(
        _("Side of the stop"),
        _("Stop {figure} is on the losing side of the mark {limit}."),
        _("Stop {figure} is missing or on the wrong side of the mark {limit}: it could never limit a loss."),
    ),
    "stop_before_liquidation": RuleWords(
        _("Stop before liquidation"),
        _("Stop {figure} is reached before the liquidation at {limit}."),
        _("Stop {figure} lies beyond the liquidation at {limit}: the position would be lost before it."),
    ),
    "trades_hour": _same(_("Trades an hour"), _("Opening number {figure} within an hour, limit {limit}.")),
    "trades_day": _same(_("Trades a day"), _("Opening number {figure} within a day, limit {limit}.")),
    "daily_loss": _same(_("Daily loss"), _("Lost {figure} since midnight UTC, limit {limit}.")),
    "drawdown": _same(_("Drawdown"), _("{figure} below the highest equity, limit {limit}.")),
    "spread": _same(_("Spread"), _("Bid and ask are {figure} apart, limit {limit}.")),
    "liquidity": _same(_("Liquidity"), _("{figure} rest near the price, at least {limit}.")),
    "stale_data": _same(_("Fresh data"), _("The price is {figure} old, limit {limit}.")),
    "confidence": _same(_("Confidence"), _("Confidence {figure}, at least {limit}.")),
    "free_margin": _same(_("Free margin"), _("Needs {figure} of margin and fee, {limit} are free.")),
    "proof": RuleWords(
        _("Proof"),
        _("The chain has accepted the decision."),
        _("The chain refused the decision, so nothing may be opened on it."),
    ),
}

REASONS: Final[dict[str, Text]] = {
    "late": _("No answer before the deadline; what came later does not count."),
    "raised": _("The agent failed while deciding."),
    "empty": _("The agent gave no answer."),
    "too_long": _("The answer is longer than allowed and was not read."),
    "not_utf8": _("The answer is not text in UTF-8; not guessed at."),
    "not_json": _("The answer is not JSON; not guessed at."),
    "not_an_object": _("The answer is JSON, but no object; not guessed at."),
    "too_deep": _("The answer is nested too deeply; not guessed at."),
    "wrong_shape": _("The answer does not have the agreed fields; not guessed at."),
    "market_stale": _("The market had nothing new to say, so nobody was asked."),
    "market_unavailable": _("The market did not answer, so nobody was asked."),
    "market_gap": _("The recording has a gap here, so nobody was asked."),
    "paused": _("The contestant is paused by the operator."),
    "killed": _("All trading is stopped by the operator."),
    "no_position": _("There is no position to close."),
    "no_liquidity": _("The venue found nobody to trade with in the order book."),
    "below_minimum": _("The venue takes no order this small."),
    "nothing_to_reduce": _("The venue found no position to reduce."),
    "insufficient_margin": _("The venue found too little free margin."),
}

EXITS: Final[dict[str, Text]] = {
    "stop_loss": _("stopped out at its stop loss"),
    "take_profit": _("reached its target"),
    "liquidation": _("was liquidated: its margin was used up"),
    "order": _("closed by decision"),
    "close": _("closed by decision"),
    "flatten": _("was closed by the operator"),
}

OUTCOMES: Final[dict[str, Text]] = {
    "filled": _("filled"),
    "denied": _("denied"),
    "rejected": _("rejected by the venue"),
    "held": _("held"),
    "decided": _("decided"),
    "forced_hold": _("forced hold"),
    "unsizable": _("not sent"),
    "unknown": _("outcome not known yet"),
    "pending": _("on its way"),
    "approved": _("approved"),
}

STATUSES: Final[dict[str, Text]] = {
    "playing": _("playing"),
    "waiting_for_key": _("waiting for a key"),
    "paused": _("paused"),
    "retired": _("retired"),
    "running": _("running"),
    "finished": _("finished"),
}

_UNITS: Final = {
    "ratio": short_percent,
    "price": price,
    "x": leverage,
    "count": count,
    "ms": duration,
    "flag": str,
}


def figure_text(figure: int, unit: str) -> str:
    """Return a rule's figure or limit in its unit; an unknown unit is shown as the plain number."""
    if unit == "usdt":
        return f"{money(figure)}\u202fUSDT"
    return _UNITS.get(unit, count)(figure)


def rule_title(rule: str) -> str:
    """Return a rule's name; a rule without words is named by its code."""
    words = RULES.get(rule)
    return str(words.title) if words else plain(rule)


def rule_sentence(result: RuleResult) -> str:
    """Return one rule's finding as a sentence with figure and limit."""
    words = RULES.get(result.rule)
    figure, limit = figure_text(result.figure, result.unit), figure_text(result.limit, result.unit)
    if words is None:
        return f"{plain(result.rule)}: {figure}, limit {limit}."
    return str(words.passed if result.passed else words.failed).format(figure=figure, limit=limit)


def refusal(results: tuple[RuleResult, ...]) -> str:
    """Return why an order was denied: every objection, and that nothing was sent."""
    said = [rule_sentence(result) for result in results if not result.passed]
    return " ".join([*said, _now("Nothing was sent.")])


def reason_sentence(code: str) -> str:
    """Return the sentence of a reason code; a code without one is shown as it is."""
    return _said(REASONS, code)


def exit_phrase(kind: str) -> str:
    """Return how a position ended, to follow its name."""
    return _said(EXITS, kind)


def outcome_word(code: str) -> str:
    """Return the word for an outcome."""
    return _said(OUTCOMES, code)


def status_word(code: str) -> str:
    """Return the word for a status."""
    return _said(STATUSES, code)


def plain(code: str) -> str:
    """Return a code with spaces for underscores."""
    return code.replace("_", " ")


def _said(words: dict[str, Text], code: str) -> str:
    return str(words[code]) if code in words else plain(code)
