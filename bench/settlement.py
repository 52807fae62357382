"""1,000 contestants with five positions each, marked, funded and looked at for liquidation at one tick.

.venv/bin/python -m bench.settlement

Ours: the sweep over plain rows, then one transaction on SQLite that books payments and journal entries.
The plain way: Decimal for each position; and one ORM object, saved, for each. Both pay the same amounts.
"""

import time
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from bench.measure import median_cpu_s
from bench.scratch import scratch_database
from kernel.ids import derive_id
from kernel.units import SCALE
from trading.domain.engine_sweep import HeldRow, breached, charge_all, mark_all
from trading.domain.funding import FundingRate

CONTESTANTS: Final = 1_000
SYMBOLS: Final = ("BTC", "ETH", "SOL", "BNB", "XRP")
CPU_MS: Final = 20
COMMIT_MS: Final = 100
START_MS: Final = 1_767_225_600_000
TICK_MS: Final = START_MS + 480 * 60_000
UNIT: Final = Decimal("0.00000001")
PLAIN_ROWS: Final = 500


def _rows(accounts: list[str]) -> list[HeldRow]:
    return sorted(
        (
            account,
            symbol,
            1 if (place + n) % 2 else -1,
            (place % 97 + 1) * SCALE // 100,
            0,
            None,
            START_MS,
            1,
            "",
        )
        for place, account in enumerate(accounts)
        for n, symbol in enumerate(SYMBOLS)
    )


def _priced(rows: list[HeldRow], marks: dict[str, int]) -> list[HeldRow]:
    """Return the rows with what they cost, and liquidation a tenth away."""
    return [
        (a, s, side, qty, qty * marks[s] // SCALE, marks[s] * (10 - side) // 10, START_MS, 1, "")
        for a, s, side, qty, *_ in rows
    ]


def _sweep(
    rows: list[HeldRow], money: dict[str, int], marks: dict[str, int], rates: list[FundingRate]
) -> Any:
    return mark_all(rows, money, marks), charge_all(rows, money, rates), breached(rows, marks)


def _plain(rows: list[HeldRow], marks: dict[str, Decimal], rates: dict[str, Decimal]) -> Any:
    """Return equity, payments and liquidations over Decimals that the rows are read into."""
    equity: dict[str, Decimal] = {}
    paid, gone = [], []
    for account, symbol, side, qty, cost, liquidation, _, _, _ in rows:
        size, spent, mark = Decimal(qty) / SCALE, Decimal(cost) / SCALE, marks[symbol]
        equity[account] = equity.get(account, Decimal(0)) + side * (size * mark - spent)
        paid.append((-side * size * mark * rates[symbol]).quantize(UNIT, ROUND_FLOOR))
        if liquidation is not None and side * (mark - Decimal(liquidation) / SCALE) <= 0:
            gone.append(account)
    return equity, paid, gone


def _open(rows: list[HeldRow], accounts: list[str]) -> str:
    """Open a season of so many contestants and give them these positions; return its id."""
    from agents.domain.roster import RosterEntry  # noqa: PLC0415 - after Django is set up
    from arena.models import Contestant  # noqa: PLC0415 - as above
    from config.seasons import SeasonPlan, open_planned_season  # noqa: PLC0415 - as above

    roster = [RosterEntry(f"c{n}", f"c{n}", "", "always_flat") for n in range(CONTESTANTS)]
    head = ("bench", "Bench", "simulated", 1, SYMBOLS, 180, 10_000, "tape", 1, START_MS, 1.0)
    season = open_planned_season(SeasonPlan(*head), roster)
    found = dict(zip(accounts, Contestant.objects.values_list("account_id", flat=True), strict=True))
    _hold(season, [(found[row[0]], *row[1:]) for row in rows])
    return season


def _hold(season: str, rows: list[HeldRow]) -> None:
    """Write these positions into the season."""
    from store.bulk import insert_rows  # noqa: PLC0415 - after Django is set up
    from trading.models import Position  # noqa: PLC0415 - as above

    names = ("id", "feed", "account", "symbol", "side", "qty", "entry_cost", "margin", "leverage")
    rest = ("opened_ms", "lifecycle", "realised", "fees", "liquidation_price")
    values = [
        (derive_id("position", a, s), season, a, s, side, qty, cost, 0, 5, opened, cycle, 0, 0, price)
        for a, s, side, qty, cost, price, opened, cycle, _ in rows
    ]
    insert_rows(Position, (*names, *rest), values)


def _commit(season: str, marks: dict[str, int], rates: list[FundingRate]) -> tuple[float, float]:
    """Return CPU and elapsed milliseconds of one whole settlement of a tick at which everybody is funded."""
    from arena.selectors.roster import season_facts  # noqa: PLC0415 - after Django is set up
    from arena.services.settlement import settle_ticks  # noqa: PLC0415 - as above
    from trading.domain.market import SymbolTick, Tick  # noqa: PLC0415 - as above
    from trading.models import FundingPayment  # noqa: PLC0415 - as above
    from trading.services import record_funding, record_ticks  # noqa: PLC0415 - as above

    parts = tuple(SymbolTick(symbol, mark, mark, mark, mark, 10_000) for symbol, mark in marks.items())
    times = []
    for number in range(5):
        at_ms = TICK_MS + number * 60_000
        record_ticks(season, [Tick(at_ms, "bench", parts)])
        record_funding(season, [rate._replace(market_ms=at_ms) for rate in rates])
        facts = season_facts(season)
        cpu, wall = time.process_time(), time.perf_counter()
        settle_ticks(facts, at_ms)
        times.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
    assert FundingPayment.objects.count() == 5 * CONTESTANTS * len(SYMBOLS)
    return sorted(times)[2]


def _save_one_by_one(season: str) -> float:
    """Return the elapsed milliseconds of saving so many payments and positions as ORM objects, for all."""
    from django.db import transaction  # noqa: PLC0415 - after Django is set up

    from trading.models import FundingPayment, Position  # noqa: PLC0415 - as above

    began = time.perf_counter()
    with transaction.atomic():
        for row in Position.objects.filter(feed=season)[:PLAIN_ROWS]:
            row.funding += 1
            row.save()
            key = {"id": derive_id("plain", row.id), "feed": season, "account_id": row.account_id}
            what = {"symbol": row.symbol, "lifecycle": 1, "market_ms": 1, "side": row.side, "qty": row.qty}
            FundingPayment.objects.create(**key, **what, mark=1, rate=1, amount=1)
        transaction.set_rollback(True)
    return (time.perf_counter() - began) * 1000 * CONTESTANTS * len(SYMBOLS) / PLAIN_ROWS


def main() -> None:
    """Print CPU of the sweep against Decimal, then the whole committed settlement against the ORM."""
    accounts = [f"account-{n:04}" for n in range(CONTESTANTS)]
    marks = {symbol: (n + 1) * 1_000 * SCALE for n, symbol in enumerate(SYMBOLS)}
    rates = [
        FundingRate(symbol, TICK_MS, (-1) ** n * 10_000, mark)
        for n, (symbol, mark) in enumerate(marks.items())
    ]
    rows, money = _priced(_rows(accounts), marks), dict.fromkeys(accounts, 10_000 * SCALE)
    decimals = {symbol: Decimal(mark) / SCALE for symbol, mark in marks.items()}
    quotas = {rate.symbol: Decimal(rate.rate) / SCALE for rate in rates}
    charged = _sweep(rows, money, marks, rates)[1].charges
    assert sorted(c.amount for c in charged) == sorted(
        int(p * SCALE) for p in _plain(rows, decimals, quotas)[1]
    )
    ours = median_cpu_s(lambda: _sweep(rows, money, marks, rates), 15) * 1000
    plain = median_cpu_s(lambda: _plain(rows, decimals, quotas), 15) * 1000
    print(
        f"{CONTESTANTS:,} contestants x {len(SYMBOLS)} positions: marked, funded, looked at for liquidation"
    )
    print(f"{'sweep (ours)':34}{ours:>10.1f} ms CPU   (target: at most {CPU_MS} ms)")
    print(f"{'Decimal, one by one':34}{plain:>10.1f} ms CPU   ratio {plain / ours:.1f}")
    with scratch_database():
        season = _open(rows, accounts)
        wall, cpu = _commit(season, marks, rates)
        saved = _save_one_by_one(season)
    print(f"{'settled and committed (ours)':34}{wall:>10.1f} ms   (target: at most {COMMIT_MS} ms)")
    print(f"{'of that CPU':34}{cpu:>10.1f} ms")
    print(f"{'ORM objects saved (no journal)':34}{saved:>10.1f} ms   ratio {saved / wall:.1f}")


if __name__ == "__main__":
    main()
