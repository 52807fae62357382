"""Django registration of the faces: pages, REST, live feed, health."""

from django.apps import AppConfig


class InterfacesConfig(AppConfig):
    """The faces."""

    name = "interfaces"
