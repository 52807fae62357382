"""How the benches take times."""

import statistics
import time
from collections.abc import Callable


def median_cpu_s(call: Callable[[], object], repeats: int, batch: int = 1) -> float:
    """Return the median CPU seconds of one call, over ``repeats`` measurements of ``batch`` calls each."""
    times = []
    for _ in range(repeats):
        started = time.process_time_ns()
        for _ in range(batch):
            call()
        times.append(time.process_time_ns() - started)
    return statistics.median(times) / batch / 1e9
