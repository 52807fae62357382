"""Processes that die before one of their statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

NO_TARGETS: Final = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


class KilledError(Exception):
    """Stands for the end of the process."""


@contextmanager
def killed_at(number: int) -> Iterator[list[str]]:
    """End whatever runs before its statement of this number, counted from 0; yield what was executed."""
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not sql.startswith(NO_TARGETS):
            if len(seen) == number:  # and it stays dead: nothing that cleans up gets through either
                raise KilledError(sql)
            seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield seen
