"""Django registration of the trading room."""

from django.apps import AppConfig


class TradingConfig(AppConfig):
    """The trading room."""

    name = "trading"
    default_auto_field = "django.db.models.BigAutoField"
