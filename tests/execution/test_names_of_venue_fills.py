"""What a fill at a venue is called in the books: the words of paper."""

import pytest

from kernel.units import SCALE
from trading.domain.positions import Position
from trading.domain.venue_fills import kind_of_fill

STOP = 58_000 * SCALE


def held(stop: int | None, trail: int) -> Position:
    money = (60_000 * SCALE, 6_000 * SCALE)
    return Position("a", "BTC", 1, SCALE, *money, 10, stop, None, 1, 1, trail=trail, best=61_000 * SCALE)


@pytest.mark.parametrize(
    ("order_kind", "trigger", "position", "named"),
    [
        ("protect_stop", STOP, held(STOP, 0), "stop_loss"),
        ("protect_stop", STOP, held(STOP, SCALE // 50), "stop_loss"),
        ("protect_stop", 59_780 * SCALE, held(STOP, SCALE // 50), "trailing"),
        ("protect_stop", 59_780 * SCALE, held(None, SCALE // 50), "trailing"),
        ("protect_stop", 57_000 * SCALE, held(STOP, 0), "stop_loss"),
        ("protect_stop", STOP, None, "stop_loss"),
        ("protect_target", 62_000 * SCALE, held(STOP, SCALE // 50), "take_profit"),
        ("decision", None, held(STOP, SCALE // 50), "decision"),
        ("flatten", None, held(STOP, SCALE // 50), "flatten"),
    ],
)
def test_a_fill_at_a_venue_is_called_as_on_paper(
    order_kind: str, trigger: int | None, position: Position | None, named: str
) -> None:
    assert kind_of_fill(order_kind, trigger, position) == named
