"""Django registration of the agents room."""

from django.apps import AppConfig


class AgentsConfig(AppConfig):
    """The agents room."""

    name = "agents"
    default_auto_field = "django.db.models.BigAutoField"
