"""The one-time link by which the owner of a fresh arena enters the admin: no password is ever shipped.

The link shows a page with one button; only the button signs in, so a preview that merely opens the link
uses nothing up. It dies when it is used and after an hour. Included by config.urls.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth import get_user_model, login
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import base36_to_int, urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from interfaces.clock import wall_ms

OPERATOR_EMAIL: Final = "operator@localhost"

LINK_LIFE_S: Final = 3600
"""Long enough to install, read and click; short enough that a log with the link in it is soon worthless."""

Person = Any
"""A user; the class belongs to accounts, and Django hands it over untyped."""

_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


class OperatorTokens(PasswordResetTokenGenerator):
    """Django's signed tokens with their own salt and life; a login ends those issued before it.

    ``now_ms`` is the wall clock.
    """

    key_salt = "interfaces.operator.OperatorTokens"

    def __init__(self, now_ms: Callable[[], int] = wall_ms) -> None:
        super().__init__()
        self._now_ms = now_ms

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._now_ms() / 1000, UTC).replace(tzinfo=None)

    def is_alive(self, user: Person, token: str) -> bool:
        """Return whether the token is this user's, unused and young enough."""
        if not self.check_token(user, token):
            return False
        issued_s = base36_to_int(token.split("-", maxsplit=1)[0])
        return 0 <= self._num_seconds(self._now()) - issued_s <= LINK_LIFE_S


TOKENS: Final = OperatorTokens()


def issue_operator_link(base_url: str, tokens: OperatorTokens = TOKENS) -> str:
    """Return a link that signs the operator in once within an hour; the account is made if there is none.

    The account has no password: one can be set in the admin afterwards.
    """
    users = get_user_model().objects
    user = users.filter(email=OPERATOR_EMAIL).first()
    if user is None:
        user = users.create_superuser(OPERATOR_EMAIL)
    uid = urlsafe_base64_encode(str(user.pk).encode())
    address = reverse("operator-entry", kwargs={"uid": uid, "token": tokens.make_token(user)})
    return base_url.rstrip("/") + address


def find_operator(uid: str, token: str, tokens: OperatorTokens = TOKENS) -> Person | None:
    """Return the active operator whom a living link names."""
    try:
        key = int(urlsafe_base64_decode(uid))
    except ValueError:
        return None
    user = get_user_model().objects.filter(pk=key, is_active=True, is_staff=True).first()
    return user if user is not None and tokens.is_alive(user, token) else None


def use_up(user: Person) -> bool:
    """End the user's living links; False if somebody else did so first. Two clicks at once are one entry."""
    now = datetime.fromtimestamp(wall_ms() / 1000, UTC)
    same = get_user_model().objects.filter(pk=user.pk, last_login=user.last_login)
    return same.update(last_login=now) == 1


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Show the button, or sign in and go to the admin."""
    user = find_operator(uid, token)
    if user is None:
        return TemplateResponse(request, "operator/dead_link.html", status=410)
    if request.method != "POST":
        return TemplateResponse(request, "operator/entry.html")
    if not use_up(user):
        return TemplateResponse(request, "operator/dead_link.html", status=410)
    login(request, user, backend=_BACKEND)
    return HttpResponseRedirect(reverse("admin:index"))


urlpatterns: list[URLPattern] = [
    path("operator/<str:uid>/<str:token>/", enter, name="operator-entry"),
]
