"""The nets of an account's closed trades are what its wallet changed by: nothing is left out."""

from hypothesis import given
from hypothesis import strategies as st

from kernel.units import SCALE
from tests.factories.engine_accounts import account_of
from tests.factories.orders import MARK, execution_at
from trading.domain.account import Account, book_execution
from trading.domain.positions import Execution

MODES = st.sampled_from(["isolated", "cross"])
STEPS = st.lists(
    st.tuples(st.booleans(), st.integers(MARK // 3, MARK * 3), st.integers(1, 100), st.integers(1, 20)),
    max_size=12,
)


def net_of(account: Account, execution: Execution) -> tuple[Account, int]:
    """Book an execution; return the account after it, and the net of the trade that it closed, else 0."""
    after, before, effect = book_execution(account, execution)
    if before is None or not effect.closed:
        return after, 0
    money = before.realised + effect.pnl + effect.covered  # as a closed trade's row and the board count it
    return after, money - before.fees - effect.fee + before.funding


@given(steps=STEPS, side=st.sampled_from([1, -1]), mode=MODES)
def test_the_nets_of_closed_trades_are_the_change_of_the_wallet(
    steps: list[tuple[bool, int, int, int]], side: int, mode: str
) -> None:
    account, net = account_of(free=10_000, mode=mode), 0
    start = account.wallet
    for opens, price, percent, leverage in [*steps, (False, MARK // 2, 100, 1)]:
        held = account.portfolio.position_of("BTC")
        if opens or held is None:
            wanted = execution_at(price, side, percent * SCALE // 1_000, leverage)
            if wanted.notional // leverage + 1 + wanted.fee > account.portfolio.available:
                continue
        else:
            wanted = execution_at(price, -side, max(1, held.qty * percent // 100))
        account, brought = net_of(account, wanted)
        net += brought
    held = account.portfolio.position_of("BTC")
    if held is not None:
        account, brought = net_of(account, execution_at(MARK, -side, held.qty))
        net += brought
    assert net == account.wallet - start


def test_a_part_closed_beyond_its_margin_counts_for_what_it_cost_the_account() -> None:
    account = account_of(free=10_000)
    start, net = account.wallet, 0
    for side, qty, price in ((1, SCALE, MARK), (-1, SCALE // 2, MARK * 7 // 10), (-1, SCALE // 2, MARK)):
        account, brought = net_of(account, execution_at(price, side, qty, 10))
        net += brought
    assert net == account.wallet - start
    assert net < 0
