"""Thousands of orders at a venue where one in ten goes wrong, and what the two books say afterwards."""

import random
from dataclasses import dataclass, field

from accounts.selectors import balances, check_ledger
from kernel.units import SCALE
from tests.factories.live_orders import Stage, stage
from tests.factories.truth_venue import Killed
from trading import models
from trading.domain.order_states import OPEN_STATES
from trading.ports import VenueError
from trading.services.outbox_cycle import compare_turn, look_turn, send_turn

FAULTS = (
    "lose_request", "lose_answer", "unknown_done", "unknown_lost", "http_502", "http_502_done",
    "http_503_done", "http_429", "garbled_done", "garbled_lost", "duplicate_fill", "late_fill",
    "split_fill", "out_of_order", "partial_cut", "stale_list", "stale_order",
)  # fmt: skip
SIZES = {"BTC": SCALE // 200, "ETH": SCALE // 10, "SOL": 2 * SCALE}
MOST = 8
"""Of so many sizes a position is made of before it is reduced."""

BATCH = 20
DEATHS = 40
"""One death of the process in so many orders."""


@dataclass
class Tally:
    """What a run came to. ``lost``: orders or fills that one of the two books has and the other has not."""

    decided: int = 0
    sent: int = 0
    deaths: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    doubled: int = 0
    lost: int = 0
    open: int = 0
    resent: int = 0
    fills: int = 0
    mismatches: int = 0
    wallet_difference: int = 0
    positions_equal: bool = False
    ledger_problem: str | None = None


def run_orders(count: int, seed: int = 7, rate: float = 0.1) -> Tally:
    """Send this many orders with one fault in ten, let the jobs ring, and compare the books."""
    chance, tally = random.Random(seed), Tally()  # noqa: S311 - a repeatable run
    scene = stage(f"run-{seed}", wallet=1_000_000 * SCALE)
    scene.server.faults.plan(seed, rate, FAULTS)
    prices = dict(scene.truth.market.prices)
    while tally.decided < count:
        for _ in range(min(BATCH, count - tally.decided)):
            _decide(scene, chance)
            tally.decided += 1
        if chance.random() < BATCH / DEATHS:
            setattr(scene.venue, chance.choice(("die_before", "die_after")), chance.randrange(1, BATCH))
        _ring(scene, tally, 30)
        for symbol, price in prices.items():
            if symbol in SIZES:
                tick = scene.truth.market.listing(symbol).tick
                moved = price * (10_000 + chance.randrange(-60, 61)) // 10_000 // tick * tick
                scene.truth.move(symbol, moved)
    scene.server.faults.stop()
    scene.server.settle()
    _ring(scene, tally, 300)
    for symbol, held in scene.truth.positions.items():
        scene.decide(symbol, -1 if held > 0 else 1, abs(held), close=True)
    _ring(scene, tally, 120)
    return _compare(scene, tally)


def _decide(scene: Stage, chance: random.Random) -> None:
    symbol = chance.choice(tuple(SIZES))
    size, held = SIZES[symbol], scene.truth.positions.get(symbol, 0)
    side = chance.choice((-1, 1)) if not held else 1 if held > 0 else -1
    if abs(held) >= MOST * size or (held and chance.random() < 0.45):
        scene.decide(symbol, -side, min(abs(held), size * chance.randrange(1, 4)), close=True)
        return
    stop = None
    if symbol == "SOL":
        price, tick = scene.truth.market.prices[symbol], scene.truth.market.listing(symbol).tick
        stop = price * (1000 - side * 5) // 1000 // tick * tick
    scene.decide(symbol, side, size, stop=stop)


def _ring(scene: Stage, tally: Tally, seconds: int) -> None:
    """Let the jobs ring; a process that dies is followed by another one that knows nothing."""
    for second in range(0, seconds, 2):
        try:
            send_turn(scene.desk)
            if second % 6 == 0:
                look_turn(scene.desk)
            if second % 60 == 0:
                compare_turn(scene.desk)
        except Killed:
            tally.deaths += 1
            scene.desk.notes.clear()
        except VenueError:
            pass
        scene.clock.sleep(2_000)


def _compare(scene: Stage, tally: Tally) -> Tally:
    """Hold our tables against the venue's own book."""
    truth, account = scene.truth, scene.desk.account_id
    orders = models.Order.objects.filter(account_id=account)
    ours = {row.id: row for row in orders.exclude(venue="")}
    placed = truth.placed(ours)
    tally.sent, tally.resent = len(ours), sum(row.attempts > 1 for row in ours.values())
    tally.faults = {kind: number for (_, kind), number in sorted(scene.server.faults.drawn.items())}
    for row in orders:
        tally.ends[row.state] = tally.ends.get(row.state, 0) + 1
    tally.doubled = sum(number > 1 for number in placed.values())
    tally.lost = sum(_filled(scene, row.id) != row.filled for row in ours.values())
    tally.lost += len({key for key in truth.by_client if not key.startswith("t_")} - set(ours))
    tally.open = orders.filter(state__in=OPEN_STATES).count()
    tally.fills = models.Fill.objects.filter(account_id=account).count()
    tally.mismatches = models.VenueMismatch.objects.filter(account_id=account).count()
    tally.wallet_difference = balances([account])[account].total - truth.wallet
    rows = models.Position.objects.filter(account_id=account, qty__gt=0)
    held = {symbol: side * qty for symbol, side, qty in rows.values_list("symbol", "side", "qty")}
    tally.positions_equal = held == truth.positions
    tally.ledger_problem = check_ledger()
    return tally


def _filled(scene: Stage, order_id: str) -> int:
    """Return what the venue filled of an order and of those it started."""
    truth = scene.truth
    return sum(
        each.filled + (truth.orders[each.child_id].filled if each.child_id else 0)
        for each in truth.by_client.get(order_id, [])
    )
