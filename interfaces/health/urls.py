"""Addresses of the health face."""

from django.urls import URLPattern, path

from interfaces.health import views

urlpatterns: list[URLPattern] = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
