"""Orders at a venue where one in ten goes wrong and processes die, against the venue's own book.

.venv/bin/python -m bench.live_orders [--orders N] [--seed S]

Lost requests and answers, 5xx with and without effect, unreadable answers, duplicate, late, split and swapped
fills, lists that are behind; one death of the process around the call in forty orders. What must come out is
asserted: nothing doubled, nothing lost, the ledger equal to the venue's book to the last unit.
"""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.scratch import scratch_database

if TYPE_CHECKING:
    from tests.factories.live_run import Tally


def _print(tally: "Tally", seconds: float) -> None:
    rows = {
        "orders decided": tally.decided,
        "sent to the venue": tally.sent,
        "sent again, proven absent": tally.resent,
        "faults injected": sum(tally.faults.values()),
        "deaths of the process": tally.deaths,
        "fills booked": tally.fills,
        "doubled": tally.doubled,
        "lost": tally.lost,
        "left open": tally.open,
        "mismatches flagged": tally.mismatches,
        "ledger less the venue's wallet (1e-8)": tally.wallet_difference,
        "seconds": round(seconds, 1),
        "ms an order": round(1000 * seconds / max(1, tally.decided), 1),
    }
    for name, value in rows.items():
        print(f"{name:40} {value:>12}")
    print("ends: " + ", ".join(f"{state} {count}" for state, count in sorted(tally.ends.items())))
    print("faults: " + ", ".join(f"{kind} {count}" for kind, count in tally.faults.items()))


def main(arguments: Sequence[str]) -> int:
    """Run, print the table and assert it."""
    parser = ArgumentParser(description="orders with faults against a venue's own book")
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    with scratch_database():
        from tests.factories.live_run import run_orders  # noqa: PLC0415 - Django must be set up first

        started = time.perf_counter()
        tally = run_orders(asked.orders, asked.seed)
        _print(tally, time.perf_counter() - started)
    assert (tally.doubled, tally.lost, tally.open, tally.mismatches) == (0, 0, 0, 0)
    assert tally.positions_equal
    assert tally.wallet_difference == 0
    assert tally.ledger_problem is None
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
