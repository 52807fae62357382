"""Columns whose bounds the database itself checks."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from kernel.ids import ID_LENGTH
from kernel.units import MAX_UNITS


class AmountField(models.BigIntegerField):
    """Money, price, quantity or ratio in units of 1e-8, within +-MAX_UNITS by a CHECK.

    SQLite turns an integer sum past 63 bits into a float without a word; the bound stops that.
    """

    minimum = -MAX_UNITS

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Return the CHECK that stands in the column's definition."""
        column = connection.ops.quote_name(self.column)
        return f"{column} BETWEEN {self.minimum} AND {MAX_UNITS}"


class PositiveAmountField(AmountField):
    """An amount that is never negative."""

    minimum = 0


class IdField(models.CharField):
    """A derived id (kernel.ids) as 32 hexadecimal digits: the same text on every database."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = ID_LENGTH
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Leave the fixed length out of migrations."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, list(args), dict(kwargs)


class HashField(models.CharField):
    """A SHA-256 as 64 hexadecimal digits; empty while unknown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 64
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Leave the fixed length out of migrations."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length", None)
        return name, path, list(args), dict(kwargs)
