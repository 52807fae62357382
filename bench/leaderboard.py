"""Reading the board of 1,000 contestants with 10,000 points each, against a window query over the curve.

.venv/bin/python -m bench.leaderboard [points]

Both sides give the same equity and order; the points are written straight into the table.
"""

import statistics
import sys
import time
from collections.abc import Callable

from bench.scratch import scratch_database

CONTESTANTS = 1_000
POINTS = 10_000
REPEATS = 200
CAPITAL = 10_000 * 10**8
TOP = 100

OURS = """
    SELECT contestant_id, rank, equity, peak, max_drawdown, sum_return, sum_return_squared, trades, fees
    FROM arena_standing WHERE season_id = %s ORDER BY rank LIMIT 100
"""

INSERT = """
    INSERT INTO arena_equitypoint (contestant_id, number, market_ms, equity) VALUES (%s, %s, %s, %s)
"""

WINDOW = """
    SELECT contestant_id, equity FROM (
        SELECT contestant_id, equity,
               ROW_NUMBER() OVER (PARTITION BY contestant_id ORDER BY number DESC) AS newest
        FROM arena_equitypoint
    ) AS curve WHERE newest = 1 ORDER BY equity DESC, contestant_id LIMIT 100
"""


def _fill(points: int) -> str:
    from django.db import connection, transaction  # noqa: PLC0415 - after Django is set up

    from agents.domain.roster import RosterEntry  # noqa: PLC0415 - as above
    from config.seasons import SeasonPlan, open_planned_season  # noqa: PLC0415 - as above

    roster = [RosterEntry(f"c{n}", f"c{n}", "", "always_flat") for n in range(CONTESTANTS)]
    plan = SeasonPlan(
        "bench", "Bench", "simulated", 1, ("BTC",), 180, 10_000, "tape", 1, 1_767_225_600_000, 1.0
    )
    season_id = open_planned_season(plan, roster)
    with connection.cursor() as cursor:
        cursor.execute("SELECT contestant_id FROM arena_standing")
        names = [row[0] for row in cursor.fetchall()]
        for first in range(0, points, 100):
            rows = [
                (name, number, number * 180_000, CAPITAL + _wiggle(place, number))
                for number in range(first, min(first + 100, points))
                for place, name in enumerate(names)
            ]
            with transaction.atomic():
                cursor.executemany(INSERT, rows)
        last = {name: CAPITAL + _wiggle(place, points - 1) for place, name in enumerate(names)}
        order = sorted(names, key=lambda name: (-last[name], name))
        values = [(last[name], rank, name) for rank, name in enumerate(order, 1)]
        cursor.executemany(
            "UPDATE arena_standing SET equity = %s, rank = %s WHERE contestant_id = %s", values
        )
    return season_id


def _wiggle(place: int, number: int) -> int:
    return ((place * 7919 + number * 104_729) % 2_000_003 - 1_000_000) * 10_000


def _time(work: Callable[[], list[tuple[object, ...]]], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def main() -> None:
    """Print both reads in milliseconds."""
    points = int(sys.argv[1]) if len(sys.argv) > 1 else POINTS
    with scratch_database():
        season_id = _fill(points)
        from django.db import connection  # noqa: PLC0415 - after Django is set up

        def read(sql: str, *values: str) -> list[tuple[object, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(sql, values or None)
                return [tuple(row) for row in cursor.fetchall()]

        board, window = read(OURS, season_id), read(WINDOW)
        assert [(row[0], row[2]) for row in board] == window
        ours_ms = _time(lambda: read(OURS, season_id), REPEATS)
        window_ms = _time(lambda: read(WINDOW), 1)
    print(f"{CONTESTANTS:,} contestants x {points:,} points, top {TOP}")
    print(f"{'standings (ours)':34}{ours_ms:>10.3f} ms   (target: at most 1 ms)")
    print(f"{'window query over the curve':34}{window_ms:>10.1f} ms")
    print(f"ratio {window_ms / ours_ms:,.0f}")


if __name__ == "__main__":
    main()
