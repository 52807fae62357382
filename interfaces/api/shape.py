"""From a frozen read model to JSON: one explicit list of fields a type, which is also its schema.

A ``Shape`` names every field of its source, or says that it leaves it out; a new field that nobody
decided about stops the process at import. Nothing is guessed from a Python type: an ``int`` may be
money, a ratio, a count or a moment, and only the list knows which.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final, Generic, TypeVar

from kernel.time import iso_utc
from kernel.units import format_units

Schema = dict[str, Any]
Source = TypeVar("Source")

DECIMAL_PATTERN: Final = r"^-?\d+(\.\d{1,8})?$"


class ShapeError(TypeError):
    """A shape that does not match its source: a field forgotten, or one that is not there."""


@dataclass(frozen=True)
class Kind:
    """How one value is written: its schema and the function from Python to JSON.

    ``moment`` marks a market time, which is written twice: ``x_ms`` as it is and ``x_at`` as ISO 8601.
    """

    schema: Schema
    write: Callable[[Any], Any]
    moment: bool = False

    def note(self, text: str) -> "Kind":
        """Return the same kind with a description for the reader of the schema."""
        return replace(self, schema={**self.schema, "description": text})


def _as_is(value: Any) -> Any:
    return value


def _decimal(description: str, example: str) -> Kind:
    schema = {
        "type": "string",
        "format": "decimal",
        "pattern": DECIMAL_PATTERN,
        "description": description,
        "examples": [example],
    }
    return Kind(schema, format_units)


TEXT: Final = Kind({"type": "string"}, _as_is)
FLAG: Final = Kind({"type": "boolean"}, _as_is)
COUNT: Final = Kind({"type": "integer", "format": "int64"}, _as_is)
STATISTIC: Final = Kind({"type": ["number", "null"], "format": "double"}, _as_is)
MONEY: Final = _decimal("USDT.", "10234.56")
PRICE: Final = _decimal("USDT for one whole unit.", "43250.1")
QUANTITY: Final = _decimal("Whole units of the symbol.", "0.125")
DECIMAL_TEXT: Final = replace(QUANTITY, write=_as_is)
RATIO: Final = _decimal("A ratio: 0.0125 is 1.25 %.", "0.0125")
SHA256: Final = Kind({"type": "string", "pattern": "^([0-9a-f]{64})?$"}, _as_is).note(
    "SHA-256 in hexadecimal digits; empty while there is none."
)
MOMENT: Final = Kind(
    {"type": "integer", "format": "int64", "description": "Milliseconds since 1970-01-01 UTC."},
    _as_is,
    moment=True,
)
ISO: Final = Kind(
    {"type": "string", "format": "date-time", "description": "The same moment in UTC."}, iso_utc
)
BUY_SELL: Final = Kind(
    {"type": "string", "enum": ["buy", "sell"]}, lambda side: "buy" if side > 0 else "sell"
)
LONG_SHORT: Final = Kind(
    {"type": "string", "enum": ["long", "short"]}, lambda side: "long" if side > 0 else "short"
)


def choice(*options: str) -> Kind:
    """Return text from a closed list."""
    return Kind({"type": "string", "enum": list(options)}, _as_is)


def optional(kind: Kind) -> Kind:
    """Return the kind that may also be null."""
    if "type" in kind.schema and "enum" not in kind.schema:
        schema = {**kind.schema, "type": [kind.schema["type"], "null"]}
    else:
        schema = {"anyOf": [kind.schema, {"type": "null"}]}
    write = kind.write
    return Kind(schema, lambda value: None if value is None else write(value), kind.moment)


def many(kind: Kind) -> Kind:
    """Return a list of the kind."""
    write = kind.write
    return Kind({"type": "array", "items": kind.schema}, lambda values: [write(value) for value in values])


def by_name(kind: Kind) -> Kind:
    """Return an object that maps names to the kind."""
    write = kind.write
    schema = {"type": "object", "additionalProperties": kind.schema}
    return Kind(schema, lambda values: {name: write(value) for name, value in values.items()})


@dataclass(frozen=True)
class Computed:
    """A field that is worked out from the whole source instead of read from it."""

    kind: Kind
    read: Callable[[Any], Any]


Field = Kind | Computed
_Step = tuple[str, Callable[[Any], Any], Callable[[Any], Any]]


def _source_names(source: type[Any]) -> set[str]:
    if is_dataclass(source):
        return {field.name for field in fields(source)}
    return set(getattr(source, "_fields", ()))


def _reader(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(value, name)


class Shape(Generic[Source]):
    """The JSON form of one type; ``field_kinds`` are its fields in the order they are written.

    Every field of the source is either listed, computed under its own name, or in ``leave_out``.
    Raises ShapeError otherwise.
    """

    def __init__(
        self,
        name: str,
        source: type[Source],
        description: str,
        /,
        *,
        leave_out: Sequence[str] = (),
        **field_kinds: Field,
    ) -> None:
        self.name = name
        self.description = description
        self._steps: list[_Step] = []
        self._properties: dict[str, Schema] = {}
        listed = {key for key, field in field_kinds.items() if isinstance(field, Kind)}
        known, left = _source_names(source), set(leave_out)
        wrong = (listed | left) - known or known - set(field_kinds) - left
        if wrong:
            raise ShapeError(f"{name} and {source.__name__} disagree about: {', '.join(sorted(wrong))}")
        for key, field in field_kinds.items():
            self._add(key, field)

    def _add(self, key: str, field: Field) -> None:
        kind, read = (field.kind, field.read) if isinstance(field, Computed) else (field, _reader(key))
        self._put(key, kind, read)
        if kind.moment:
            iso = optional(ISO) if "null" in kind.schema["type"] else ISO
            self._put(f"{key.removesuffix('_ms')}_at", iso, read)

    def _put(self, key: str, kind: Kind, read: Callable[[Any], Any]) -> None:
        self._steps.append((key, read, kind.write))
        self._properties[key] = kind.schema

    def write(self, value: Source) -> dict[str, Any]:
        """Return the JSON object of a value."""
        return {key: write(read(value)) for key, read, write in self._steps}

    @property
    def kind(self) -> Kind:
        """The shape as the kind of a field of another shape."""
        return Kind({"$ref": f"#/components/schemas/{self.name}"}, self.write)

    @property
    def schema(self) -> Schema:
        """The schema of the object; every field is always there."""
        return object_schema(self._properties, self.description)


def object_schema(properties: Mapping[str, Schema], description: str) -> Schema:
    """Return the schema of an object that holds exactly these fields."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
