"""Any sequence of fills: no money is made or lost, and splitting a close never earns a unit more."""

from dataclasses import dataclass, field, replace

from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.domain.ledger import check_entry
from kernel.units import SCALE, Rounding, mul_div
from tests.factories.orders import ACCOUNT, MARK, NOW_MS, btc_instrument, execution_at, open_position
from trading.domain.bookkeeping import entry_of
from trading.domain.exits import compute_exit, exit_execution
from trading.domain.market import SymbolTick
from trading.domain.positions import Execution, FillEffect, Position, compute_effect, unrealised

PRICES = st.integers(MARK // 3, MARK * 3)
LEVERAGES = st.integers(1, 20)


@dataclass
class Books:
    """The account's money, kept from the journal entries alone."""

    free: int = 10_000 * SCALE
    reserved: int = 0
    house: int = 0
    position: Position | None = None
    realised: int = 0
    entries: list[int] = field(default_factory=list)

    def play(self, execution: Execution) -> FillEffect:
        """Book one execution as its entry says."""
        effect = compute_effect(self.position, execution, 1)
        entry = entry_of(effect, execution, "reference")
        check_entry(entry)
        for line in entry.lines:
            if line.account_id != ACCOUNT:
                self.house += line.amount
            elif line.code == "available":
                self.free += line.amount
            else:
                self.reserved += line.amount
        self.position = effect.after
        self.realised += effect.pnl - effect.fee + effect.covered
        return effect


STEPS = st.lists(
    st.tuples(st.sampled_from(["open", "reduce", "close", "gap"]), PRICES, st.integers(1, SCALE), LEVERAGES),
    max_size=12,
)


def _next_execution(books: Books, step: tuple[str, int, int, int], side: int) -> Execution | None:
    verb, price, amount, leverage = step
    held = books.position
    if verb == "open":
        wanted = execution_at(price, held.side if held else side, amount // 50 + 1, leverage)
        cost = -(-wanted.notional // leverage) + wanted.fee
        return wanted if cost <= books.free else None
    if held is None:
        return None
    if verb == "gap":  # the market jumps: liquidated if that is beyond the liquidation price, else nothing
        found = compute_exit(held, SymbolTick("BTC", price, price, price, price, 0), btc_instrument())
        return exit_execution(found, btc_instrument(), NOW_MS) if found else None
    qty = held.qty if verb == "close" else max(1, mul_div(held.qty, amount, SCALE, Rounding.DOWN))
    return execution_at(price, -held.side, qty)


@given(steps=STEPS, side=st.sampled_from([1, -1]))
def test_available_reserved_and_house_change_by_nothing_together(
    steps: list[tuple[str, int, int, int]], side: int
) -> None:
    books = Books()
    for step in steps:
        execution = _next_execution(books, step, side)
        if execution is None:
            continue
        effect = books.play(execution)
        assert effect.fee >= 0
        assert books.free + books.reserved + books.house == 10_000 * SCALE
        assert books.free >= 0
        assert books.reserved == (books.position.margin if books.position else 0)
        assert books.free + books.reserved == 10_000 * SCALE + books.realised
    if books.position is None:
        assert books.reserved == 0


@given(steps=STEPS, side=st.sampled_from([1, -1]))
def test_a_trade_s_own_figures_are_the_sum_of_its_fills(
    steps: list[tuple[str, int, int, int]], side: int
) -> None:
    books, realised, fees = Books(), 0, 0
    for step in steps:
        execution = _next_execution(books, step, side)
        if execution is None:
            continue
        effect = books.play(execution)
        realised, fees = realised + effect.pnl + effect.covered, fees + effect.fee
        if effect.after is None:
            realised, fees = 0, 0
        else:
            assert (effect.after.realised, effect.after.fees) == (realised, fees)


@given(
    side=st.sampled_from([1, -1]),
    qty=st.integers(2, SCALE),
    part=st.integers(1, SCALE),
    price=PRICES,
    leverage=LEVERAGES,
)
def test_closing_in_two_parts_earns_at_most_what_closing_at_once_does(
    side: int, qty: int, part: int, price: int, leverage: int
) -> None:
    held = open_position(side, qty, MARK, leverage)
    first_qty = max(1, mul_div(qty - 1, part, SCALE, Rounding.DOWN))
    whole = compute_effect(held, execution_at(price, -side, qty), 2)
    first = compute_effect(held, execution_at(price, -side, first_qty), 2)
    second = compute_effect(first.after, execution_at(price, -side, qty - first_qty), 2)
    assert second.after is None
    assert whole.pnl - 1 <= first.pnl + second.pnl <= whole.pnl
    assert whole.fee <= first.fee + second.fee <= whole.fee + 1
    assert first.margin_released + second.margin_released == held.margin
    parts = first.available_change + second.available_change
    assert parts >= whole.available_change - 2
    slack = 2 if first.covered + second.covered else 0  # at the edge of the insurance, by rounding alone
    assert parts <= whole.available_change + slack


@given(side=st.sampled_from([1, -1]), qty=st.integers(1, SCALE), price=PRICES, leverage=LEVERAGES)
def test_closing_at_the_mark_realises_the_unrealised(side: int, qty: int, price: int, leverage: int) -> None:
    held = open_position(side, qty, MARK, leverage)
    assert compute_effect(held, execution_at(price, -side, qty), 2).pnl == unrealised(held, price)


@given(side=st.sampled_from([1, -1]), qty=st.integers(1, SCALE), part=st.integers(1, SCALE), price=PRICES)
def test_an_execution_against_the_position_never_makes_it_larger(
    side: int, qty: int, part: int, price: int
) -> None:
    assume(part <= qty)
    held = open_position(side, qty)
    effect = compute_effect(held, execution_at(price, -side, part), 2)
    left = effect.after.qty if effect.after else 0
    assert left == qty - part
    assert effect.available_change >= 0
    assert effect.margin_locked == 0


def test_lines_that_move_nothing_are_left_out_of_the_entry() -> None:
    execution = replace(execution_at(MARK), fee=0)
    entry = entry_of(compute_effect(None, execution, 1), execution, "fill:1")
    assert [(line.code, line.amount) for line in entry.lines] == [
        ("available", -5_000 * SCALE),
        ("reserved", 5_000 * SCALE),
    ]
    assert (entry.reference, entry.kind, entry.market_ms) == ("fill:1", "fill", execution.market_ms)


def test_a_liquidation_s_entry_names_every_column_it_moves() -> None:
    execution = execution_at(MARK * 8 // 10, -1)
    entry = entry_of(compute_effect(open_position(), execution, 2), execution, "fill:2")
    assert {(line.account_id, line.code): line.amount for line in entry.lines} == {
        (ACCOUNT, "reserved"): -5_000 * SCALE,
        ("", "trading"): 10_000 * SCALE,
        ("", "fees"): 20 * SCALE,
        ("", "insurance"): -5_020 * SCALE,
    }
