"""The kill switch for operators: how it stands, and turning it; sent twice it is turned once."""

from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arena.services.switch import scope_of, turn
from interfaces.api.body import BoundedJSON
from interfaces.api.contestant_views import OperatorView, describe_operator
from interfaces.api.errors import ApiProblem
from interfaces.api.query import check_names
from interfaces.api.strategy_form import read_body
from interfaces.api.switch_form import (
    SWITCHES_SCHEMA,
    TURN_SCHEMA,
    TURNED_SCHEMA,
    switches_form,
    turned_form,
)
from interfaces.clock import wall_ms
from kernel.canonical import sha256_hex
from trading.services import RepeatedRequestError, SwitchError, Turn

MAX_KEY: Final = 255
"""Signs of an Idempotency-Key."""

_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": MAX_KEY},
    OpenApiParameter.HEADER,
    description="A name of your own for this request: sent again under it, the switch is turned once.",
)


class MayTurn(IsAdminUser):
    """Staff who may turn the switch."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether this person may."""
        may = request.user.has_perm("trading.change_tradingstate")
        return bool(super().has_permission(request, view) and may)


class Switch(OperatorView):
    """The kill switch."""

    permission_classes = (MayTurn,)
    parser_classes = (BoundedJSON,)

    @describe_operator(
        "switches", "How the switches of trading stand, and who turned them.", 200, SWITCHES_SCHEMA, 400
    )
    def get(self, request: Request) -> Response:
        """Return how they stand."""
        check_names(request.GET, ())
        return Response({"data": switches_form()})

    @describe_operator(
        "turnSwitch",
        "Stop trading, or let it go on: of the arena or of one contestant, for a reason.",
        200,
        TURNED_SCHEMA,
        400,
        422,
        parameters=[_KEY],
        request={"application/json": TURN_SCHEMA},
    )
    def post(self, request: Request) -> Response:
        """Turn it; whoever is signed in stands on record for it."""
        body = read_body(request.data, TURN_SCHEMA)
        by = str(request.user)[:80]
        try:
            scope = scope_of(body.get("season", ""), body.get("contestant", ""))
            turned = turn(Turn(scope, body["level"], body["reason"], by, wall_ms(), _request_key(request)))
        except RepeatedRequestError as problem:
            raise ApiProblem("key_reused", _sentence(problem)) from None
        except SwitchError as problem:
            raise ApiProblem("invalid", _sentence(problem)) from None
        return Response({"data": turned_form(turned)})


def _request_key(request: Request) -> str:
    """Return the request's name as one of this person's: nobody meets another's."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MAX_KEY:
        raise ApiProblem("invalid", f"An Idempotency-Key has at most {MAX_KEY} signs.", "Idempotency-Key")
    return sha256_hex(f"{request.user.pk}\n{key}".encode()) if key else ""


def _sentence(problem: SwitchError) -> str:
    return f"{str(problem)[:1].upper()}{str(problem)[1:]}."
