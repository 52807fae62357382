"""Django registration of the composition root: it owns the command line."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Settings, wiring, drivers and `manage.py arena`."""

    name = "config"
