"""A venue's key, typed or pasted part by part into the operator's page; it never comes out again."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.domain.secrets import SecretError
from trading import models
from trading.admin.readonly import ReadOnlyAdmin, wall_ms
from trading.domain.venue_fields import VENUE_FIELDS
from trading.services import store_venue_key


def key_form(venue: str, data: Any) -> forms.Form:
    """Return the form of a venue's key; what was typed is not shown again, not even after a mistake."""
    form = forms.Form(data)
    for name in VENUE_FIELDS.get(venue, ()):
        shown = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "class": "vTextField"})
        form.fields[name] = forms.CharField(max_length=4096, strip=True, label=name, widget=shown)
    return form


class VenueKeyPages(ReadOnlyAdmin):
    """The page that takes the key of an account at a venue."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page before the stock ones."""
        take = self.admin_site.admin_view(self.take_key)
        return [path("<str:account>/key/", take, name="trading_venue_key"), *super().get_urls()]

    def key_link(self, row: models.VenueAccount) -> SafeString:
        """Return the way to the page."""
        address = reverse("admin:trading_venue_key", args=[row.pk])
        return format_html('<a href="{}">Set its key</a>', address)

    @method_decorator(csrf_protect)
    @method_decorator(sensitive_post_parameters())
    def take_key(self, request: HttpRequest, account: str) -> HttpResponse:
        """Seal the key; the account is off until somebody enables it again."""
        row = models.VenueAccount.objects.filter(pk=account).first()
        if row is None:
            raise Http404("there is no such account")
        if not (self.has_operate_permission(request) and request.user.has_perm("accounts.change_secret")):
            raise PermissionDenied
        form = key_form(row.venue, request.POST or None)
        if request.method == "POST" and form.is_valid() and self._stored(request, row, form):
            return HttpResponseRedirect(reverse("admin:trading_venueaccount_changelist"))
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        page = {**shared, "title": f"Set the key of {row}", "form": form, "venue": row.venue}
        return TemplateResponse(request, "admin/venue_key.html", page)

    def _stored(self, request: HttpRequest, row: models.VenueAccount, form: forms.Form) -> bool:
        try:
            store_venue_key(row.account_id, row.venue, form.cleaned_data, str(request.user)[:80], wall_ms())
        except SecretError as problem:
            form.add_error(None, str(problem))
            return False
        self.log_change(request, row, "Key set")
        self.message_user(request, "Stored. The account is off until it is enabled again.")
        return True
