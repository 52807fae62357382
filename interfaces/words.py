"""The words for every code of the closed lists, to be translated; ``interfaces.sentences`` fills them."""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    "leverage_tier": _same(
        _("Leverage of the bracket"), _("Leverage {figure}; a position this large may have {limit}.")
    ),
    "position_size": _same(_("Position size"), _("Position {figure} of equity, limit {limit}.")),
    "order_minimum": _same(_("Least order"), _("Order of {figure}, at least {limit}.")),
    "limit_on_tick": RuleWords(
        _("Limit price on the tick"),
        _("The limit price {figure} is a multiple of the tick {limit}."),
        _("The limit price {figure} is no multiple of the tick {limit}."),
    ),
    "limit_side": RuleWords(
        _("Side of a maker's limit"),
        _("The limit price {figure} does not meet the best price {limit} of the other side."),
        _("The limit price {figure} meets the best price {limit} of the other side: it would take."),
    ),
    "limit_distance": _same(
        _("Distance of a limit"), _("The limit price is {figure} away from the mark, limit {limit}.")
    ),
    "stop_side": RuleWords(
        _("Side of the stop"),
        _("Stop {figure} is on the losing side of the mark {limit}."),
        _("Stop {figure} is on the wrong side of the mark {limit}: it could not limit a loss."),
    ),
    "target_side": RuleWords(
        _("Side of the target"),
        _("Target {figure} is on the winning side of the mark {limit}."),
        _("Target {figure} is on the losing side of the mark {limit}: reaching it would be no gain."),
    ),
    "trail_bounds": RuleWords(
        _("Trailing distance"),
        _("The trailing stop follows {figure} behind."),
        _("The trailing stop follows {figure} behind, outside of its bound {limit}."),
    ),
    "stop_before_liquidation": RuleWords(
        _("Stop before liquidation"),
        _("Stop {figure} is reached before the liquidation at {limit}."),
        _("Stop {figure} lies beyond the liquidation at {limit}: the position would be lost before it."),
    ),
    "reward_risk": _same(
        _("Reward over risk"), _("The target is {figure} as far away as the stop, at least {limit}.")
    ),
    "risk_per_trade": _same(
        _("Risk of the trade"), _("The stop would lose {figure} of equity, fees included, limit {limit}.")
    ),
    "exposure": _same(_("Exposure"), _("All positions together would be {figure} of equity, limit {limit}.")),
    "correlated_exposure": _same(
        _("Correlated exposure"),
        _("Positions that move together would be {figure} of equity, limit {limit}."),
    ),
    "cooldown": _same(_("Pause after a loss"), _("The last losing trade is {figure} ago, at least {limit}.")),
    "blackout": RuleWords(
        _("Blackout"),
        _("No blackout is in force."),
        _("A blackout around an event is in force for another {figure}."),
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
    "reduces_position": _same(_("Only reduces"), _("Closes {figure} of the position, at most {limit}.")),
}

WITHOUT_FIGURE: Final[dict[str, tuple[Text, Text]]] = {
    "stop_side": (_("No stop is asked for."), _("No stop loss was named; every opening needs one.")),
    "target_side": (_("No target was named, none is asked for."), _("The target is no price.")),
    "stop_before_liquidation": (_("No stop was named."), _("The stop is no price.")),
    "limit_on_tick": (_("The order names no limit price."), _("The limit price is no price.")),
    "limit_side": (_("The order may take from the book."), _("The limit price is no price.")),
    "limit_distance": (_("The order names no limit price."), _("The limit price is no price.")),
    "trail_bounds": (_("No trailing stop was named."), _("The trailing distance is none.")),
    "reward_risk": (_("No reward is asked for."), _("The target or the stop is on the wrong side.")),
}
"""What these rules say (passed, failed) where the figure is 0: the decision named no price."""

WITHOUT_BOUND: Final[dict[str, Text]] = {
    "cooldown": _("No trade has lost shortly before."),
    "reward_risk": _("No target was named, so there is no reward to compare with the risk."),
}
"""What these rules say where there is nothing to measure: the figure is the largest there is."""

WITHOUT_LIMIT: Final[dict[str, Text]] = {
    "risk_per_trade": _("The stop would lose {figure} of equity, fees included; there is no limit."),
    "exposure": _("All positions together would be {figure} of equity; there is no limit."),
    "correlated_exposure": _("Positions that move together would be {figure} of equity; there is no limit."),
    "cooldown": _("No pause after a loss is asked for."),
}
"""What these rules say where their limit is 0: the rule book has none."""

REASONS: Final[dict[str, Text]] = {
    "late": _("No answer before the deadline; what came later does not count."),
    "raised": _("The agent failed while deciding."),
    "empty": _("The agent gave no answer."),
    "too_long": _("The answer is longer than allowed and was not read."),
    "not_utf8": _("The answer is not text in UTF-8; not guessed at."),
    "too_deep": _("The answer is nested too deeply; not guessed at."),
    "too_many_values": _("The answer holds more values than any decision needs; not read."),
    "not_json": _("The answer is not JSON, or was cut off; not guessed at."),
    "not_an_object": _("The answer is JSON, but no object; not guessed at."),
    "duplicate_key": _("The answer says the same field twice; not guessed at."),
    "no_decisions": _("The answer holds no decisions; not guessed at."),
    "several_answers": _("The answer says several different things; not guessed at."),
    "unclosed_thinking": _("The answer ends inside its thinking; not guessed at."),
    "no_final_channel": _("The answer has no final channel; not guessed at."),
    "decisions_not_a_list": _("The decisions are not a list; not guessed at."),
    "too_many_decisions": _("The answer holds more decisions than symbols; not guessed at."),
    "item_not_an_object": _("One decision is no object; it is void, the others stand."),
    "item_duplicate_key": _("One decision says the same field twice; it is void, the others stand."),
    "unknown_action": _("One decision names no action of the rule book; it is void."),
    "unknown_symbol": _("The season does not trade this symbol."),
    "symbol_twice": _("Two decisions on one symbol contradict each other; both are void."),
    "size_missing": _("The decision names no size."),
    "size_not_a_number": _("The size is not a number."),
    "size_ambiguous": _("A size between 0 and 1 may be a share or a percentage; not guessed at."),
    "size_out_of_bounds": _("The size is out of bounds."),
    "leverage_missing": _("The decision names no leverage."),
    "leverage_not_whole": _("The leverage is not a whole number."),
    "leverage_out_of_bounds": _("The leverage is out of bounds."),
    "confidence_missing": _("The decision names no confidence."),
    "confidence_not_a_number": _("The confidence is not a number."),
    "confidence_out_of_bounds": _("The confidence is not between 0 and 1."),
    "stop_loss_not_a_number": _("The stop loss is not a number."),
    "stop_loss_out_of_bounds": _("The stop loss is out of bounds."),
    "stop_loss_missing": _("The decision names no stop loss."),
    "stop_loss_too_far": _("The stop loss is more than half the price away; another unit was meant."),
    "stop_loss_wrong_side": _("The stop loss is on the winning side of the price."),
    "stop_loss_beyond_margin": _("The stop loss lies beyond the point where the margin is used up."),
    "take_profit_not_a_number": _("The target is not a number."),
    "take_profit_out_of_bounds": _("The target is out of bounds."),
    "take_profit_missing": _("The decision names no target."),
    "take_profit_too_far": _("The target is more than half the price away; another unit was meant."),
    "take_profit_wrong_side": _("The target is on the losing side of the price."),
    "mark_missing": _("There is no price to hold the decision against."),
    "nothing_to_close": _("There is no position to close."),
    "wrong_side_to_close": _("The open position is on the other side; not guessed at."),
    "invalidation_not_checkable": _("The invalidation is no condition that can be watched."),
    "limit_price_not_a_number": _("The limit price is not a number."),
    "limit_price_out_of_bounds": _("The limit price is out of bounds."),
    "limit_price_too_far": _("The limit price is more than half the price away; another unit was meant."),
    "time_in_force_unknown": _("The time in force is neither GTC nor IOC."),
    "post_only_not_a_flag": _("Post-only is neither true nor false."),
    "terms_contradict": _("The terms contradict each other: only a limit order can rest."),
    "trailing_pct_not_a_number": _("The trailing distance is not a number."),
    "trailing_pct_out_of_bounds": _("The trailing distance is not between 0.1 and 20 per cent."),
    "reverse_not_a_flag": _("Reverse is neither true nor false."),
    "no_submission": _("The contestant was there and handed nothing in before the deadline."),
    "absent": _("Nobody was there to decide, so the round did not wait."),
    "answered": _("The model answered."),
    "auth": _("The provider refused the key."),
    "billing": _("The provider's account has no money left for this."),
    "rate_limited": _("The provider takes no more questions for now."),
    "overloaded": _("The provider was overloaded or failed."),
    "network": _("The provider could not be reached."),
    "timeout": _("The model did not answer before the deadline."),
    "bad_request": _("The provider did not accept the question."),
    "prompt_too_long": _("The question is longer than the model can read."),
    "content_filter": _("The provider's filter withheld the answer."),
    "refused": _("The model refused to answer."),
    "truncated": _("The answer was cut off at the model's limit; not guessed at."),
    "protocol": _("What came back is no answer in the provider's own form."),
    "address": _("The address may not be asked, so no connection was opened."),
    "budget": _("Asking would have gone over the budget, so nobody was asked."),
    "breaker": _("The provider failed so often that it is left alone for a while."),
    "interrupted": _("The process ended while the model was asked; it is not asked twice."),
    "no_recording": _("The tape holds no answer to this question; nobody is asked instead."),
    "fault": _("The arena itself made a mistake while asking."),
    "no_agent": _("Nobody decides for this contestant yet."),
    "market_stale": _("The market had nothing new to say, so nobody was asked."),
    "market_unavailable": _("The market did not answer, so nobody was asked."),
    "market_gap": _("The recording has a gap here, so nobody was asked."),
    "paused": _("The contestant is paused by the operator."),
    "killed": _("All trading is stopped by the operator."),
    "too_late": _("The round was finished too long after its snapshot, so nothing was executed."),
    "no_execution_book": _("The market gave no order book to trade in, so nothing was executed."),
    "no_position": _("There is no position to close."),
    "already_opposite": _("A position the other way is open; it must be closed first."),
    "below_lot": _("The order is smaller than the least quantity."),
    "no_equity": _("The account has no money left to size a position by."),
    "bad_size": _("The size asked for is not above nothing."),
    "bad_price": _("There is no price to size a position by."),
    "too_large": _("The size asked for is larger than any account."),
    "no_stop": _("Sizing by risk needs a stop loss; none was named."),
    "wrong_stop": _("The stop loss is on the wrong side, so no size follows from it."),
    "no_target": _("Sizing by Kelly needs a target; none was named."),
    "no_edge": _("The stated chance does not pay for the risk, so nothing is put at stake."),
    "no_volatility": _("The volatility is not known, so no size follows from it."),
    "no_liquidity": _("The venue found nobody to trade with in the order book."),
    "below_minimum": _("The venue takes no order this small."),
    "nothing_to_reduce": _("The venue found no position to reduce."),
    "insufficient_margin": _("The venue found too little free margin."),
    "leverage_over_tier": _("The venue allows less leverage for a position this large."),
    "limit_not_reached": _("No order in the book was as good as the limit."),
    "would_take": _("The order was only to wait, but it would have traded at once."),
    "off_tick": _("The limit price is not a price that the venue knows."),
    "not_listed": _("The venue does not trade this symbol now."),
    "position_opposite": _("A position the other way was still open."),
    "position_closed": _("The position that it was to reduce was closed."),
    "replaced": _("A later decision on the symbol took its place."),
    "ends_waiting": _("There was no position; the order that waited was cancelled."),
    "retired": _("The contestant retired, so what waited was cancelled."),
    "season_over": _("The season ended, so what waited was cancelled."),
    "liquidation": _("The account was liquidated."),
}

EXITS: Final[dict[str, Text]] = {
    "stop_loss": _("stopped out at its stop loss"),
    "take_profit": _("reached its target"),
    "liquidation": _("was liquidated: its margin was used up"),
    "trailing": _("stopped out at its trailing stop"),
    "stop": _("stopped out by a waiting order"),
    "limit": _("closed by a limit order that had waited"),
    "invalidated": _("was proved wrong by its own condition"),
    "decision": _("closed by decision"),
    "flatten": _("was closed by the operator"),
}

WATCHES: Final[dict[tuple[str, str], Text]] = {
    ("price", "above"): _("the price rises above {value}"),
    ("price", "below"): _("the price falls below {value}"),
    ("close", "above"): _("a bar of {timeframe} closes above {value}"),
    ("close", "below"): _("a bar of {timeframe} closes below {value}"),
    ("held_minutes", "above"): _("it is held for more than {value} minutes"),
}
"""The conditions watched between rounds, by metric and comparison."""

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
    "absent": _("not there"),
    "running": _("running"),
    "finished": _("finished"),
}

LEVELS: Final[dict[str, Text]] = {
    "active": _("trading"),
    "reducing": _("closing only"),
    "halted": _("all trading stopped"),
}
"""The operator's switch over all seasons."""
