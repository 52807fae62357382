"""Codes to sentences that a learner understands: what was asked, what the limit is, what was done.

``domain`` code answers with codes and figures; the words are here and nowhere else, so that they can be
translated. Every code of the closed lists has a sentence (tests/site/test_every_code_has_a_sentence.py).
"""

from collections.abc import Callable
from typing import Final

from django.utils.translation import gettext as _

from interfaces.format import THIN, count, duration, leverage, money, price, short_percent
from interfaces.venue_words import VENUE_EXITS, VENUE_REASONS
from interfaces.words import (
    EXITS,
    LEVELS,
    OUTCOMES,
    REASONS,
    RULES,
    STATUSES,
    WATCHES,
    WITHOUT_BOUND,
    WITHOUT_FIGURE,
    WITHOUT_LIMIT,
    Text,
)
from kernel.units import MAX_UNITS, SCALE
from trading.domain.invalidation import Invalidation
from trading.domain.orders import RuleResult


def _usdt(units: int) -> str:
    return f"{money(units)}{THIN}USDT"


_UNITS: Final[dict[str, Callable[[int], str]]] = {
    "usdt": _usdt,
    "price": price,
    "x": leverage,
    "count": count,
    "ms": duration,
    "flag": str,
}


def figure_text(figure: int, unit: str, places: int = 2) -> str:
    """Return a rule's figure or limit in its unit; an unknown unit is shown as the plain number.

    Rules write the largest figure there is where none can be computed: shown as infinite.
    """
    if unit in {"usdt", "ratio", "price"} and abs(figure) >= MAX_UNITS:
        return "\u221e"
    if unit == "ratio":
        return short_percent(figure, places)
    return _UNITS.get(unit, count)(figure)


def figure_pair(figure: int, limit: int, unit: str) -> tuple[str, str]:
    """Return figure and limit with as few digits as tell them apart."""
    for places in (2, 4, 6):
        texts = figure_text(figure, unit, places), figure_text(limit, unit, places)
        if texts[0] != texts[1] or figure == limit or unit != "ratio":
            break
    return texts


def rule_title(rule: str) -> str:
    """Return a rule's name; a rule without words is named by its code."""
    words = RULES.get(rule)
    return str(words.title) if words else plain(rule)


def rule_sentence(result: RuleResult) -> str:
    """Return one rule's finding as a sentence with figure and limit."""
    words = RULES.get(result.rule)
    figure, limit = figure_pair(result.figure, result.limit, result.unit)
    if result.figure == 0 and result.rule in WITHOUT_FIGURE:
        return str(WITHOUT_FIGURE[result.rule][0 if result.passed else 1])
    if result.limit == 0 and result.rule in WITHOUT_LIMIT:
        return str(WITHOUT_LIMIT[result.rule]).format(figure=figure)
    if result.passed and result.figure >= MAX_UNITS and result.rule in WITHOUT_BOUND:
        return str(WITHOUT_BOUND[result.rule])
    if words is None:
        return f"{plain(result.rule)}: {figure}, limit {limit}."
    return str(words.passed if result.passed else words.failed).format(figure=figure, limit=limit)


def refusal(results: tuple[RuleResult, ...]) -> str:
    """Return why an order was denied: every objection, and that nothing was sent."""
    said = [rule_sentence(result) for result in results if not result.passed]
    return " ".join([*said, _("Nothing was sent.")])


def reason_sentence(code: str) -> str:
    """Return the sentence of a reason code; a code without one is shown as it is."""
    return _said(VENUE_REASONS if code in VENUE_REASONS else REASONS, code)


def exit_phrase(kind: str) -> str:
    """Return how a position ended, to follow its name."""
    return _said(VENUE_EXITS if kind in VENUE_EXITS else EXITS, kind)


def outcome_word(code: str) -> str:
    """Return the word for an outcome."""
    return _said(OUTCOMES, code)


def watch_phrase(watch: Invalidation) -> str:
    """Return the condition that closes a position between rounds, to follow "if"."""
    text = str(WATCHES[watch.metric, watch.comparison])
    value = count(watch.value // SCALE) if watch.metric == "held_minutes" else price(watch.value)
    return text.format(value=value, timeframe=watch.timeframe)


def status_word(code: str) -> str:
    """Return the word for a status."""
    return _said(STATUSES, code)


def level_word(code: str) -> str:
    """Return the word for the operator's switch."""
    return _said(LEVELS, code)


def plain(code: str) -> str:
    """Return a code with spaces for underscores."""
    return code.replace("_", " ")


def _said(words: dict[str, Text], code: str) -> str:
    return str(words[code]) if code in words else plain(code)
