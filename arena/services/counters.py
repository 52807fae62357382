"""Running counts of the standings: what fills, refusals and turns add, in the transaction that books them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from arena.models import Standing
from kernel.units import SCALE, Rounding, mul_div
from store.bulk import add_to_rows
from trading.domain.account_events import FundingCharge
from trading.services import BookedFill

COUNTERS = (
    "fees",
    "realised",
    "turnover",
    "orders",
    "opens",
    "sum_leverage",
    "sum_size",
    "trades",
    "wins",
    "sum_hold_ms",
)


def count_fills(
    contestants: Mapping[str, str], capitals: Mapping[str, int], fills: Sequence[BookedFill]
) -> None:
    """Add fills to the standings.

    ``contestants`` maps account to contestant, ``capitals`` account to what its sizes are a ratio of.
    """
    totals: dict[str, list[int]] = defaultdict(lambda: [0] * len(COUNTERS))
    for fill in fills:
        account = fill.execution.account_id
        row = totals[contestants[account]]
        for index, value in enumerate(_counts_of(fill, capitals[account])):
            row[index] += value
    rows = [(*values, contestant) for contestant, values in sorted(totals.items())]
    add_to_rows(Standing, "contestant", COUNTERS, rows)


def _counts_of(fill: BookedFill, capital: int) -> tuple[int, ...]:
    done, effect = fill.execution, fill.effect
    borne = effect.pnl + effect.covered
    is_open = effect.margin_locked > 0
    size = mul_div(effect.margin_locked, SCALE, capital, Rounding.DOWN)
    head = (effect.fee, borne, done.notional, 1, int(is_open), done.leverage * is_open, size)
    if not (effect.closed and fill.before):
        return (*head, 0, 0, 0)
    net = fill.before.realised + borne - fill.before.fees - effect.fee + fill.before.funding
    return (*head, 1, int(net > 0), done.market_ms - fill.before.opened_ms)


def count_funding(contestants: Mapping[str, str], charges: Sequence[FundingCharge]) -> None:
    """Add settlements of funding to the standings. ``contestants`` maps account to contestant."""
    totals: dict[str, int] = defaultdict(int)
    for charge in charges:
        totals[contestants[charge.account_id]] += charge.amount
    _add_funding(totals)


def count_venue_funding(contestant: str, amount: int) -> None:
    """Add funding that a venue paid to one contestant; what it took is negative."""
    _add_funding({contestant: amount})


def _add_funding(totals: Mapping[str, int]) -> None:
    rows = [(amount, contestant) for contestant, amount in sorted(totals.items())]
    add_to_rows(Standing, "contestant", ("funding",), rows)


def count_turns(turns: Iterable[tuple[str, bool, int]]) -> None:
    """Add one turn each; by contestant whether the hold was forced, and how much could not be read."""
    rows = [(1, int(forced), failures, contestant) for contestant, forced, failures in turns]
    add_to_rows(Standing, "contestant", ("turns", "forced_holds", "format_failures"), rows)


def count_denials(denied: Mapping[str, int]) -> None:
    """Add refusals by the risk rules."""
    rows = [(count, contestant) for contestant, count in sorted(denied.items()) if count]
    add_to_rows(Standing, "contestant", ("denials",), rows)
