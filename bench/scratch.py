"""A migrated database in a temporary folder, for benches that write."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_database() -> Iterator[Path]:
    """Set Django up on an empty migrated SQLite file; yield its folder. Once a process."""
    with tempfile.TemporaryDirectory(prefix="arena-bench-") as folder:
        os.environ.update(
            ARENA_DATA_DIR=folder,
            SECRET_KEY=secrets.token_urlsafe(60),
            DATABASE_URL=f"sqlite:///{folder}/bench.sqlite3",
            DJANGO_SETTINGS_MODULE="config.settings",
        )
        import django  # noqa: PLC0415 - settings must stand first
        from django.core.management import call_command  # noqa: PLC0415 - as above

        django.setup()
        call_command("migrate", verbosity=0)
        yield Path(folder)
