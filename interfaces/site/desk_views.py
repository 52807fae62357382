"""The desk of a person who decides for a contestant: works without JavaScript, shows only the own seats."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agents.domain.answers import AnswerContext
from agents.domain.seat_answers import answer_context, rules_context
from agents.selectors.seats import (
    InvitationView,
    SeatView,
    newest_invitation,
    open_turn,
    pending_submission,
    seats_of_user,
)
from agents.services.seating import hand_in, note_seen, withdraw
from arena import selectors
from arena.domain.board import ContestantView
from arena.selectors.seats import SeatedContestant, seated_contestants
from interfaces.clock import wall_ms
from interfaces.site.bar import Now
from interfaces.site.desk_form import answer_of
from interfaces.site.desk_page import Desk, desk_context


@never_cache
@login_required
@require_safe
def desks(request: HttpRequest) -> HttpResponse:
    """Go to the person's seat; list them where there are several, say so where there is none."""
    found = _seats(request)
    if len(found) == 1:
        return redirect("site:desk", found[0][1].season_slug, found[0][1].slug)
    context = {"here": "desk", "layout": "site/base.html", "seats": [who for _seat, who in found]}
    return render(request, "site/desks.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, slug: str, contestant_slug: str) -> HttpResponse:
    """Show the desk, take what was decided, or take it back."""
    seat = _own_seat(request, slug, contestant_slug)
    if request.method == "POST":
        return _take(request, seat, slug, contestant_slug)
    now = wall_ms()
    note_seen(seat.contestant_id, seat.last_seen_ms, now)
    context = desk_context(_desk(seat, slug, contestant_slug, now), Now(now))
    layout = "site/fragment.html" if request.GET.get("fragment") == "1" else "site/base.html"
    return render(request, "site/desk.html", {**context, "layout": layout})


def _take(request: HttpRequest, seat: SeatView, slug: str, contestant_slug: str) -> HttpResponseRedirect:
    if "withdraw" in request.POST:
        withdraw(seat.contestant_id)
    else:
        context = _context(slug, newest_invitation(seat.contestant_id))
        hand_in(seat.contestant_id, "", answer_of(request.POST.dict(), context.symbols), wall_ms())
    answer: Any = redirect("site:desk", slug, contestant_slug)
    return HttpResponseRedirect(answer.url)


def _desk(seat: SeatView, slug: str, contestant_slug: str, now: int) -> Desk:
    board = selectors.board(slug, now, curve_points=2, feed=0)
    shown = newest_invitation(seat.contestant_id)
    return Desk(
        view=_contestant(slug, contestant_slug, now),
        prices=board.prices if board else (),
        shown=shown.form if shown else {},
        asked=open_turn(seat.contestant_id, now),
        pending=pending_submission(seat.contestant_id, now),
        context=_context(slug, shown),
    )


def _contestant(slug: str, contestant_slug: str, now: int) -> ContestantView:
    view = selectors.contestant(slug, contestant_slug, now)
    if view is None:
        raise Http404(f"no contestant {contestant_slug} in season {slug}")
    return view


def _context(slug: str, shown: InvitationView | None) -> AnswerContext:
    """Return against what an answer is read: the last round that was shown, else the rule book."""
    if shown is not None:
        return answer_context(shown.form)
    rules = selectors.rule_book(slug)
    if rules is None:
        raise Http404(f"season {slug} has no rule book")
    return rules_context(rules)


def _seats(request: HttpRequest) -> list[tuple[SeatView, SeatedContestant]]:
    found = seats_of_user(int(request.user.pk or 0))
    names = seated_contestants(seat.contestant_id for seat in found)
    return [(seat, names[seat.contestant_id]) for seat in found if seat.contestant_id in names]


def _own_seat(request: HttpRequest, slug: str, contestant_slug: str) -> SeatView:
    for seat, who in _seats(request):
        if (who.season_slug, who.slug) == (slug, contestant_slug):
            return seat
    raise Http404(f"no seat of yours at {contestant_slug} in season {slug}")
