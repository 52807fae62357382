"""Looking for secrets wherever this installation shows or keeps anything: addresses, tables, bytes."""

import re
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from itertools import product
from typing import Any, Final
from urllib.parse import quote, unquote_plus

from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

ROWS: Final = 2
"""Rows of each table whose pages are opened from either end."""

_PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_REGEX: Final = re.compile(r"\(\?P<(\w+)>[^)]*\)")

Values = Mapping[str, Sequence[object]]
"""What may stand for a parameter of an address, by its name."""


class UnknownRouteError(AssertionError):
    """An address with a parameter that the crawl has no value for: give it one, so that it is looked at."""


def routes(patterns: Sequence[Any], before: str = "") -> Iterator[str]:
    """Return every address of a resolver as it is declared."""
    for entry in patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, route)
        else:
            assert isinstance(entry, URLPattern)
            yield route


def addresses(values: Values, patterns: Sequence[Any] | None = None) -> Iterator[str]:
    """Return every address of this installation with values in it; raises UnknownRouteError."""
    for route in routes(get_resolver().url_patterns if patterns is None else patterns):
        plain = _REGEX.sub(r"<\1>", route).replace("^", "").replace("$", "").replace("?", "")
        names = list(dict.fromkeys(_PARAMETER.findall(plain)))
        choices = [_values_of(name, plain, values) for name in names]
        for chosen in product(*choices):
            filled = plain
            for name, value in zip(names, chosen, strict=True):
                filled = re.sub(rf"<(?:\w+:)?{name}>", quote(str(value)), filled)
            yield f"/{filled}"


def _values_of(name: str, route: str, values: Values) -> Sequence[object]:
    of_admin = re.match(r"admin/(\w+)/(\w+)/<path:object_id>/", route)
    if of_admin:
        return rows_of(of_admin[1], of_admin[2])
    if name not in values:
        raise UnknownRouteError(f"/{route}: what stands for {name}? Say so, and the crawl looks at it")
    return values[name]


def rows_of(app: str, model: str) -> list[object]:
    """Return keys of some rows of a table, from both ends."""
    found = apps.get_model(app, model)._default_manager  # noqa: TID251 - whatever the admin shows
    ends = [*found.order_by("pk")[:ROWS], *found.order_by("-pk")[:ROWS]]
    return list(dict.fromkeys(row.pk for row in ends))


def crawl(client: Client, found: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return what every address answers to GET and OPTIONS: headers and body as text."""
    for address in found:
        for method in (client.get, client.options):
            answer: Any = method(address)
            body = b"".join(answer) if answer.streaming else answer.content
            yield f"{address} {answer.status_code}", f"{answer.headers}\n{body.decode('utf-8', 'replace')}"


def database() -> Iterator[tuple[str, bytes]]:
    """Return every value of every table as bytes, unpacked where it is packed."""
    for place, value in _cells():
        yield from ((place, form) for form in _plain(value))


def _cells() -> Iterator[tuple[str, object]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a table's own name
            places = [f"{table}.{column[0]}" for column in cursor.description]
            for row in cursor.fetchall():
                yield from zip(places, row, strict=True)


def _plain(value: object) -> Iterator[bytes]:
    body = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode("utf-8", "replace")
    yield body
    try:
        yield zlib.decompress(body)
    except zlib.error:
        return


def forms_of(secret: str) -> list[bytes]:
    """Return how a secret may look: as it is, in an address, in hex, in base64 wherever it begins there."""
    raw = secret.encode()
    forms = [raw, quote(secret, safe="").encode(), raw.hex().encode(), raw[::-1]]
    for skipped in range(3):
        # Three bytes make four signs: the first and last group depend on what stands around the secret.
        whole = b64encode(b"\0" * skipped + raw)
        forms.append(whole[4 if skipped else 0 : len(whole) - 4])
    return forms


def leaks(where: str, content: str | bytes, secrets: Mapping[str, str]) -> list[str]:
    """Return a line for every secret that stands in the content in any form."""
    body = content.encode("utf-8", "replace") if isinstance(content, str) else content
    text = body.decode("utf-8", "replace")
    looked_at = (body, unescape(text).encode(), unquote_plus(text).encode())
    return [
        f"{name} in {where}"
        for name, secret in secrets.items()
        if any(form in looked for form in forms_of(secret) for looked in looked_at)
    ]


def admin_apps() -> list[str]:
    """Return the apps that have an index page in the admin."""
    found = [config.label for config in apps.get_app_configs()]
    return [label for label in found if _has_index(label)]


def _has_index(label: str) -> bool:
    from django.urls import NoReverseMatch  # noqa: PLC0415 - beside its one use

    try:
        return bool(reverse("admin:app_list", args=[label]))
    except NoReverseMatch:
        return False
