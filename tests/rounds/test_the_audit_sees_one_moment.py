"""An audit while others write sees one moment of the database, and keeps no writer waiting."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from accounts.models import TradingAccount
from arena.models import Season
from store.reading import one_moment
from tests.factories.commands import arena
from tests.factories.contests import buy, close, house, open_contest, play, says, scripted, write_tape

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 10
"""Less than a writer on SQLite waits for a lock."""


def beside(work: Callable[[], object]) -> None:
    """Do something in a thread and on a connection of its own, and wait until it is committed."""
    trouble: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - carried to the test's own thread
            trouble.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "the writer is kept waiting"
    if trouble:
        raise trouble[0]


def test_a_row_committed_meanwhile_is_not_seen(open_account: Callable[..., str]) -> None:
    open_account("before", usdt=1)
    with one_moment():
        assert TradingAccount.objects.filter(name="before").exists()
        beside(lambda: open_account("meanwhile", usdt=1))
        assert not TradingAccount.objects.filter(name="meanwhile").exists()
        beside(lambda: open_account("then", usdt=1))
        assert TradingAccount.objects.exclude(kind="house").count() == 1
    assert TradingAccount.objects.exclude(kind="house").count() == 3


def test_the_connection_writes_again_afterwards(open_account: Callable[..., str]) -> None:
    with one_moment():
        assert not TradingAccount.objects.filter(name="after").exists()
    with transaction.atomic():
        open_account("after", usdt=1)
    assert TradingAccount.objects.filter(name="after").exists()


def test_what_goes_wrong_inside_ends_the_moment(open_account: Callable[..., str]) -> None:
    with pytest.raises(ZeroDivisionError), one_moment():
        assert TradingAccount.objects.count() / 0
    open_account("after")
    assert TradingAccount.objects.filter(name="after").exists()


def test_nothing_can_be_written_inside(open_account: Callable[..., str]) -> None:
    if connection.vendor == "sqlite":
        # SQLite has no read-only transaction; what is written in one that is rolled back is gone.
        with one_moment():
            Season.objects.update(version=1)
            TradingAccount.objects.create(id="x", name="x", kind="paper", created_ms=0)
    else:
        with pytest.raises(DatabaseError, match="read-only transaction"), one_moment():
            open_account("inside")
    assert not TradingAccount.objects.exclude(kind="house").exists()


def test_in_a_callers_transaction_it_is_part_of_it(open_account: Callable[..., str]) -> None:
    with transaction.atomic():
        with one_moment():
            open_account("inside")
        assert TradingAccount.objects.filter(name="inside").exists()
    assert TradingAccount.objects.filter(name="inside").exists()


@pytest.mark.parametrize("table", ["arena_round", "arena_turn", "trading_fill", "arena_standing"])
def test_rounds_played_while_the_audit_looks_are_no_break(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, table: str
) -> None:
    answers = [says(buy()), says(close())] * 4
    season = open_contest([scripted("ann", *answers), *house("random")], f"tape:{write_tape(tmp_path)}")
    play(season, 2)
    rings = [0, 0]

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        # Between two of the audit's own reads another process plays a round.
        if rings[0] == rings[1] < 3 and sql.startswith("SELECT") and f'FROM "{table}"' in sql:
            rings[0] += 1
            beside(lambda: play(season, 1))
            rings[1] += 1
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        said = arena(capsys, "audit", "--all", "--json")
    assert rings[1] > 0
    assert (said.status, said.json["first_break"]) == (0, "")
    assert Season.objects.get(id=season).rounds_closed == 2 + rings[1]
    assert arena(capsys, "audit", "--json").status == 0
