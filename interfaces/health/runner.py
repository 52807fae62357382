"""Where the server's runner reports to; the composition root plugs it in when it starts one."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol


class JobReport(Protocol):
    """What a job did so far in this process (config.runner.JobHealth)."""

    @property
    def name(self) -> str:
        """Name in the schedule."""

    @property
    def interval_s(self) -> float:
        """Seconds between rings."""

    @property
    def started_ms(self) -> int | None:
        """Wall time of the newest start, None before the first."""

    @property
    def running(self) -> bool:
        """True from the ring to the end."""

    @property
    def last_error(self) -> str:
        """The newest failure as a sentence; empty since the last success."""


class RunnerWatch:
    """The runner of this process, if it has one."""

    def __init__(self) -> None:
        self.report: Callable[[], Sequence[JobReport]] | None = None


WATCH: Final = RunnerWatch()


def use_runner(report: Callable[[], Sequence[JobReport]] | None) -> None:
    """Ask this function how the jobs fare; None once the runner has ended."""
    WATCH.report = report
