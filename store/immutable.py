"""Rows that are facts: triggers refuse to update or delete them, whatever program asks.

SQLite drops a table's triggers when a migration rebuilds it, so they are installed again after every migrate
(accounts/apps.py) and a system check looks for them (store/checks.py). Row triggers do not see PostgreSQL's
TRUNCATE, and whoever owns the database can drop them: the replay hash and check_ledger notice that.
"""

from itertools import product
from typing import Any, Final

from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

IMMUTABLE: Final = (
    ("accounts", "JournalEntry"),
    ("accounts", "Posting"),
    ("trading", "Blob"),
    ("trading", "Snapshot"),
    ("trading", "ExecutionBook"),
    ("trading", "Tick"),
    ("trading", "Decision"),
    ("trading", "Fill"),
    ("trading", "ClosedTrade"),
    ("trading", "FundingRate"),
    ("trading", "FundingPayment"),
    ("trading", "SpotTrade"),
    ("trading", "OrderStep"),
    ("trading", "ControlChange"),
    ("agents", "AgentSpec"),
    ("agents", "ModelCall"),
    ("agents", "TapeLine"),
    ("arena", "Turn"),
    ("arena", "EquityPoint"),
    ("arena", "RuleBookVersion"),
)
"""The tables of facts, by app and model name: names only, since the rooms stand above this one."""

_EVENTS: Final = ("update", "delete")

_FUNCTION_SQL: Final = """
CREATE OR REPLACE FUNCTION immutable_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0];
END $$
"""


def immutable_tables() -> tuple[str, ...]:
    """Return the database names of the immutable tables."""
    models = (apps.get_model(*name) for name in IMMUTABLE)  # noqa: TID251 - the rooms above, known by name only
    return tuple(model._meta.db_table for model in models)  # noqa: SLF001 - _meta is Django's documented API


def install_triggers(alias: str = "default") -> None:
    """Make the triggers of all immutable tables that exist; again at any time."""
    connection = connections[alias]
    if connection.vendor not in _INSTALL:
        raise NotImplementedError(f"no immutable rows on {connection.vendor}; use SQLite or PostgreSQL")
    with transaction.atomic(alias):
        if connection.vendor == "postgresql":
            _execute(connection, _FUNCTION_SQL)
        for table, event in product(_existing(connection), _EVENTS):
            names = _names(connection, table, event)
            for statement in _INSTALL[connection.vendor]:
                _execute(connection, statement.format(**names))


def missing_triggers(alias: str = "default") -> list[str]:
    """Return the triggers that should stand and do not, by name; tables not yet made are left out."""
    connection = connections[alias]
    wanted = [_trigger(table, event) for table in _existing(connection) for event in _EVENTS]
    with connection.cursor() as cursor:
        cursor.execute(_STANDING[connection.vendor])
        standing = {row[0] for row in cursor.fetchall()}
    return [trigger for trigger in wanted if trigger not in standing]


def _existing(connection: BaseDatabaseWrapper) -> list[str]:
    made = set(connection.introspection.table_names())
    return [table for table in immutable_tables() if table in made]


def _trigger(table: str, event: str) -> str:
    return f"{table}_never_{event}"


def _names(connection: BaseDatabaseWrapper, table: str, event: str) -> dict[str, str]:
    remedy = "book a reversing entry" if table.startswith("accounts_") else "record a new row"
    return {
        "table": connection.ops.quote_name(table),
        "trigger": connection.ops.quote_name(_trigger(table, event)),
        "event": event.upper(),
        "message": f"{table}: rows are facts and are never changed or deleted; {remedy} instead",
    }


def _execute(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


_INSTALL: Final = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS {trigger}",
        "CREATE TRIGGER {trigger} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
    ),
    "postgresql": (
        """CREATE OR REPLACE TRIGGER {trigger} BEFORE {event} ON {table}
        FOR EACH ROW EXECUTE FUNCTION immutable_refuse('{message}')""",
    ),
}

_STANDING: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    # A disabled trigger ('D') does not stand.
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}
