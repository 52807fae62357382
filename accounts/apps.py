"""Django registration of the accounts room."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate  # noqa: TID251 - the one moment after a table was rebuilt

from store.checks import check_triggers
from store.immutable import install_triggers


def _install_triggers(using: str, **_: Any) -> None:
    install_triggers(using)


class AccountsConfig(AppConfig):
    """The accounts room."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard the immutable tables: triggers after every migrate, and a check that they stand."""
        post_migrate.connect(_install_triggers, sender=self, dispatch_uid="store.immutable")
        register(check_triggers, Tags.database)
