"""What a database must have beside its tables. Run by `check --database default` and by migrate."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning

from store.immutable import missing_triggers


def check_triggers(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - the signature of Django's checks
    databases: Sequence[str] | None,
    **kwargs: Any,  # noqa: ARG001 - the signature of Django's checks
) -> list[CheckMessage]:
    """Name each missing trigger. A warning, not an error: the remedy, migrate, runs this check first."""
    return [
        CheckWarning(
            f"database {alias}: trigger {trigger} is missing, so facts could be changed",
            hint="Run `python manage.py migrate`, which installs it again.",
            id="store.W001",
        )
        for alias in databases or ()
        for trigger in missing_triggers(alias)
    ]
