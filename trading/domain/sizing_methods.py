"""How much: five ways from an idea to a notional, and one way down to what a venue takes.

Every method answers with a notional in USDT units or with the code of why there is none. Each step rounds
towards less risk, so what comes out never risks more than was asked for (docs/algorithms/sizing.md).

notional    a fixed amount of USDT.
risk        lose at most a share of equity at the stop: q = share x equity / (|entry - stop| + both fees).
fraction    put a share of equity up as margin: N = share x equity x leverage.
kelly       risk f = p - (1 - p) / b of equity, b = net reward over net risk (Kelly 1956), times a shrinkage
            (Thorp 2006; MacLean, Ziemba and Blazenko 1992), at most a cap.
volatility  hold so much that its yearly deviation is a share of equity: N = equity x target / sigma
            (Moskowitz, Ooi and Pedersen 2012; Harvey et al. 2018).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from typing import Final, NamedTuple

from kernel.time import DAY_MS
from kernel.units import MAX_UNITS, SCALE, Rounding, div, mul_div, round_to_step
from trading.domain.instruments import Instrument
from trading.domain.positions import fee_of, notional_of

YEAR_MS: Final = 365 * DAY_MS
PERCENT: Final = SCALE // 100

MOST_KELLY: Final = PERCENT * 20
"""The highest cap a plan may name: a fifth of the equity on one outcome is past all precision."""

UNSIZABLE_CODES: Final = frozenset(
    {
        "unknown_symbol",
        "no_position",
        "already_opposite",
        "below_lot",
        "below_minimum",
        "no_equity",
        "bad_size",
        "bad_price",
        "too_large",
        "no_stop",
        "wrong_stop",
        "no_target",
        "no_edge",
        "no_volatility",
    }
)
"""Why no order can be made of an idea; each has its sentence in interfaces.words."""


@dataclass(frozen=True, slots=True)
class Unsizable:
    """An idea no order can be made of; ``code`` is one of ``UNSIZABLE_CODES``.

    'already_opposite': BUY while short or SELL while long is ambiguous unless it asks to reverse.
    """

    code: str


class SizingPlan(NamedTuple):
    """How to size. ``method`` is one of ``METHODS``.

    ``amount``: USDT units for 'notional', else a ratio: the equity at risk, the equity as margin, the
    shrinkage of Kelly's fraction, the yearly volatility. ``cap``: the most equity 'kelly' may risk, a ratio.
    """

    method: str
    amount: int
    cap: int = 2 * PERCENT


DEFAULT_PLANS: Final = {
    "notional": SizingPlan("notional", 1_000 * SCALE),
    "risk": SizingPlan("risk", 2 * PERCENT),
    "fraction": SizingPlan("fraction", 10 * PERCENT),
    "kelly": SizingPlan("kelly", 25 * PERCENT),
    "volatility": SizingPlan("volatility", 40 * PERCENT),
}
"""What each method does where nobody says otherwise; a quarter of Kelly, and half of Bitcoin's deviation."""


class Idea(NamedTuple):
    """What a method may look at. Prices and ``equity`` in units.

    ``side`` is +1 or -1. ``chance`` is the stated probability (ratio) of the target before the stop;
    ``deviation`` the standard deviation of one bar's return as a ratio, None where it is not known.
    """

    side: int
    entry: int
    stop: int | None
    target: int | None
    chance: int
    deviation: int | None
    bar_ms: int
    leverage: int
    equity: int
    fee: int
    """The taker's, a ratio."""


class Size(NamedTuple):
    """A quantity a venue takes: on the lot, at least its minimum. ``notional`` at the entry, rounded down."""

    qty: int
    notional: int


def size_by(plan: SizingPlan, idea: Idea, instrument: Instrument, min_order: int = 0) -> Size | Unsizable:
    """Return the quantity that a plan makes of an idea, or why there is none; never raises."""
    if idea.entry <= 0:
        return Unsizable("bad_price")
    if idea.equity <= 0:
        return Unsizable("no_equity")
    if plan.amount <= 0 or idea.leverage <= 0:
        return Unsizable("bad_size")
    notional = METHODS[plan.method](plan, idea)
    if isinstance(notional, Unsizable):
        return notional
    return fit(notional, idea.entry, instrument, min_order)


def margin_share(plan: SizingPlan, idea: Idea) -> int | Unsizable:
    """Return what a plan makes of an idea as a decision's size: margin over equity, a ratio rounded down.

    For deciders that form an opinion before they look at anybody's equity, and so not for 'notional', which
    depends on it; ``idea.equity`` plays no part.
    """
    notional = METHODS[plan.method](plan, idea._replace(equity=_WHOLE)) if plan.amount > 0 else 0
    if isinstance(notional, Unsizable):
        return notional
    share = mul_div(notional, SCALE, _WHOLE * idea.leverage, Rounding.DOWN) if idea.leverage > 0 else 0
    return share if share > 0 else Unsizable("bad_size")


_WHOLE: Final = 10**9 * SCALE
"""An equity large enough that the steps of a ratio are coarser than its roundings."""


def fit(notional: int, price: int, instrument: Instrument, min_order: int = 0) -> Size | Unsizable:
    """Return a notional as a quantity: rounded down to the lot, and nothing where that is below the minimum.

    A quantity is never rounded up to reach a minimum: that would risk more than was asked for.
    """
    if notional > MAX_UNITS:
        return Unsizable("too_large")
    qty = round_to_step(mul_div(notional, SCALE, price, Rounding.DOWN), instrument.lot, Rounding.DOWN)
    if qty <= 0:
        return Unsizable("below_lot")
    if qty > MAX_UNITS:
        return Unsizable("too_large")
    rounded = notional_of(qty, price)
    if rounded < max(min_order, instrument.min_notional):
        return Unsizable("below_minimum")
    return Size(qty, rounded)


def loss_of(idea: Idea, qty: int) -> int:
    """Return what the (named) stop loses on a quantity with both fees, in units, rounded up."""
    stop = idea.stop or 0
    way = div(qty * abs(idea.entry - stop), SCALE, Rounding.UP)
    legs = [notional_of(qty, price, Rounding.UP) for price in (idea.entry, stop)]
    return way + sum(fee_of(leg, idea.fee) for leg in legs)


def _by_notional(plan: SizingPlan, _idea: Idea) -> int | Unsizable:
    return plan.amount


def _by_fraction(plan: SizingPlan, idea: Idea) -> int | Unsizable:
    return mul_div(plan.amount, idea.equity, SCALE, Rounding.DOWN) * idea.leverage


def _by_risk(plan: SizingPlan, idea: Idea) -> int | Unsizable:
    return _risking(mul_div(plan.amount, idea.equity, SCALE, Rounding.DOWN), idea)


def _risking(budget: int, idea: Idea) -> int | Unsizable:
    """Return the notional that loses at most the budget at the stop, fees and their roundings included."""
    stop = idea.stop
    if stop is None:
        return Unsizable("no_stop")
    if stop <= 0 or idea.side * (idea.entry - stop) <= 0:
        return Unsizable("wrong_stop")
    # Every rounding up in loss_of is below one unit: five of them stay inside the budget.
    spare = budget - _ROUNDINGS
    if spare <= 0:
        return Unsizable("below_lot")
    each = abs(idea.entry - stop) * SCALE + (idea.entry + stop) * idea.fee
    qty = spare * SCALE * SCALE // each
    return notional_of(qty, idea.entry)


_ROUNDINGS: Final = 5


def _by_kelly(plan: SizingPlan, idea: Idea) -> int | Unsizable:
    found = kelly_fraction(idea)
    if isinstance(found, Unsizable):
        return found
    share = min(mul_div(found, min(plan.amount, SCALE), SCALE, Rounding.DOWN), plan.cap, MOST_KELLY)
    return _risking(mul_div(share, idea.equity, SCALE, Rounding.DOWN), idea)


def kelly_fraction(idea: Idea) -> int | Unsizable:
    """Return Kelly's share of equity to risk, a ratio rounded down: f = p - (1 - p) x risk / reward.

    Reward and risk are net of both fees. Multiplying f by a shrinkage is the same as moving p that much of
    the way to the break-even 1 / (1 + b), since f is linear in p and 0 there.
    """
    entry, stop, target = idea.entry, idea.stop, idea.target
    if stop is None:
        return Unsizable("no_stop")
    if target is None:
        return Unsizable("no_target")
    if stop <= 0 or idea.side * (entry - stop) <= 0:
        return Unsizable("wrong_stop")
    risk = abs(entry - stop) * SCALE + (entry + stop) * idea.fee
    reward = idea.side * (target - entry) * SCALE - (entry + target) * idea.fee
    chance = min(max(idea.chance, 0), SCALE)
    if target <= 0 or reward <= 0:
        return Unsizable("no_edge")
    edge = chance - div((SCALE - chance) * risk, reward, Rounding.UP)
    return edge if edge > 0 else Unsizable("no_edge")


def _by_volatility(plan: SizingPlan, idea: Idea) -> int | Unsizable:
    if idea.deviation is None or idea.deviation <= 0 or idea.bar_ms <= 0:
        return Unsizable("no_volatility")
    return mul_div(idea.equity, plan.amount, yearly(idea.deviation, idea.bar_ms), Rounding.DOWN)


def yearly(deviation: int, bar_ms: int) -> int:
    """Return a bar's deviation over a year of 365 days, a ratio rounded up: sigma x sqrt(year / bar)."""
    return isqrt(deviation * deviation * YEAR_MS // bar_ms) + 1


METHODS: Final[dict[str, Callable[[SizingPlan, Idea], int | Unsizable]]] = {
    "notional": _by_notional,
    "risk": _by_risk,
    "fraction": _by_fraction,
    "kelly": _by_kelly,
    "volatility": _by_volatility,
}


def check_plan(plan: SizingPlan) -> None:
    """Raise ValueError with a sentence for a plan that no season could be played with."""
    if plan.method not in METHODS:
        raise ValueError(f"sizing method {plan.method!r} is not one of {', '.join(METHODS)}")
    most = MAX_UNITS if plan.method == "notional" else _MOST[plan.method]
    if not 0 < plan.amount <= most:
        raise ValueError(f"sizing by {plan.method}: the amount must lie above 0 and at most {most} units")
    if not 0 < plan.cap <= MOST_KELLY:
        raise ValueError(f"sizing by {plan.method}: the cap must lie above 0 and at most {MOST_KELLY} units")


_MOST: Final = {"risk": 20 * PERCENT, "fraction": SCALE, "kelly": SCALE, "volatility": 10 * SCALE}
"""The highest amount of each method."""
