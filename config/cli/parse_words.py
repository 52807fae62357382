"""Reason codes for the operator: what is wrong and what would be right, in one English sentence each."""

from typing import Final

UNKNOWN: Final = "was refused ({code}); see docs/algorithms/answers.md"

WORDS: Final = {
    "bad_line": 'write one JSON object a line: {"context": {...}, "raw": "..."}',
    "too_long": "is longer than 64 KiB and was not read; ask for fewer words",
    "not_utf8": "is not text in UTF-8; send it as UTF-8",
    "too_deep": "is nested too deeply; use the plain form without further objects",
    "too_many_values": "holds more values than any decision needs; send one object with its decisions",
    "not_json": "is not one complete JSON object; send one without missing braces, commas or quotes",
    "not_an_object": 'is JSON but no object with decisions; send {"summary": ..., "decisions": [...]}',
    "duplicate_key": "says two things under one key; name each key once",
    "no_decisions": "holds no object with 'action' or 'decisions' where one may stand; send one",
    "several_answers": "says several different things; send one object, and each figure once",
    "unclosed_thinking": "ends inside its thinking; close the block and answer after it",
    "no_final_channel": "has channels but no final one; answer in the final channel",
    "decisions_not_a_list": "holds 'decisions' that are no list; write a list, empty to hold",
    "too_many_decisions": "holds more than 64 decisions; send at most one a symbol",
    "item_not_an_object": "is no object; write an object with 'action' and 'symbol'",
    "item_duplicate_key": "says two things under one key; name each key once",
    "unknown_action": "names no known action; write BUY, SELL, CLOSE or HOLD",
    "unknown_symbol": "names no requested symbol; write one exactly as it was requested",
    "symbol_twice": "is not the only one for its symbol, so all of them are void; send one a symbol",
    "size_missing": "names no size; give 'size_pct' in percent of equity",
    "size_not_a_number": "has a size that is no number; write a plain number of percent",
    "size_ambiguous": "has a bare size below 1, a share or a percentage; write '0.5%'",
    "size_out_of_bounds": "has a size out of bounds; an open takes up to 20 percent of equity,"
    " a close 1 to 100 percent of the position",
    "leverage_missing": "names no leverage; give a whole number from 3 to 10",
    "leverage_not_whole": "has a leverage that is no whole number; write one from 3 to 10",
    "leverage_out_of_bounds": "has a leverage out of bounds; write a whole number from 3 to 10",
    "confidence_missing": "names no confidence; give a probability from 0 to 1",
    "confidence_not_a_number": "has a confidence that is no number; write a probability from 0 to 1",
    "confidence_out_of_bounds": "has a confidence out of bounds; write 0 to 1, or '70%'",
    "stop_loss_missing": "names no stop loss; give a price on the losing side of the mark",
    "stop_loss_not_a_number": "has a stop loss that is no number; write one plain price",
    "stop_loss_out_of_bounds": "has a stop loss that is no price above zero; write one plain price",
    "stop_loss_too_far": "has a stop loss more than half the mark away; write a price, not a distance",
    "stop_loss_wrong_side": "has its stop loss on the wrong side; below the mark to buy, above it to sell",
    "stop_loss_beyond_margin": "has its stop loss where the margin is gone; keep it within mark / leverage",
    "take_profit_missing": "names no target; give 'take_profit' as a price on the winning side of the mark",
    "take_profit_not_a_number": "has a target that is no number; write one plain price",
    "take_profit_out_of_bounds": "has a target that is no price above zero; write one plain price",
    "take_profit_too_far": "has a target more than half the mark away; write a price, not a distance",
    "take_profit_wrong_side": "has its target on the wrong side; above the mark to buy, below it to sell",
    "mark_missing": "cannot be held against a price; add its symbol to 'mark' in the context",
    "nothing_to_close": "closes where no position is open; hold, or add it to 'positions' in the context",
    "wrong_side_to_close": "closes the other side than the one that is open; write CLOSE",
    "invalidation_not_checkable": "has an invalidation that cannot be watched; give metric, timeframe,"
    " comparison and value, or null",
    "limit_price_not_a_number": "has a limit price that is no number; write one plain price, or null",
    "limit_price_out_of_bounds": "has a limit price that is no price above zero; write one plain price",
    "limit_price_too_far": "has a limit price more than half the mark away; write a price, not a distance",
    "time_in_force_unknown": "has an unknown time in force; write GTC, IOC or null",
    "post_only_not_a_flag": "has a post_only that is neither true nor false; write one of them",
    "terms_contradict": "has terms that contradict each other; GTC and post_only need a limit price",
    "trailing_pct_not_a_number": "has a trailing distance that is no number; write per cent, or null",
    "trailing_pct_out_of_bounds": "has a trailing distance outside of 0.1 to 20 per cent; write one inside",
    "reverse_not_a_flag": "has a reverse that is neither true nor false; write one of them",
}  # fmt: skip


def sentence_of(code: str, where: str) -> str:
    """Return the sentence for a code; ``where`` names the place and begins the sentence."""
    words = WORDS.get(code, UNKNOWN.format(code=code))
    return f"{where}{';' if code == 'bad_line' else ''} {words}."
