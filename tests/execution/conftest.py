"""Which of these tests are about one database alone."""

import pytest

ON_POSTGRESQL_ALONE = {"test_the_database_goes_away.py"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only a database server can do, where there is none: SQLite has nobody to hang up."""
    if config.getoption("--database") == "postgres":
        return
    left_out = [item for item in items if item.path.name in ON_POSTGRESQL_ALONE]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
