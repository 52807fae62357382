"""Bring your own: a program reads what its contestant is shown and hands in decisions."""

from typing import Any, ClassVar, NoReturn

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.domain.seat_answers import answer_context
from agents.domain.strict_json import MAX_BYTES
from agents.selectors.seats import (
    InvitationView,
    SeatView,
    invitation,
    open_turn,
    round_numbers,
    submissions,
)
from agents.services.seating import MOST_ANSWERS, ClosedTurnError, CrowdedTurnError, UnknownTurnError, hand_in
from arena.selectors.seats import next_round_wall_ms, seated_contestants
from interfaces.api import seat_docs
from interfaces.api.errors import ApiProblem
from interfaces.api.query import MAX_MOMENT_MS, check_names, is_id, read_limit, read_whole
from interfaces.api.seat_auth import HasSeat, SeatThrottle, SeatTokens
from interfaces.api.seat_form import handed_form, read_form, seat_form
from interfaces.api.seat_waiting import MAX_WAIT_S, etag_of
from interfaces.api.throttle import PublicThrottle
from interfaces.clock import wall_ms

TURN_HEADER = "Arena-Turn"


class SeatAddress(APIView):
    """An address for programs with a token. ``parameters`` names the query parameters it reads."""

    authentication_classes = (SeatTokens,)
    permission_classes = (HasSeat,)
    throttle_classes = (SeatThrottle,)
    http_method_names = ["get", "head", "options"]
    parameters: ClassVar[frozenset[str]] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count who tries tokens by address; refuse unknown parameters before anything is read."""
        by_address = PublicThrottle()
        if not by_address.allow_request(request, self):
            self.throttled(request, by_address.wait() or 1.0)
        super().initial(request, *args, **kwargs)
        check_names(request.GET, self.parameters)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers to one program out of every cache."""
        response.headers["Cache-Control"] = "private, no-store"
        return super().finalize_response(request, response, *args, **kwargs)

    @property
    def seat(self) -> SeatView:
        """Whose token this is."""
        auth: Any = self.request.auth
        return auth if isinstance(auth, SeatView) else _no_seat()


class Seat(SeatAddress):
    """Who a token decides for."""

    @seat_docs.SEAT
    def get(self, request: Request) -> HttpResponseBase:  # noqa: ARG002 - DRF's signature
        """Return the seat, its contestant and what is open."""
        now, who = wall_ms(), self.seat.contestant_id
        contestant = seated_contestants([who]).get(who)
        if contestant is None:
            raise ApiProblem("unknown_contestant", "The contestant of this token is gone.")
        due_ms = next_round_wall_ms(contestant.season_slug, now)
        return Response({"data": seat_form(self.seat, contestant, open_turn(who, now), due_ms, now)})


class Observation(SeatAddress):
    """What the contestant is shown in the open round."""

    parameters = frozenset({"wait"})

    @seat_docs.OBSERVATION
    def get(self, request: Request) -> HttpResponseBase:
        """Return the observation; 204 while nothing is open, 304 for who has this one."""
        read_whole(request.GET, "wait", 0, MAX_WAIT_S)  # waited for before: interfaces.api.seat_waiting
        asked = open_turn(self.seat.contestant_id, wall_ms())
        if asked is None:
            return HttpResponse(status=204)
        etag = etag_of(asked.turn_id)
        known = request.headers.get("If-None-Match") == etag
        shown = None if known else invitation(asked.turn_id)
        body = b"" if shown is None else shown.observation
        response = HttpResponse(body, status=304 if known else 200, content_type="application/json")
        response.headers["ETag"] = etag
        return response


class Decisions(SeatAddress):
    """Decisions handed in."""

    http_method_names = ["post", "options"]
    parameters = frozenset({"turn"})
    parser_classes = ()

    @seat_docs.DECISIONS
    def post(self, request: Request) -> HttpResponseBase:
        """Store an answer to an open turn, whatever it says; return what would count."""
        raw = _body_of(request)
        turn_id = request.headers.get(TURN_HEADER) or request.GET.get("turn", "")
        asked = self._asked(turn_id)
        try:
            submission_id = hand_in(self.seat.contestant_id, turn_id, raw, wall_ms())
        except ClosedTurnError:
            sentence = f"Round {asked.number} takes no more answers: ask for the next observation."
            raise ApiProblem("turn_closed", sentence) from None
        except CrowdedTurnError:
            sentence = f"Round {asked.number} has {MOST_ANSWERS} answers of yours; the last of them counts."
            raise ApiProblem("throttled", sentence) from None
        except UnknownTurnError:
            raise _unknown(turn_id) from None
        with translation.override("en"):
            read = read_form(raw, answer_context(asked.form))
        receipt = {"id": submission_id, "turn": turn_id, "round": asked.number, **read}
        return Response({"data": receipt})

    def _asked(self, turn_id: str) -> InvitationView:
        if not turn_id:
            sentence = f"Name the turn this answers: header {TURN_HEADER}, or the parameter turn."
            raise ApiProblem("invalid", sentence, "turn")
        asked = invitation(turn_id) if is_id(turn_id) else None
        if asked is None or asked.contestant_id != self.seat.contestant_id:
            raise _unknown(turn_id)
        return asked


class History(SeatAddress):
    """What was handed in before."""

    parameters = frozenset({"before", "limit"})

    @seat_docs.HISTORY
    def get(self, request: Request) -> HttpResponseBase:
        """Return one page of submissions, newest first."""
        before = read_whole(request.GET, "before", 0, MAX_MOMENT_MS)
        limit = read_limit(request.GET)
        found = submissions(self.seat.contestant_id, before, limit + 1)
        page = found[:limit]
        rounds = round_numbers(row.turn_id or row.taken_by for row in page)
        following = page[-1].received_ms if len(found) > limit else None
        return Response({"data": [handed_form(row, rounds) for row in page], "next": following})


def _body_of(request: Request) -> bytes:
    """Return the body; it is not read further than an answer may be long."""
    raw: bytes = request._request.read(MAX_BYTES + 1)  # noqa: SLF001 - DRF's documented way to the request under it
    if len(raw) > MAX_BYTES:
        raise ApiProblem("too_large", f"An answer holds at most {MAX_BYTES} bytes.")
    return raw


def _no_seat() -> NoReturn:
    raise NotAuthenticated  # unreachable behind HasSeat


def _unknown(turn_id: str) -> ApiProblem:
    return ApiProblem("unknown_turn", f"This contestant was not asked about turn {turn_id[:40]}.")
