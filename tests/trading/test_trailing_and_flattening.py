"""A trailing stop is judged once on each way of the price, and flattening leaves nothing open."""

from dataclasses import replace

import pytest

from kernel.units import SCALE
from tests.factories.engine_accounts import (
    RULES,
    account_of,
    kinds_of,
    limit,
    moment,
    part_of,
    position_of,
    settled,
)
from tests.factories.orders import NOW_MS, usdt
from trading.domain.account_events import BookedFill
from trading.domain.engine import settle_account
from trading.domain.spans import LastPrice


def test_an_addition_in_a_bar_does_not_have_its_trailing_stop_judged_twice() -> None:
    held = replace(position_of(qty=SCALE // 10), trail=5 * SCALE // 100, best=usdt(50_000))
    # The high of 52,000 raises the stop to 49,400, above what the addition is bought at.
    bar = part_of("BTC", 50_000, 52_000, 49_000, 49_900)
    assert kinds_of(settled(account_of(held), moment(1, bar)).events) == []
    added = settled(account_of(held, resting=[limit(49_300)]), moment(1, bar))
    assert kinds_of(added.events) == ["limit"]
    (position,) = added.account.portfolio.positions
    assert (position.qty, position.best) == (SCALE // 5, usdt(52_000))
    later = settled(added.account, moment(2, part_of("BTC", 49_900, 49_900, 49_300, 49_500)))
    assert kinds_of(later.events) == ["trailing"]


@pytest.mark.parametrize("side", [1, -1])
def test_flattening_closes_what_the_tick_does_not_show_at_its_last_price(side: int) -> None:
    account = account_of(position_of(), position_of("ETH", side=side))
    before = {"ETH": LastPrice(NOW_MS, usdt(49_000), SCALE // 100)}
    story = settle_account(account, [moment(1, part_of("BTC", 50_000), commands=["flatten"])], RULES, before)
    assert kinds_of(story.events) == ["flatten", "flatten"]
    assert story.account.portfolio.positions == ()
    (eth,) = [e for e in story.events if isinstance(e, BookedFill) and e.execution.symbol == "ETH"]
    assert eth.execution.notional == usdt(49_000 - side * 245)


def test_flattening_closes_what_never_had_a_price_at_its_entry() -> None:
    account = account_of(position_of(), position_of("ETH", price=51_000))
    story = settled(account, moment(1, part_of("BTC", 50_000), commands=["flatten"]))
    assert kinds_of(story.events) == ["flatten", "flatten"]
    (eth,) = [e for e in story.events if isinstance(e, BookedFill) and e.execution.symbol == "ETH"]
    assert eth.execution.notional == usdt(51_000)
