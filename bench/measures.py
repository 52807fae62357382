"""Measures of 1,000 contestants over thirty days, against the same facts read contestant by contestant.

.venv/bin/python -m bench.measures

A month of hourly rounds: 720,000 equity points, 20,000 closed trades, 40,000 executions, 43,200 minutes of
recorded prices. The alternative asks for one contestant at a time, as a page does.
"""

import random
import time
from typing import Any, Final

from bench.scratch import scratch_database

CONTESTANTS: Final = 1_000
HOURS: Final = 720
TRADES: Final = 20
ALONE: Final = 20
"""Contestants that are asked for one by one."""
START_MS: Final = 1_767_225_600_000
HOUR_MS: Final = 3_600_000
SCALE: Final = 10**8


def _open_season() -> str:
    from agents.domain.roster import RosterEntry  # noqa: PLC0415 - after Django is set up
    from config.seasons import SeasonPlan, open_planned_season  # noqa: PLC0415 - as above

    plan = SeasonPlan(
        slug="bench",
        name="Bench",
        market="simulated",
        seed=1,
        symbols=("BTC", "ETH"),
        interval_s=3_600,
        capital=10_000,
        clock="tape",
        speed=1,
        start_ms=START_MS,
        live_timeout_s=1.0,
    )
    roster = [RosterEntry(f"random {n}", f"c{n}", "", "random") for n in range(CONTESTANTS)]
    return open_planned_season(plan, roster)


def _write_history(season_id: str) -> None:
    from django.db import transaction  # noqa: PLC0415 - after Django is set up

    from arena.models import Contestant, EquityPoint  # noqa: PLC0415 - as above
    from store.bulk import insert_rows  # noqa: PLC0415 - as above
    from trading.domain.encoding import encode_tick  # noqa: PLC0415 - as above
    from trading.domain.market import SymbolTick, Tick  # noqa: PLC0415 - as above
    from trading.models import Tick as TickRow  # noqa: PLC0415 - as above

    chance = random.Random(1)  # noqa: S311 - prices, not secrets
    who = list(Contestant.objects.filter(season_id=season_id).values_list("id", "account_id"))
    ticks = []
    for minute in range(1, HOURS * 60 + 1):
        price = 50_000 * SCALE
        parts = tuple(SymbolTick(s, price, price, price, price, 20_000) for s in ("BTC", "ETH"))
        moment = START_MS + minute * 60_000
        ticks.append((season_id, moment, encode_tick(Tick(moment, "bench", parts))))
    with transaction.atomic():
        insert_rows(TickRow, ("feed", "market_ms", "body"), ticks)
        for contestant, account in who:
            equity, points = 10_000 * SCALE, []
            for number in range(1, HOURS + 1):
                equity += chance.randint(-10 * SCALE, 10 * SCALE)
                points.append((contestant, number, START_MS + number * HOUR_MS, equity))
            insert_rows(EquityPoint, ("contestant", "number", "market_ms", "equity"), points)
            _write_trades(season_id, account)


def _write_trades(season_id: str, account: str) -> None:
    from kernel.ids import derive_id  # noqa: PLC0415 - after Django is set up
    from trading.models import ClosedTrade, Fill, Order  # noqa: PLC0415 - as above

    orders: list[dict[str, Any]] = []
    fills: list[dict[str, Any]] = []
    trades: list[dict[str, Any]] = []
    for index in range(2 * TRADES):
        at, side = START_MS + (index + 1) * 17 * HOUR_MS, 1 if index % 2 == 0 else -1
        order = derive_id("bench", account, index)
        common = {"account_id": account, "symbol": "BTC", "side": side}
        made = {**common, "feed": season_id, "market_ms": at}
        orders.append({**_ORDER, **made, "id": order, "reduce_only": side < 0})
        fills.append({**_FILL, **made, "id": derive_id("bench-fill", order), "order_id": order})
        if side < 0:
            life = {"lifecycle": index, "opened_ms": at - 17 * HOUR_MS, "closed_ms": at, "side": 1}
            trades.append({**_TRADE, **common, **life, "id": derive_id("bench-trade", order)})
    Order.objects.bulk_create(Order(**row) for row in orders)
    Fill.objects.bulk_create(Fill(**row) for row in fills)
    ClosedTrade.objects.bulk_create(ClosedTrade(**row) for row in trades)


_LOT: Final = SCALE // 100
_ORDER: Final[dict[str, Any]] = {
    "kind": "decision",
    "qty": _LOT,
    "filled": _LOT,
    "leverage": 3,
    "state": "filled",
    "mark": 50_000 * SCALE,
}
_FILL: Final[dict[str, Any]] = {
    "qty": _LOT,
    "notional": 501 * SCALE,
    "fee": SCALE // 4,
    "pnl": 0,
    "covered": 0,
    "margin_change": 0,
    "kind": "decision",
    "ambiguous": False,
    "lifecycle": 1,
}
_TRADE: Final[dict[str, Any]] = {"pnl": SCALE, "fees": SCALE // 2, "funding": 0, "exit_kind": "decision"}


def _everybody() -> float:
    from config.cli.measures import everybody  # noqa: PLC0415 - after Django is set up

    started = time.perf_counter()
    assert len(everybody("bench")) == CONTESTANTS
    return time.perf_counter() - started


def _one_by_one() -> float:
    from arena.selectors.measures import contestant_measures  # noqa: PLC0415 - after Django is set up

    started = time.perf_counter()
    for number in range(ALONE):
        assert contestant_measures("bench", f"c{number}") is not None
    return (time.perf_counter() - started) / ALONE


def main() -> None:
    """Print seconds for everybody, both ways."""
    with scratch_database():
        season_id = _open_season()
        _write_history(season_id)
        together_s, alone_s = _everybody(), _one_by_one()
    print(f"{'set by set, 100 at a time':34}{together_s:>10.2f} s for 1,000")
    print(f"{'one by one':34}{alone_s * CONTESTANTS:>10.2f} s for 1,000, {alone_s * 1000:.1f} ms each")
    print(f"ratio {alone_s * CONTESTANTS / together_s:.1f}")


if __name__ == "__main__":
    main()
