"""Operator's pages for agents: immutable versions to look at, and the library of strategies."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from agents.domain.strategy.explaining import explain
from agents.domain.strategy.reading import parse_strategy
from agents.models import AgentSpec, Strategy
from trading.admin import ReadOnlyAdmin, moment


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


_PAGES: Final = ("try", "apply", "retire")
"""What can be done with a strategy; the pages are the contest's (arena.admin.strategies)."""


@admin.display(description="what it does")
def _explained(row: Strategy) -> SafeString:
    sentences = explain(parse_strategy(bytes(row.document)))
    return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in sentences))


@admin.display(description="document")
def _document(row: Strategy) -> str:
    return bytes(row.document).decode()


@admin.display(description="do")
def _ways(row: Strategy) -> SafeString:
    pages = ((reverse(f"admin:arena_strategy_{page}", args=[row.name, row.version]), page) for page in _PAGES)
    return format_html_join(" ", '<a href="{}">{}</a>', pages)


@admin.register(Strategy)
class StrategyAdmin(ReadOnlyAdmin):
    """Every strategy in every version, told in sentences."""

    columns = ("name", "version", "status", "author", moment("created_wall_ms"), _ways)
    details = (_explained, "sentence", _document, "sha256")
    list_filter = ("status",)
    search_fields = ("name", "sentence")
    ordering = ("name", "-version")
    change_list_template = "admin/strategies.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the form in which a model is asked whoever may use it."""
        may_enter = request.user.has_perm("arena.add_contestant")
        return super().changelist_view(request, {**(extra_context or {}), "may_enter": may_enter})
