"""What every operator's page has in common: it shows, and asks before it does anything."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kernel.time import iso_utc
from kernel.units import format_units

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

Column = str | Callable[[Any], object]


def wall_ms() -> int:
    """Return the wall clock in milliseconds: an operator's click happens now."""
    return time.time_ns() // 1_000_000


def amount(name: str) -> Column:
    """Return a column that shows units of 1e-8 as a decimal number."""

    @admin.display(description=name.replace("_", " "), ordering=name)
    def show(row: Model) -> str | None:
        units = getattr(row, name)
        return None if units is None else format_units(units)

    return show


def moment(name: str) -> Column:
    """Return a column that shows milliseconds as UTC."""

    @admin.display(description=f"{name.removesuffix('_ms').replace('_', ' ')} time (UTC)", ordering=name)
    def show(row: Model) -> str | None:
        value = getattr(row, name)
        return None if value is None else iso_utc(value)

    return show


def link_to(label: str, page: str, field: str, value: Callable[[Any], object]) -> Column:
    """Return a column that leads to the rows of another list whose ``field`` is this row's ``value``."""

    @admin.display(description=label)
    def show(row: Model) -> SafeString:
        return format_html(
            '<a href="{}?{}={}">{}</a>', reverse(f"admin:{page}_changelist"), field, value(row), label
        )

    return show


class ReadOnlyAdmin(_ModelAdmin):
    """A list and a page that only show. ``columns`` are the list, ``details`` the page (both by default)."""

    columns: ClassVar[Sequence[Column]] = ()
    details: ClassVar[Sequence[Column]] = ()
    list_per_page = 50
    show_full_result_count = False  # a count over millions of fills for one number nobody needs

    def get_list_display(self, request: HttpRequest) -> Any:  # noqa: ARG002 - Django's signature
        """Return the columns of the list."""
        return self.columns

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002 - Django's signature
        """Return what the page shows."""
        return [*self.columns, *self.details]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the same: all of it is only shown."""
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        """Nothing is made by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nothing is edited by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        """Nothing is ever deleted."""
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may use the actions: who might have changed the rows, were they editable."""
        return super().has_change_permission(request)

    def confirm(self, request: HttpRequest, title: str, question: str, **context: Any) -> TemplateResponse:
        """Return the page that asks before something happens."""
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "question": question,
        }
        return TemplateResponse(request, "admin/confirm.html", {**shared, **context})
