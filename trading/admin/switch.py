"""The kill switch: no new entries, cancel everything, flatten, resume; for the arena or one account."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_protect

from trading import models
from trading.admin.readonly import ReadOnlyAdmin, moment, wall_ms
from trading.domain.levels import GLOBAL
from trading.services import SwitchError, Turn, Turned

LEVELS: Final = {
    "active": ("Resume trading", "Contestants may open positions again."),
    "reducing": ("No new entries", "Nobody may open or add; closing, stops and targets go on."),
    "halted": (
        "Halt and cancel all",
        "No new round is opened and every resting order is cancelled; open positions stay and are watched.",
    ),
    "flatten": (
        "Flatten",
        "As halted, and every open position is closed at the next price. This cannot be taken back.",
    ),
}
"""What may be asked -> (name of the button, what it does)."""

TurnSwitch = Callable[[Turn], Turned]


class TradingStateAdmin(ReadOnlyAdmin):
    """The switches: shown as they stand, turned by buttons that ask for a reason. ``?account=`` names one."""

    columns = ("id", "level", "reason", moment("changed_ms"), "changed_by")
    change_list_template = "admin/trading_switch.html"
    turn_switch: TurnSwitch
    """How the switch is turned; the room above, which knows whose market goes on, gives it."""

    def get_urls(self) -> list[URLPattern]:
        """Add the switch's address before the stock ones."""
        turn = self.admin_site.admin_view(self.turn)
        return [path("turn/<slug:level>/", turn, name="trading_switch"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the buttons to whoever may turn the switch."""
        levels = [(level, button) for level, (button, _) in LEVELS.items()]
        shown = levels if self.has_operate_permission(request) else []
        return super().changelist_view(request, {**(extra_context or {}), "levels": shown})

    @method_decorator(csrf_protect)
    def turn(self, request: HttpRequest, level: str) -> HttpResponse:
        """Ask for a reason, then turn the switch."""
        if level not in LEVELS:
            raise Http404(f"there is no trading level {level}")
        if not self.has_operate_permission(request):
            raise PermissionDenied
        error = ""
        if request.method == "POST":
            try:
                return self._turn(request, level)
            except SwitchError as problem:
                error = f"{str(problem)[:1].upper()}{str(problem)[1:]}."
        button, effect = LEVELS[level]
        whose = f"Account {_scope_of(request)}: " if _scope_of(request) != GLOBAL else ""
        return self.confirm(
            request, button, f"{whose}{effect}", button=button, wants_reason=True, error=error
        )

    def _turn(self, request: HttpRequest, level: str) -> HttpResponse:
        reason, scope = request.POST.get("reason", ""), _scope_of(request)
        turned = type(self).turn_switch(Turn(scope, level, reason, str(request.user)[:80], wall_ms()))
        state = models.TradingState.objects.get(id=scope)
        self.log_change(request, state, f"Turned to {level}: {state.reason}")
        self.message_user(request, f"Trading is {turned.after}.")
        return HttpResponseRedirect(reverse("admin:trading_tradingstate_changelist"))


def register_switch(turn_switch: TurnSwitch) -> None:
    """Give the switch its page. Called once by the room that knows which seasons a turn concerns."""
    TradingStateAdmin.turn_switch = staticmethod(turn_switch)
    admin.site.register(models.TradingState, TradingStateAdmin)


@admin.display(description="trading")
def turn_links(row: Any) -> SafeString:
    """Return a column with the buttons of the switch of a row's account."""
    query = urlencode({"account": row.account_id})
    links = ((reverse("admin:trading_switch", args=[level]), query, LEVELS[level][0]) for level in LEVELS)
    return format_html_join(" · ", '<a href="{}?{}">{}</a>', links)


def _scope_of(request: HttpRequest) -> str:
    return request.GET.get("account", "")[:32] or GLOBAL
