"""What a call cost: the tokens told at their price, and the estimate where they were not."""

from collections.abc import Iterable
from typing import Final

from agents.domain.llm.billing import ESTIMATED, Bill, may_be_billed_untold
from agents.domain.llm.exchange import NO_USAGE, Cost, ModelRef, ModelResponse, Outcome
from agents.ports import PriceBook
from agents.services.questions import CallRecord

FREE: Final = Cost(0, "this machine")

_CUT_OFF: Final = frozenset({Outcome.TIMEOUT, Outcome.INTERRUPTED, Outcome.FAULT})


def bill_of(record: CallRecord, prices: PriceBook, at_most: int | None) -> Bill:
    """Return what a call's attempts cost. ``at_most``: one attempt's estimate, None where no price is known.

    A call that was cut off counts its whole estimate even if a late answer told less.
    """
    responses = [note.response for note in record.notes]
    told = [response for response in responses if response.usage != NO_USAGE]
    bill = _by_tokens(told, record.model, record.started_wall_ms, prices)
    untold = sum(may_be_billed_untold(response) for response in responses)
    if untold:
        bill = _with_estimates(bill, untold, at_most)
    if record.outcome in _CUT_OFF and record.notes and (at_most or 0) > bill.cost:
        return bill._replace(cost=at_most or 0, source=ESTIMATED)
    return bill


def _by_tokens(told: Iterable[ModelResponse], model: ModelRef, at_ms: int, prices: PriceBook) -> Bill:
    bill = Bill()
    for response in told:
        price = prices.cost_of(model, response.model_returned or model.model, response.usage, at_ms)
        if price is None:
            bill = bill._replace(is_unpriced=True)
        else:
            bill = bill._replace(cost=bill.cost + price.usd, source=price.source)
    return bill


def _with_estimates(bill: Bill, untold: int, at_most: int | None) -> Bill:
    if at_most is None:
        return bill._replace(is_unpriced=True)
    return bill._replace(cost=bill.cost + untold * at_most, source=ESTIMATED)
