"""When each job rings: one table, read by every driver. Intervals only: no calendar, no daylight saving."""

from collections.abc import Callable
from importlib import import_module
from typing import Final, NamedTuple, cast

JobFunction = Callable[[], None]


class Job(NamedTuple):
    """A function that rings every ``interval_s`` seconds.

    ``function`` is 'module:name' of a function without arguments. It must be idempotent and bear
    being called twice at once: a driver is a doorbell, the database decides what is due.
    """

    name: str
    interval_s: float
    function: str


JOBS: Final = (
    # Where two are due at once, the upper one starts first: prices before the stops that they trigger.
    Job("prices", 10, "config.jobs:sync_prices"),
    Job("exits", 5, "config.jobs:watch_exits"),
    # Rings often and opens only what is due: a season has its own interval, 180 seconds by default.
    # What is in doubt is looked up before anything more is sent; both do nothing without exchanges' keys.
    Job("venue_orders", 5, "config.execution:resolve_orders"),
    Job("outbox", 2, "config.execution:send_orders"),
    Job("rounds", 5, "config.jobs:play_rounds"),
    Job("marks", 10, "config.jobs:mark_positions"),
    Job("seats", 10, "config.jobs:seat_contestants"),
    Job("errands", 2, "config.errands:run_errands"),
    Job("venue_books", 60, "config.execution:reconcile_venues"),
    Job("balances", 60, "config.jobs:sync_balances"),
    Job("trips", 5, "config.trips:watch_trips"),
)


def find_function(job: Job) -> JobFunction:
    """Return the function behind a job; ImportError or AttributeError if there is none.

    Found by name and late: the processes that only schedule never load what the jobs load.
    """
    module, _, name = job.function.partition(":")
    return cast("JobFunction", getattr(import_module(module), name))
