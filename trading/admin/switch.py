"""The global switch: no new entries, halt, resume."""

from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect

from trading import models
from trading.admin.readonly import ReadOnlyAdmin, moment, wall_ms
from trading.services import set_trading_level

LEVELS: Final = {
    "active": ("Resume trading", "Contestants may open positions again."),
    "reducing": ("No new entries", "Nobody may open or add; closing, stops and targets go on."),
    "halted": ("Halt rounds", "No new round is opened; stops and targets of open positions go on."),
}
"""Level -> (name of the button, what it does)."""


@admin.register(models.TradingState)
class TradingStateAdmin(ReadOnlyAdmin):
    """The global switch: shown as it stands, turned by buttons that ask for a reason."""

    columns = ("id", "level", "reason", moment("changed_ms"), "changed_by")
    change_list_template = "admin/trading_switch.html"

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
        reason = " ".join(request.POST.get("reason", "").split())[:200]
        if request.method == "POST" and reason:
            return self._turn(request, level, reason)
        button, effect = LEVELS[level]
        error = "Say why: whoever looks later will ask." if request.method == "POST" else ""
        return self.confirm(request, button, effect, button=button, wants_reason=True, error=error)

    def _turn(self, request: HttpRequest, level: str, reason: str) -> HttpResponse:
        set_trading_level(level, reason, str(request.user)[:80], wall_ms())
        state = models.TradingState.objects.get(id="global")
        self.log_change(request, state, f"Turned to {level}: {reason}")
        self.message_user(request, f"Trading is {level}.")
        return HttpResponseRedirect(reverse("admin:trading_tradingstate_changelist"))
