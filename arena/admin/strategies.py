"""The library of strategies by hand: what each does in sentences; draft in words, try, apply, retire."""

from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect

from agents.domain.llm.entry import MAX_NAME, EntryError
from agents.domain.strategy.drafting import MAX_SENTENCE, checked_sentence
from agents.domain.strategy.fields import StrategyError
from agents.domain.strategy.trial import COUNTED
from agents.selectors.errands import errand
from agents.selectors.strategies import StrategyView, find_strategy
from arena.admin.entering import EnteringAdmin
from arena.selectors.entering import open_season_slugs
from arena.selectors.strategies import seats_of, try_strategy
from arena.services.strategies import DRAFT_KIND, apply_strategy, ask_draft, retire_strategy
from kernel.time import iso_utc
from kernel.units import format_units
from trading.admin import wall_ms
from trading.domain.rules import PROFILES

TRIED_ROUNDS: Final = 100
MAX_VERSION: Final = 2**31 - 1
_LIST: Final = "admin:agents_strategy_changelist"


class DraftForm(forms.Form):
    """What a model is asked."""

    sentence = forms.CharField(max_length=MAX_SENTENCE, widget=forms.Textarea(attrs={"rows": 4}))
    model = forms.CharField(max_length=60, help_text="A contestant's slug, or a provider such as anthropic.")


class ApplyForm(forms.Form):
    """Where a strategy is to play."""

    season = forms.ChoiceField()
    name = forms.CharField(max_length=MAX_NAME, required=False, help_text="Empty: the strategy's name.")
    profile = forms.ChoiceField(choices=[(name, name) for name in PROFILES], initial="moderate")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["season"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - for the type checker: declared above
        choice.choices = [(slug, slug) for slug in open_season_slugs()]


class StrategyPages(EnteringAdmin):
    """The pages that draft, try, apply and retire a strategy; the library itself is shown by agents.admin."""

    def get_urls(self) -> list[URLPattern]:
        """Add the pages before the stock ones."""
        wrap, one = self.admin_site.admin_view, "strategies/<slug:name>/<int:version>"
        return [
            path("strategies/draft/", wrap(self.draft_page), name="arena_strategy_draft"),
            path("strategies/draft/<str:errand_id>/", wrap(self.drafted_page), name="arena_strategy_drafted"),
            path(f"{one}/try/", wrap(self.try_page), name="arena_strategy_try"),
            path(f"{one}/apply/", wrap(self.apply_page), name="arena_strategy_apply"),
            path(f"{one}/retire/", wrap(self.retire_page), name="arena_strategy_retire"),
            *super().get_urls(),
        ]

    @method_decorator(csrf_protect)
    def draft_page(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or ask a model."""
        self._check(request)
        form = DraftForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                sentence = checked_sentence(form.cleaned_data["sentence"])
            except StrategyError as problem:
                form.add_error("sentence", str(problem))
            else:
                asked = ask_draft(sentence, form.cleaned_data["model"], str(request.user), wall_ms())
                return HttpResponseRedirect(reverse("admin:arena_strategy_drafted", args=[asked]))
        words = "A model turns the sentence into a draft. Nothing plays before you apply it."
        return self._form(request, form, "Draft a strategy in words", words, "Ask")

    def drafted_page(self, request: HttpRequest, errand_id: str) -> HttpResponse:
        """Show what the model made of it; the page asks again until it is over."""
        self._check(request)
        found = errand(errand_id)
        if found is None or found.kind != DRAFT_KIND:
            raise Http404("there is no such draft")
        view = find_strategy(found.result.get("name", ""), found.result.get("version"))
        usd = found.result.get("usd")
        context = {
            "title": "Draft in words",
            "errand": found,
            "view": view,
            "lines": found.result.get("explanation", []),
            "cost": "not known" if usd is None else f"{format_units(usd)} USD",
        }
        return self._page(request, "admin/strategy_drafted.html", context)

    def try_page(self, request: HttpRequest, name: str, version: int) -> HttpResponse:
        """Show what a strategy would have called in the recorded rounds of every open season."""
        self._check(request)
        view = _view_of(name, version)
        trials = [
            (season, try_strategy(view.strategy, season, TRIED_ROUNDS)) for season in open_season_slugs()[:3]
        ]
        rows = [
            (season, symbol, *(counts[name] for name in COUNTED))
            for season, trial in trials
            for symbol, counts in trial.calls.items()
        ]
        spans = [
            f"{season}: {trial.rounds} rounds, {iso_utc(trial.first_ms)} to {iso_utc(trial.last_ms)}"
            for season, trial in trials
            if trial.first_ms is not None and trial.last_ms is not None
        ]
        context = {"title": f"Try {view.name} v{view.version}", "rows": rows, "spans": spans}
        return self._page(request, "admin/strategy_tried.html", context)

    @method_decorator(csrf_protect)
    def apply_page(self, request: HttpRequest, name: str, version: int) -> HttpResponse:
        """Show the form, or enter the strategy into a season."""
        self._check(request)
        view, form = _view_of(name, version), ApplyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                applied = apply_strategy(view, data["season"], name=data["name"], profile=data["profile"])
            except EntryError as problem:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem))
            else:
                self.message_user(
                    request, f"{applied.slug} plays in {applied.season} from the next round on."
                )
                return HttpResponseRedirect(reverse(_LIST))
        words = " ".join(view.explanation)
        return self._form(request, form, f"Apply {view.name} v{view.version}", words, "Apply")

    @method_decorator(csrf_protect)
    def retire_page(self, request: HttpRequest, name: str, version: int) -> HttpResponse:
        """Ask, then retire a strategy with its contestants."""
        self._check(request)
        view = _view_of(name, version)
        if request.method == "POST":
            retired = ", ".join(retire_strategy(view)) or "none"
            self.message_user(request, f"Retired {view.name} v{view.version}; contestants: {retired}.")
            return HttpResponseRedirect(reverse(_LIST))
        seats = ", ".join(f"{seat.season}/{seat.slug}" for seat in seats_of(view.document)) or "none"
        question = f"Every contestant that plays it is retired too ({seats}); their record stays."
        context = {"title": f"Retire {view.name} v{view.version}", "question": question, "button": "Retire"}
        return self._page(request, "admin/confirm.html", context)

    def _form(
        self, request: HttpRequest, form: forms.Form, title: str, words: str, button: str
    ) -> HttpResponse:
        context = {"title": title, "form": form, "words": words, "button": button}
        return self._page(request, "admin/strategy_form.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        return TemplateResponse(request, template, self._context(request, context))


def _view_of(name: str, version: int) -> StrategyView:
    view = find_strategy(name, version) if version <= MAX_VERSION else None
    if view is None:
        raise Http404("there is no such strategy")
    return view
