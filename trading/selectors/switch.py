"""How the kill switch stands: the strictest of the stop file, the arena's row and the account's own."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection

from trading import models
from trading.domain.levels import ACTIVE, GLOBAL, HALTED, level_of, strictest
from trading.selectors.stop_file import stop_file

_LOCK: Final = 0x4152454E41  # 'ARENA'
"""Number of the switch among the advisory locks of PostgreSQL."""

_CHUNK: Final = 10_000
"""Accounts in one SELECT: SQLite allows 32,766 parameters."""


def trading_level() -> str:
    """Return the arena's own level: 'active', 'reducing' or 'halted'. A stop file needs no database."""
    filed = _level_of_file()
    return filed if filed == HALTED else strictest((filed, *_rows([GLOBAL]).values()))


def levels(account_ids: Iterable[str]) -> dict[str, str]:
    """Return account -> 'active', 'reducing' or 'halted': the strictest of file, arena and its own row."""
    accounts = list(account_ids)
    filed = _level_of_file()
    if filed == HALTED:
        return dict.fromkeys(accounts, HALTED)
    rows = _rows([GLOBAL, *accounts])
    general = strictest((filed, rows.get(GLOBAL, ACTIVE)))
    return {account: strictest((general, rows.get(account, ACTIVE))) for account in accounts}


def levels_for_update(account_ids: Iterable[str]) -> dict[str, str]:
    """Return ``levels`` so that they hold until the caller's transaction ends.

    Called inside the transaction that writes intents. Whoever turns the switch waits for it, and who writes
    intents waits for a switch that is being turned: once the switch has committed no new intent appears.
    """
    hold_switch(exclusive=False)
    return levels(account_ids)


def hold_switch(*, exclusive: bool) -> None:
    """Hold the switch until the transaction ends: shared to rely on it, exclusive to turn it.

    SQLite's write transactions follow one another anyway. PostgreSQL gets an advisory lock and no row lock:
    a scope that was never turned has no row that could be locked.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the switch is held for a transaction; open one first")
    if connection.vendor == "postgresql":
        kind = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {kind}(%s)", [_LOCK])


def _level_of_file() -> str:
    filed = stop_file()
    return ACTIVE if filed is None else level_of(filed.asked)


def _rows(scopes: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(scopes), _CHUNK):
        rows = models.TradingState.objects.filter(id__in=scopes[start : start + _CHUNK])
        found.update(rows.values_list("id", "level"))
    return found
