"""What a prompt says of order terms and funding: as the season's rule book has it, and nothing else.

The words for books without limit orders and funding are those of arena-1, so that a season from before is
asked what it was asked.
"""

from typing import Final

from agents.domain.llm.figures import short_percent
from trading.domain.rules import LIMIT_BAND, RuleBook

_PLAIN: Final = {
    "filling": """\
After the deadline a new order book is taken. All orders of the round are market orders and fill on \
that book, not on the snapshot: a purchase pays the ask, a sale gets the bid, about half the spread away \
from the middle, and a large order walks deeper into the book. Answering early or late changes nothing.""",
    "watched": "your stop_loss, take_profit and invalidation are",
    "opposite": "is refused: close first, open in a later round.",
    "terms": "",
    "terms_shown": "",
    "and_reverse": "",
}

_FREE: Final = {
    "filling": """\
After the deadline a new order book is taken. Without a limit_price an order is a market order and fills on \
that book, not on the snapshot: a purchase pays the ask, a sale gets the bid, about half the spread away \
from the middle, and a large order walks deeper into the book. With a limit_price it never fills worse than \
that: what the book offers there fills at once, the rest waits with its margin set aside and fills between \
rounds, at the maker fee, when the price trades through it. Your next BUY, SELL or CLOSE on the symbol \
replaces what waits there. Answering early or late changes nothing.""",
    "watched": "your stop_loss, trailing stop, take_profit and invalidation are",
    "opposite": """\
is refused unless "reverse" is true: then what you hold is closed and the other side opened in one round.""",
    "terms": f"""
- "limit_price": null for a market order, else the worst price you accept, at most \
{short_percent(LIMIT_BAND)} of the mark from it. null for CLOSE and HOLD.
- "trailing_pct": null, or a number from 0.1 to 20: a stop that follows the best price of the position at \
this distance in per cent, beside stop_loss
- "reverse": false, or true to close what you hold on the other side first""",
    "terms_shown": '"limit_price": null, "trailing_pct": null, "reverse": false, ',
    "and_reverse": ", false for reverse",
}

_SHOWN: Final = "Funding rates are shown where the market has them; they are information and are not charged."
_CHARGED: Final = """\
Funding is charged at its settlements, every few hours: a position held at that moment pays funding_rate x \
notional if it is long and receives it if it is short; with a negative rate the other way round."""


def order_terms(rules: RuleBook) -> dict[str, str]:
    """Return the parts of the template that say how orders may fill and what funding costs."""
    words = _FREE if rules.limit_orders else _PLAIN
    return {**words, "funding": _CHARGED if rules.funding else _SHOWN}
