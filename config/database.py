"""Bringing the database to the version of this program, and holding it alone."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from arena.services.stages import release_leases
from config.refusal import NOT_SAFE, CommandRefusedError
from config.server import lock_path, postgres_parameters
from store.immutable import install_triggers, missing_triggers
from store.lease import hold_database_lock, hold_single_instance

_log = logging.getLogger("arena.database")


def prepare_database() -> None:
    """Migrate to this version; refuse a database that a newer version has written."""
    make_data_folder()
    try:
        executor = MigrationExecutor(connection)
        applied = set(executor.loader.applied_migrations)
    except DatabaseError as error:
        raise CommandRefusedError(
            f"the database cannot be opened ({error}); check DATABASE_URL", NOT_SAFE
        ) from error
    known = set(executor.loader.disk_migrations)
    ours = {app for app, _name in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise CommandRefusedError(
            f"the database was written by a newer version (it has {newer[0]}); "
            "update this program or use another DATABASE_URL",
            NOT_SAFE,
        )
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def mend_triggers() -> None:
    """Install the triggers that a migrate killed before its end left out; `audit` only names them."""
    missing = missing_triggers()
    if missing:
        _log.warning("%d immutability triggers were missing, first %s; installed", len(missing), missing[0])
        install_triggers()


def pending_migrations() -> int:
    """Return how many migrations the database still lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def make_data_folder() -> None:
    """Make the data folder; refuse one that cannot be written."""
    folder = Path(settings.ARENA_DATA_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CommandRefusedError(
            f"cannot write in {folder} ({error.strerror}); make it writable or set ARENA_DATA_DIR",
            NOT_SAFE,
        ) from error


@contextmanager
def hold_database(what: str) -> Iterator[None]:
    """Hold the database alone while the block runs; claims that a dead process left are freed.

    Raises store.lease.AlreadyRunningError naming the process that holds it.
    """
    make_data_folder()
    with ExitStack() as held:
        held.enter_context(hold_single_instance(lock_path(), what=what))
        for parameters in postgres_parameters():
            held.enter_context(hold_database_lock(parameters, what=what))
        yield


def free_dead_claims(season_ids: Iterable[str]) -> int:
    """Free what a process that died had claimed of these seasons; only while nobody else plays them."""
    return release_leases(season_ids)
