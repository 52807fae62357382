"""The closed lists of codes, and the words for each."""

import string

import pytest

from agents.domain.answers import REJECTION_CODES as VOID_CODES
from agents.domain.answers import UNREADABLE_CODES
from agents.domain.llm.exchange import Outcome
from agents.services import REPLY_REASONS
from interfaces.sentences import exit_phrase, reason_sentence, refusal, rule_sentence, watch_phrase
from interfaces.venue_words import VENUE_EXITS, VENUE_REASONS
from interfaces.words import EXITS, LEVELS, OUTCOMES, REASONS, RULES, STATUSES, WATCHES
from kernel.units import MAX_UNITS, SCALE
from trading.domain.ending import REPLACED, RETIRED, SEASON_OVER
from trading.domain.invalidation import COMPARISONS, METRICS, Invalidation
from trading.domain.orders import REJECTION_CODES, RuleResult
from trading.domain.protecting import FILL_KINDS, PROTECT_KINDS
from trading.domain.reconciling import ADJUSTMENT
from trading.domain.risk import CLOSING_RULES
from trading.domain.risk import RULES as RISK_RULES

FORCED_HOLDS = {"late", "raised", "empty", "too_long", "no_submission", "absent"}
HELD_ROUNDS = {"market_gap", "market_unavailable", "no_execution_book", "too_late"}
UNSIZABLE = {"unknown_symbol", "no_position", "already_opposite", "below_lot"}
ENDS = {
    "insufficient_margin",
    "kill_switch",
    "liquidation",
    "nothing_to_reduce",
    "position_closed",
    "position_opposite",
}
"""Why a waiting order is cancelled on paper (trading.domain.engine)."""
THIN = "\u202f"


def test_every_rule_has_words() -> None:
    named = {rule.__name__ for rule in (*RISK_RULES, *CLOSING_RULES)} | {"proof"}
    assert named == set(RULES)


def test_every_reason_has_a_sentence() -> None:
    codes = {*UNREADABLE_CODES, *VOID_CODES, *REJECTION_CODES, *FORCED_HOLDS, *HELD_ROUNDS, *UNSIZABLE}
    assert codes <= set(REASONS)
    assert all(str(REASONS[code]).endswith(".") for code in codes)


def test_every_end_of_an_order_that_waited_has_a_sentence() -> None:
    for code in {*ENDS, REPLACED, RETIRED, SEASON_OVER}:
        assert reason_sentence(code).endswith("."), code
        assert code in REASONS or code in VENUE_REASONS


def test_everything_that_asking_comes_to_has_a_sentence() -> None:
    codes = (REPLY_REASONS | {outcome.value for outcome in Outcome}) - {""}
    assert codes <= set(REASONS)


def test_every_condition_that_can_be_watched_has_words() -> None:
    conditions = {(metric, comparison) for metric in METRICS for comparison in COMPARISONS}
    assert set(WATCHES) == conditions - {("held_minutes", "below")}
    close = Invalidation("close", "1h", "below", 63_000 * SCALE)
    assert watch_phrase(close) == "a bar of 1h closes below 63,000.0"
    assert watch_phrase(Invalidation("held_minutes", "tick", "above", 90 * SCALE)) == (
        "it is held for more than 90 minutes"
    )


def test_every_way_out_of_a_position_has_a_phrase() -> None:
    closed = {"decision", "stop_loss", "take_profit", "trailing", "liquidation", "invalidated", "flatten"}
    waited = {"limit", "stop", "take_profit", "trailing"}
    assert set(EXITS) == closed | waited
    assert set(VENUE_EXITS) == {ADJUSTMENT}
    at_venues = {FILL_KINDS.get(kind, kind) for kind in PROTECT_KINDS}
    assert at_venues <= set(EXITS)
    assert exit_phrase("liquidation") == "was liquidated: its margin was used up"


def test_states_have_words() -> None:
    assert {"approved", "denied", "unsizable", "held", "decided", "forced_hold"} <= set(OUTCOMES)
    assert {"playing", "waiting_for_key", "paused", "retired", "running", "finished"} <= set(STATUSES)
    assert set(LEVELS) == {"active", "reducing", "halted"}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_sentence_takes_nothing_but_figure_and_limit(rule: str) -> None:
    for text in (RULES[rule].passed, RULES[rule].failed):
        fields = {name for _, name, _, _ in string.Formatter().parse(str(text)) if name is not None}
        assert fields <= {"figure", "limit"}


def test_a_refusal_says_figure_limit_and_that_nothing_was_sent() -> None:
    result = RuleResult("position_size", False, 22 * SCALE // 100, 20 * SCALE // 100, "ratio")
    assert refusal((result,)) == f"Position 22{THIN}% of equity, limit 20{THIN}%. Nothing was sent."


def test_a_figure_just_over_its_limit_is_not_written_like_it() -> None:
    result = RuleResult("position_size", False, 20 * SCALE // 100 + 100, 20 * SCALE // 100, "ratio")
    assert rule_sentence(result) == f"Position 20.0001{THIN}% of equity, limit 20{THIN}%."


def test_a_missing_stop_is_said_to_be_missing() -> None:
    result = RuleResult("stop_side", False, 0, 100 * SCALE, "price")
    assert rule_sentence(result) == "No stop loss was named; every opening needs one."


def test_a_figure_that_could_not_be_computed_is_infinite() -> None:
    result = RuleResult("spread", False, MAX_UNITS, SCALE // 200, "ratio")
    assert rule_sentence(result) == f"Bid and ask are \u221e apart, limit 0.5{THIN}%."


def test_a_code_without_words_is_shown_as_it_is() -> None:
    assert reason_sentence("brand_new") == "brand new"
    assert rule_sentence(RuleResult("brand_new", False, 3, 2, "count")) == "brand new: 3, limit 2."
