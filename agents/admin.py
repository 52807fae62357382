"""Operator's pages for agents: immutable versions to look at."""

from django.contrib import admin

from agents.models import AgentSpec
from trading.admin import ReadOnlyAdmin


@admin.display(description="configuration")
def _configuration(row: AgentSpec) -> str:
    return bytes(row.config).decode()


@admin.register(AgentSpec)
class AgentSpecAdmin(ReadOnlyAdmin):
    """What decides, in which version."""

    columns = ("name", "version", "kind", "id")
    details = (_configuration,)
    list_filter = ("kind",)
    search_fields = ("name",)
    ordering = ("name", "-version")
