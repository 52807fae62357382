"""Columns whose bounds the database itself checks."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from kernel.ids import ID_LENGTH
from kernel.units import MAX_UNITS

if TYPE_CHECKING:
    # Django's fields are generic for type checkers only.
    _BigInteger = models.BigIntegerField[int, int]
    _OptionalBigInteger = models.BigIntegerField[int | None, int | None]
    _Text = models.CharField[str, str]
else:
    _BigInteger = _OptionalBigInteger = models.BigIntegerField
    _Text = models.CharField


def _bounds(field: Any, connection: BaseDatabaseWrapper, minimum: int) -> str:
    return f"{connection.ops.quote_name(str(field.column))} BETWEEN {minimum} AND {MAX_UNITS}"


class AmountField(_BigInteger):
    """Money, price, quantity or ratio in units of 1e-8, within +-MAX_UNITS by a CHECK.

    SQLite turns an integer sum past 63 bits into a float without a word; the bound stops that.
    """

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Return the CHECK that stands in the column's definition."""
        return _bounds(self, connection, -MAX_UNITS)


class PositiveAmountField(_BigInteger):
    """An amount that is never negative."""

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Return the CHECK that stands in the column's definition."""
        return _bounds(self, connection, 0)


class OptionalAmountField(_OptionalBigInteger):
    """An amount that is never negative and may be absent: declare it with ``null=True``."""

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Return the CHECK that stands in the column's definition; an absent amount passes it."""
        return _bounds(self, connection, 0)


class IdField(_Text):
    """A derived id (kernel.ids) as 32 hexadecimal digits: the same text on every database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = ID_LENGTH
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Leave the fixed length out of migrations."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, list(args), dict(kwargs)


class HashField(_Text):
    """A SHA-256 as 64 hexadecimal digits; empty while unknown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 64
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Leave the fixed length out of migrations."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, list(args), dict(kwargs)
