"""Addresses of the health face."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
