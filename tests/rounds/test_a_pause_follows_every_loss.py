"""The pause after a loss follows every loss that was taken, whole or nearly whole, and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import (
    PLAIN,
    START_MS,
    Bar,
    buy,
    close,
    open_contest,
    play,
    says,
    scripted,
    write_tape,
)
from trading.domain.decisions import Decision as Intent
from trading.models import ClosedTrade, Decision, Fill
from trading.selectors import last_losses

pytestmark = pytest.mark.django_db

RULES = replace(PLAIN, limits=replace(PLAIN.limits, cooldown_ms=60 * MINUTE_MS))
SMALL = buy(size=SCALE // 50)
ALMOST = replace(close(), size=SCALE * 99 // 100)


def bars_after(price: float) -> dict[int, Bar]:
    """Return a market that goes to a price in its sixth minute and stays there."""
    return dict.fromkeys(range(5, 30), (price, price + 0.1, price - 0.1, price))


def reasons(folder: Path, price: float, *then: str) -> list[str]:
    """Buy, wait until the market has moved, decide so, buy again; return why openings were denied."""
    tape = write_tape(folder, bars=30, bent=bars_after(price))
    answers = [says(SMALL), says(), says(), says(), *then]
    season = open_contest([scripted("ann", *answers)], f"tape:{tape}", rules=RULES)
    play(season, len(answers) + 1)
    return list(Decision.objects.filter(outcome="denied").values_list("reason", flat=True))


@pytest.mark.parametrize("how", [close(), ALMOST])
def test_no_opening_follows_a_loss_however_little_of_the_position_is_left(
    tmp_path: Path, how: Intent
) -> None:
    assert reasons(tmp_path, 98, says(how), says(SMALL)) == ["cooldown"]


@pytest.mark.parametrize("how", [close(), ALMOST])
def test_an_opening_follows_a_gain(tmp_path: Path, how: Intent) -> None:
    assert reasons(tmp_path, 101, says(how), says(SMALL)) == []


def test_adding_is_no_loss_for_its_fee(tmp_path: Path) -> None:
    assert reasons(tmp_path, 100, says(SMALL), says(SMALL)) == []


def test_a_trade_that_won_as_a_whole_is_no_loss_by_its_last_part(
    tmp_path: Path,
) -> None:
    bent = bars_after(104) | dict.fromkeys(range(8, 30), (99, 99.1, 98.9, 99))
    tape = write_tape(tmp_path, bars=30, bent=bent)
    answers = [says(SMALL), says(), says(), says(), says(ALMOST), says(), says(), says(close())]
    season = open_contest([scripted("ann", *answers)], f"tape:{tape}", rules=RULES)
    play(season, len(answers) + 1)
    trade, last = ClosedTrade.objects.get(), Fill.objects.order_by("market_ms").last()
    assert last is not None
    assert last.pnl < 0 < trade.pnl - trade.fees
    assert last_losses(season, START_MS + 60 * MINUTE_MS, 60 * MINUTE_MS) == {}


def test_a_loss_is_told_at_its_moment_and_only_for_as_long_as_it_matters(tmp_path: Path) -> None:
    reasons(tmp_path, 98, says(ALMOST))
    fill = Fill.objects.order_by("market_ms").last()
    assert fill is not None
    told = {fill.account_id: fill.market_ms}
    assert last_losses(fill.feed, fill.market_ms, 1) == told
    assert last_losses(fill.feed, fill.market_ms + MINUTE_MS, MINUTE_MS + 1) == told
    assert last_losses(fill.feed, fill.market_ms + MINUTE_MS, MINUTE_MS) == {}
    assert last_losses(fill.feed, fill.market_ms - 1, MINUTE_MS) == {}
