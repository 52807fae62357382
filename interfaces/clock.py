"""The wall clock of the faces: read here and nowhere else; everything below gets the time as an argument."""

import time


def wall_ms() -> int:
    """Return the wall clock in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000
