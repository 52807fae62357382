"""Stored keys: which there are, never what they say. A key goes in here and never comes out."""

import time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin.books import ReadOnlyAdmin
from accounts.domain.secrets import SecretError
from accounts.models import Secret
from accounts.services import drop_secret, store_secret
from kernel.time import iso_utc


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class KeyForm(forms.Form):
    """One key, typed or pasted; it is never shown again, not even after a mistake."""

    key = forms.CharField(
        max_length=4096,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "class": "vTextField"}),
    )


@admin.register(Secret)
class SecretAdmin(ReadOnlyAdmin):
    """Whose keys are stored, and what came of trying them."""

    list_display = ("owner", "purpose", "host", "hint", "changed", "check_state", "replace")
    fields = (
        "owner",
        "purpose",
        "host",
        "hint",
        "fingerprint",
        "master_key",
        "changed",
        "check_state",
        "checked",
    )
    readonly_fields = fields
    list_filter = ("purpose", "check_state")
    search_fields = ("owner", "host")
    ordering = ("purpose", "owner")
    actions = ("drop",)

    @admin.display(description="key")
    def hint(self, row: Secret) -> str:
        """Return the last four signs of a key that is long enough."""
        return f"… {row.last4}" if row.last4 else "stored"

    @admin.display(description="changed (UTC)", ordering="changed_wall_ms")
    def changed(self, row: Secret) -> str:
        """Return when the key was stored."""
        return iso_utc(row.changed_wall_ms)

    @admin.display(description="tried (UTC)", ordering="checked_wall_ms")
    def checked(self, row: Secret) -> str:
        """Return when a provider last took or refused it."""
        return "" if row.checked_wall_ms is None else iso_utc(row.checked_wall_ms)

    @admin.display(description="")
    def replace(self, row: Secret) -> SafeString:
        """Return the way to the page that takes a new key; a venue's key has parts and a page of its own."""
        if row.purpose != "provider":
            return format_html("{}", "on its account's page")
        return format_html(
            '<a href="{}">Replace</a>', reverse("admin:accounts_secret_replace", args=[row.pk])
        )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may change keys: who might have changed the rows, were they editable."""
        return request.user.has_perm("accounts.change_secret")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that takes a new key before the stock ones."""
        replace = self.admin_site.admin_view(self.replace_key)
        return [path("<str:key>/replace/", replace, name="accounts_secret_replace"), *super().get_urls()]

    @admin.action(description="Forget", permissions=["operate"])
    def drop(self, request: HttpRequest, rows: "QuerySet[Secret]") -> HttpResponse | None:
        """Ask, then forget the keys: contestants that need them wait again."""
        if "confirmed" not in request.POST:
            return self._ask_before_dropping(request, rows)
        for row in rows:
            self.log_change(request, row, "Key forgotten")
            drop_secret(row.purpose, row.owner)
        self.message_user(request, "Forgotten. Contestants without another key wait from the next round on.")
        return None

    def _ask_before_dropping(self, request: HttpRequest, rows: "QuerySet[Secret]") -> HttpResponse:
        context = {
            "title": "Forget keys",
            "question": "The contestants that use them wait until a key is set again.",
            "button": "forget",
            "action": "drop",
            "rows": rows,
        }
        return TemplateResponse(request, "admin/confirm.html", self._context(request, context))

    @method_decorator(csrf_protect)
    @method_decorator(sensitive_post_parameters("key"))
    def replace_key(self, request: HttpRequest, key: str) -> HttpResponse:
        """Take a new key for the same owner and host."""
        row = Secret.objects.filter(pk=key, purpose="provider").first()
        if row is None:
            raise Http404("there is no such key")
        if not self.has_operate_permission(request):
            raise PermissionDenied
        form = KeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._stored(request, row, form):
            return HttpResponseRedirect(reverse("admin:accounts_secret_changelist"))
        context = {"title": f"Replace the key of {row.owner}", "form": form, "row": row}
        return TemplateResponse(request, "admin/key.html", self._context(request, context))

    def _stored(self, request: HttpRequest, row: Secret, form: KeyForm) -> bool:
        try:
            store_secret(
                row.purpose,
                row.owner,
                form.cleaned_data["key"],
                row.host,
                _wall_ms(),
                settings.ARENA_KEYRING,
            )
        except SecretError as problem:
            form.add_error("key", str(problem))
            return False
        self.log_change(request, row, "Key replaced")
        self.message_user(request, f"The key of {row.owner} is replaced.")
        return True

    def _context(self, request: HttpRequest, more: dict[str, Any]) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, **more}
