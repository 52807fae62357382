"""The triggers on immutable tables: on this database, for every table, after every migrate."""

from collections.abc import Callable

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import JournalEntry, Posting
from store.immutable import IMMUTABLE, immutable_tables, install_triggers, missing_triggers

Intrude = Callable[[], None]
Cell = str | bytes | int
BLANKS: dict[str, Cell] = {"BinaryField": b"x", "CharField": "x", "BooleanField": False}
EVENTS = ("update", "delete")


def blank_row(table: str) -> dict[str, Cell]:
    """Return a value for each column without a default, so that a row stands there to be changed."""
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, table)
    row: dict[str, Cell] = {}
    for column in columns:
        kind = connection.introspection.get_field_type(column.type_code, column)
        row[column.name] = BLANKS.get(str(kind), 1)
    return row


def plant(table: str) -> str:
    """Insert a row that breaks no CHECK (foreign keys are looked at only on commit); return one column."""
    row = blank_row(table)
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(["%s"] * len(row))
    with connection.cursor() as cursor:
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names of our own tables
        cursor.execute(sql, list(row.values()))
    return next(iter(row))


def change(table: str, event: str, column: str) -> None:
    statement = {
        "update": f'UPDATE "{table}" SET "{column}" = "{column}"',  # noqa: S608 - names of our own tables
        "delete": f'DELETE FROM "{table}"',  # noqa: S608 - as above
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement[event])


@pytest.mark.django_db
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("place", range(len(IMMUTABLE)), ids=[name for _, name in IMMUTABLE])
def test_a_fact_is_refused_to_be_changed_with_table_and_remedy(place: int, event: str) -> None:
    table = immutable_tables()[place]
    remedy = "book a reversing entry" if table.startswith("accounts_") else "record a new row"
    with transaction.atomic():
        column = plant(table)
        with pytest.raises(IntegrityError) as refusal:
            change(table, event, column)
        transaction.set_rollback(True)
    said = str(refusal.value).splitlines()[0]
    assert said == f"{table}: rows are facts and are never changed or deleted; {remedy} instead"


@pytest.mark.django_db
def test_the_orm_is_refused_too() -> None:
    with transaction.atomic():
        JournalEntry.objects.create(id="e" * 32, reference="r", kind="k", market_ms=1)
        for attempt in (
            lambda: JournalEntry.objects.update(kind="other"),
            lambda: JournalEntry.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError, match="book a reversing entry"), transaction.atomic():
                attempt()
    assert JournalEntry.objects.get().kind == "k"


@pytest.mark.django_db
def test_every_trigger_stands_after_migrate() -> None:
    assert missing_triggers() == []


@pytest.mark.django_db
def test_installing_again_changes_nothing() -> None:
    install_triggers()
    install_triggers()
    assert missing_triggers() == []


@pytest.mark.django_db
def test_a_missing_trigger_is_named_by_the_database_check_only(drop_triggers: Intrude) -> None:
    drop_triggers()
    assert len(missing_triggers()) == len(IMMUTABLE) * len(EVENTS)
    found = [message for message in run_checks(databases=["default"]) if message.id == "store.W001"]
    assert found[0].msg == (
        "database default: trigger accounts_journalentry_never_update is missing, so facts could be changed"
    )
    assert found[0].hint == "Run `python manage.py migrate`, which installs it again."
    assert [message for message in run_checks() if message.id == "store.W001"] == []


@pytest.mark.django_db(transaction=True)
def test_migrate_brings_missing_triggers_back(drop_triggers: Intrude) -> None:
    drop_triggers()
    call_command("migrate", verbosity=0)
    assert missing_triggers() == []


@pytest.mark.django_db(transaction=True)
def test_a_rebuilt_table_has_its_triggers_after_migrate() -> None:
    assert missing_triggers() == []  # also after the flush of the tests before
    with connection.schema_editor() as editor:
        before = Posting._meta.get_field("amount")
        after = before.clone()
        after.null = True
        after.set_attributes_from_name("amount")
        after.model = Posting
        editor.alter_field(Posting, before, after)
        editor.alter_field(Posting, after, before)
    lost = [name for name in missing_triggers() if name.startswith("accounts_posting_")]
    assert bool(lost) == (connection.vendor == "sqlite")
    call_command("migrate", verbosity=0)
    assert missing_triggers() == []
