"""Addresses of the site face."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
