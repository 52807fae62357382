"""Django registration of the faces: pages, REST, live feed, health."""

import sys
from typing import Final

from django.apps import AppConfig

SPARED: Final = ("psycopg", "requests")
"""Packages that the REST framework imports only to see whether they are there: 16 MB in every process."""


def import_rest_framework_lean() -> None:
    """Let the REST framework's probes find nothing, unless somebody needed the package before.

    We use neither of what the probes switch on: fields of PostgreSQL and a test client.
    """
    hidden = [name for name in SPARED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment] # Python's own way to make an import fail
    try:
        import rest_framework.compat  # noqa: F401, PLC0415 - imported for what it decides while these are hidden
    finally:
        for name in hidden:
            del sys.modules[name]


import_rest_framework_lean()


class InterfacesConfig(AppConfig):
    """The faces."""

    name = "interfaces"
