"""Many rows in one statement: the ORM's bulk calls cost three to twenty times as much (bench/rounds.py)."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connections, models, router

Row = Sequence[Any]


def _columns(model: type[models.Model], names: Sequence[str]) -> list[str]:
    fields = {field.name: field for field in model._meta.concrete_fields}  # noqa: SLF001 - Django's documented API
    return [str(fields[name].column) for name in names]


def _quoted(connection: Any, model: type[models.Model], names: Sequence[str]) -> tuple[str, list[str]]:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)  # noqa: SLF001 - as above
    return table, [quote(column) for column in _columns(model, names)]


def insert_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[Row],
    *,
    ignore_existing: bool = False,
) -> None:
    """Insert rows given as tuples in the order of ``names``.

    ``ignore_existing`` leaves rows that break a unique key as they are; otherwise IntegrityError rises.
    Values go to the driver as they are: integers, text, bytes, None.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    table, columns = _quoted(connection, model, names)
    marks = ", ".join(["%s"] * len(columns))
    tail = " ON CONFLICT DO NOTHING" if ignore_existing else ""
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}){tail}"  # noqa: S608 - names come from the model
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def update_rows(model: type[models.Model], key: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Set ``names`` on the rows with these keys; each tuple is the values in order, then the key."""
    _execute_updates(model, key, [f"{{{index}}} = %s" for index in range(len(names))], names, rows)


def add_to_rows(model: type[models.Model], key: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Add to ``names`` on the rows with these keys; each tuple is the differences, then the key."""
    sets = [f"{{{index}}} = {{{index}}} + %s" for index in range(len(names))]
    _execute_updates(model, key, sets, names, rows)


def _execute_updates(
    model: type[models.Model], key: str, sets: list[str], names: Sequence[str], rows: Sequence[Row]
) -> None:
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    table, columns = _quoted(connection, model, [*names, key])
    assignments = ", ".join(sets).format(*columns[:-1])
    sql = f"UPDATE {table} SET {assignments} WHERE {columns[-1]} = %s"  # noqa: S608 - names come from the model
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def select_by_keys(
    model: type[models.Model],
    key: str,
    names: Sequence[str],
    keys: Sequence[str],
    *,
    lock: bool = False,
) -> list[tuple[Any, ...]]:
    """Return ``names`` of the rows whose ``key`` is one of these texts: the keys go over as one value.

    In order of the key where ``lock`` holds them until the transaction ends; SQLite has one writer anyway.
    Values come as the driver gives them: integers and text.
    """
    connection = connections[router.db_for_write(model) if lock else router.db_for_read(model)]
    table, columns = _quoted(connection, model, [*names, key])
    is_sqlite = connection.vendor == "sqlite"
    chosen = "IN (SELECT value FROM json_each(%s))" if is_sqlite else "= ANY(%s)"
    tail = f" ORDER BY {columns[-1]}" if lock else ""
    tail += " FOR NO KEY UPDATE" if lock and not is_sqlite else ""
    sql = f"SELECT {', '.join(columns[:-1])} FROM {table} WHERE {columns[-1]} {chosen}{tail}"  # noqa: S608 - names come from the model
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(list(keys)) if is_sqlite else list(keys)])
        return list(cursor.fetchall())
