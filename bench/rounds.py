"""A committed round of 1,000 house contestants, against writing the same facts contestant by contestant.

.venv/bin/python -m bench.rounds

Ours: snapshot, asking, review, execution, books, standings and replay hash, everything committed in SQLite.
The alternative writes only the core of it (entry, two postings, balance, equity point, standing) with the
ORM, one transaction a contestant, as such code usually is written.
"""

import statistics
import time
from typing import Any

from bench.scratch import scratch_database

CONTESTANTS = 1_000
WARM_UP = 20
"""Rounds before the count: positions are open by then and everything is cached that will be."""

ROUNDS = 20
ORM_CONTESTANTS = 100
KINDS = ("scoring", "momentum", "mean_reversion", "buy_and_hold", "equal_weight", "random", "always_flat")


def _entries() -> list[Any]:
    from agents.domain.roster import RosterEntry  # noqa: PLC0415 - after Django is set up

    return [
        RosterEntry(f"{KINDS[n % len(KINDS)]} {n}", f"c{n}", "", KINDS[n % len(KINDS)])
        for n in range(CONTESTANTS)
    ]


def _open_season() -> str:
    from config.seasons import SeasonPlan, open_planned_season  # noqa: PLC0415 - after Django is set up

    plan = SeasonPlan(
        slug="bench",
        name="Bench",
        market="simulated",
        seed=1,
        symbols=("BTC", "ETH", "SOL", "BNB", "ASTER"),
        interval_s=180,
        capital=10_000,
        clock="tape",
        speed=1,
        start_ms=1_767_225_600_000,
        live_timeout_s=1.0,
    )
    return open_planned_season(plan, _entries())


def _time_rounds(season_id: str) -> list[tuple[float, float]]:
    from arena.ports import Silence  # noqa: PLC0415 - after Django is set up
    from arena.rounds import play_next_round  # noqa: PLC0415 - as above
    from config.wiring import ports_of  # noqa: PLC0415 - as above

    ports = ports_of(season_id, Silence())
    times = []
    for number in range(WARM_UP + ROUNDS):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        assert play_next_round(ports, season_id) is not None
        if number >= WARM_UP:
            times.append((time.perf_counter() - wall_s, time.process_time() - cpu_s))
    return times


def _time_orm(season_id: str) -> float:
    """Return the seconds that the ORM takes for one contestant's core facts, committed one by one."""
    from accounts.models import LedgerAccount  # noqa: PLC0415 - after Django is set up
    from arena.models import Contestant  # noqa: PLC0415 - as above

    people = list(Contestant.objects.filter(season_id=season_id)[:ORM_CONTESTANTS])
    fees = LedgerAccount.objects.get(code="fees")
    started = time.perf_counter()
    for who in people:
        _write_by_orm(who, fees)
    return (time.perf_counter() - started) / len(people)


def _write_by_orm(who: Any, fees: Any) -> None:
    from django.db import transaction  # noqa: PLC0415 - after Django is set up

    from accounts.models import JournalEntry, LedgerAccount, Posting  # noqa: PLC0415 - as above
    from arena.models import EquityPoint, Standing, Turn  # noqa: PLC0415 - as above
    from kernel.ids import derive_id  # noqa: PLC0415 - as above

    with transaction.atomic():
        standing = Standing.objects.select_for_update().get(contestant=who)
        own = LedgerAccount.objects.get(account_id=who.account_id, code="available")
        name = derive_id("bench", who.id)
        entry = JournalEntry.objects.create(id=name, reference=name, kind="fill", market_ms=0)
        Posting.objects.create(entry=entry, ledger_account=own, amount=-1)
        Posting.objects.create(entry=entry, ledger_account=fees, amount=1)
        own.balance -= 1
        own.save(update_fields=["balance"])
        turn = Turn.objects.filter(contestant=who).first()
        assert turn is not None
        EquityPoint.objects.create(contestant=who, number=10_000_000, market_ms=0, equity=standing.equity)
        standing.points += 1
        standing.save()


def main() -> None:
    """Print contestants a second, both ways."""
    with scratch_database():
        season_id = _open_season()
        times = _time_rounds(season_id)
        orm_s = _time_orm(season_id)
    wall_s = statistics.median(wall for wall, _cpu in times)
    cpu_s = statistics.median(cpu for _wall, cpu in times)
    print(f"{'':34}{'contestants/s':>14}{'ms a round of 1,000':>22}")
    print(f"{'whole round, committed (wall)':34}{CONTESTANTS / wall_s:>14,.0f}{wall_s * 1000:>22.1f}")
    print(f"{'whole round, committed (CPU)':34}{CONTESTANTS / cpu_s:>14,.0f}{cpu_s * 1000:>22.1f}")
    print(f"{'core facts by ORM, one by one':34}{1 / orm_s:>14,.0f}{orm_s * 1_000_000:>22.1f}")
    print(f"ratio {orm_s * CONTESTANTS / wall_s:.1f} (target: at least 5,000 contestants a second)")


if __name__ == "__main__":
    main()
