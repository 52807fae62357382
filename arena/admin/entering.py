"""Entering a model contestant by hand: a form whose key is never shown again, and the runner's test of it."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from agents.domain.llm.entry import MAX_NAME, MAX_REPLICAS, ContestantForm, EntryError
from agents.domain.llm.prompt_system import CUSTOM_LENGTH
from agents.domain.registry import KINDS
from agents.selectors.errands import ErrandView, errand
from arena.models import Contestant
from arena.selectors.entering import open_season_slugs, seat_facts
from arena.services.entering import Entered, ask_test, enter_models
from kernel.units import format_units
from trading.admin import ReadOnlyAdmin, wall_ms
from trading.domain.rules import PROFILES


class EntryForm(forms.Form):
    """What an operator fills in; only name, provider and, where there is none yet, the key are needed."""

    name = forms.CharField(max_length=MAX_NAME)
    provider = forms.ChoiceField(
        choices=[(kind, info.label) for kind, info in KINDS.items() if info.how == "model"]
    )
    model = forms.CharField(
        max_length=128, required=False, help_text="As the provider writes it; empty: the catalogue's default."
    )
    key = forms.CharField(
        max_length=4096,
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text="Stored sealed, sent to this provider only, never shown. Empty: the provider's own key.",
    )
    base_url = forms.CharField(
        max_length=300, required=False, help_text="Only for an endpoint without an address of its own."
    )
    effort = forms.CharField(max_length=16, required=False)
    profile = forms.ChoiceField(choices=[(name, name) for name in PROFILES], initial="moderate")
    replicas = forms.IntegerField(min_value=1, max_value=MAX_REPLICAS, initial=1)
    max_usd_day = forms.CharField(
        max_length=20, required=False, help_text="USD its thinking may cost a day; empty: the default."
    )
    prompt = forms.CharField(
        max_length=CUSTOM_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="A prompt of its own puts it into the custom division.",
    )
    season = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["season"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        choice.choices = [(slug, slug) for slug in open_season_slugs()]

    def description(self) -> ContestantForm:
        """Return the description, without the key."""
        data = self.cleaned_data
        cap = data["max_usd_day"]
        return ContestantForm(
            name=data["name"],
            kind=data["provider"],
            caps={"max_usd_day": cap} if cap else {},
            **{name: data[name] for name in ("model", "base_url", "effort", "profile", "replicas", "prompt")},
        )


class EnteringAdmin(ReadOnlyAdmin):
    """The pages that enter and test a model contestant."""

    change_list_template = "admin/contestants.html"

    def may_enter(self, request: HttpRequest) -> bool:
        """Whether this person may enter contestants: who might have added rows, were they editable."""
        return bool(request.user.has_perm("arena.add_contestant"))

    def get_urls(self) -> list[URLPattern]:
        """Add the pages before the stock ones."""
        wrap = self.admin_site.admin_view
        return [
            path("enter/", wrap(self.enter), name="arena_contestant_enter"),
            path("<str:pk>/test/", wrap(self.ask), name="arena_contestant_test"),
            path("<str:pk>/test/<str:errand_id>/", wrap(self.tell), name="arena_contestant_tested"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Lead to the form whoever may use it."""
        return super().changelist_view(
            request, {**(extra_context or {}), "may_enter": self.may_enter(request)}
        )

    @method_decorator(csrf_protect)
    @method_decorator(sensitive_post_parameters("key"))
    def enter(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or enter what it describes."""
        self._check(request)
        form = EntryForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            entered = self._entered(request, form)
            if entered is not None:
                return self._go_to_test(request, entered)
        context = {"title": "Add a model contestant", "form": form}
        return TemplateResponse(request, "admin/enter_contestant.html", self._context(request, context))

    def _entered(self, request: HttpRequest, form: EntryForm) -> Entered | None:
        key, season = form.cleaned_data["key"], form.cleaned_data["season"]
        try:
            entered = enter_models(
                season, form.description(), key, wall_ms=wall_ms(), keyring=settings.ARENA_KEYRING
            )
        except EntryError as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
            return None
        for row in Contestant.objects.filter(season__slug=season, slug__in=entered.slugs):
            self.log_addition(request, row, "Entered by hand")
        return entered

    def _go_to_test(self, request: HttpRequest, entered: Entered) -> HttpResponse:
        self.message_user(request, f"Entered: {', '.join(entered.slugs)}. The test is on its way.")
        row = Contestant.objects.get(season__slug=entered.season, slug=entered.slugs[0])
        return self._asked(request, row)

    @method_decorator(csrf_protect)
    def ask(self, request: HttpRequest, pk: str) -> HttpResponse:
        """Have a contestant's model tested."""
        self._check(request)
        row = Contestant.objects.filter(pk=pk).select_related("spec").first()
        if row is None or KINDS[row.spec.kind].how != "model":
            raise Http404("there is no such model contestant")
        if request.method == "POST":
            return self._asked(request, row)
        context = {
            "title": f"Test {row.name}",
            "question": "Its model is asked one tiny question.",
            "button": "Test",
        }
        return TemplateResponse(request, "admin/confirm.html", self._context(request, context))

    def _asked(self, request: HttpRequest, row: Contestant) -> HttpResponse:
        seat = seat_facts(row.season.slug, row.slug)
        if seat is None:
            raise Http404("the contestant is gone")
        errand_id = ask_test(seat, str(request.user), wall_ms())
        return HttpResponseRedirect(reverse("admin:arena_contestant_tested", args=[row.pk, errand_id]))

    def tell(self, request: HttpRequest, pk: str, errand_id: str) -> HttpResponse:
        """Show what the test found; the page asks again until it is over."""
        self._check(request)
        row, found = Contestant.objects.filter(pk=pk).first(), errand(errand_id)
        if row is None or found is None or found.request.get("contestant") != pk:
            raise Http404("there is no such test")
        context = {"title": f"Test of {row.name}", "errand": found, "lines": _lines(found), "row": row}
        return TemplateResponse(request, "admin/tested.html", self._context(request, context))

    def _check(self, request: HttpRequest) -> None:
        if not self.may_enter(request):
            raise PermissionDenied

    def _context(self, request: HttpRequest, more: dict[str, Any]) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, **more}


@admin.display(description="test")
def test_of(row: Contestant) -> SafeString | str:
    """Return the way to a model contestant's test."""
    if KINDS[row.spec.kind].how != "model":
        return ""
    return format_html('<a href="{}">test</a>', reverse("admin:arena_contestant_test", args=[row.pk]))


_WORDS: Final = {True: "yes", False: "no", None: "not known"}


def _lines(found: ErrandView) -> list[tuple[str, str]]:
    """Return what a test found as pairs of words; nothing where the model could not be asked."""
    result = found.result
    if "model" not in result:
        return []
    usd = result["usd_a_day"]
    return [
        ("Model", f"{result['provider']} {result['model']}"),
        ("Key accepted", _WORDS[result["key_accepted"]]),
        ("Model there", _WORDS[result["model_alive"]]),
        (f"Keeps the form ({result['structured_mode']})", _WORDS[result["structured_honoured"]]),
        ("Latency", f"{result['latency_ms']} ms"),
        ("A day costs about", "not known" if usd is None else f"{format_units(usd)} USD"),
    ]
