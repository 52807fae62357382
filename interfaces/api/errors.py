"""One error shape for the API, RFC 9457 problem+json, and the closed list of its codes."""

import logging
from typing import Any, Final

from django.http import Http404
from rest_framework.exceptions import APIException, ErrorDetail, PermissionDenied
from rest_framework.response import Response
from rest_framework.views import exception_handler

log = logging.getLogger("arena.api")

CODES: Final[dict[str, tuple[int, str]]] = {
    "bad_query": (400, "A query parameter is wrong"),
    "invalid": (400, "The request holds wrong values"),
    "parse_error": (400, "The request cannot be read"),
    "not_authenticated": (401, "Sign in first"),
    "authentication_failed": (401, "The credentials are wrong"),
    "permission_denied": (403, "This is not yours to see or do"),
    "unknown_address": (404, "There is nothing at this address"),
    "unknown_season": (404, "There is no such season"),
    "unknown_contestant": (404, "There is no such contestant in this season"),
    "unknown_round": (404, "There is no such round in this season"),
    "unknown_turn": (404, "This contestant was not asked about such a turn"),
    "unknown_rule_book": (404, "This season has no rule book"),
    "unknown_errand": (404, "There is no such errand"),
    "unknown_strategy": (404, "There is no such strategy"),
    "unknown_wallet": (404, "There is no such wallet"),
    "method_not_allowed": (405, "This address does not take that method"),
    "not_acceptable": (406, "This address answers in JSON only"),
    "wallet_refused": (409, "The wallet cannot do this now"),
    "turn_closed": (409, "The turn takes no more answers"),
    "too_large": (413, "The body is too long"),
    "unsupported_media_type": (415, "This kind of body is not read here"),
    "key_reused": (422, "The Idempotency-Key belongs to another request"),
    "throttled": (429, "Too many requests"),
    "internal": (500, "The server made a mistake"),
}
"""Code -> (HTTP status, title). A client may rely on each; docs/api.md lists them."""

PROBLEM_TYPE: Final = "application/problem+json"

_CODE_OF_STATUS: Final = {
    400: "invalid",
    401: "not_authenticated",
    403: "permission_denied",
    404: "unknown_address",
    405: "method_not_allowed",
    406: "not_acceptable",
    415: "unsupported_media_type",
    429: "throttled",
}


class ApiProblem(APIException):
    """A refusal with a code from ``CODES``, one sentence, and the field it is about, if any."""

    def __init__(self, code: str, detail: str, field: str = "") -> None:
        super().__init__(detail, code)
        self.status_code = CODES[code][0]
        self.field = field


def problem(code: str, detail: str, field: str = "") -> dict[str, Any]:
    """Return the body of a problem."""
    status, title = CODES[code]
    body: dict[str, Any] = {
        "type": f"urn:arena:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if field:
        body["errors"] = [{"field": field, "detail": detail}]
    return body


def _flat_errors(data: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(data, dict):
        parts = [(f"{path}.{key}" if path else str(key), item) for key, item in data.items()]
    elif isinstance(data, list):
        parts = [(path, item) for item in data]
    else:
        return [{"field": path, "detail": str(data)}]
    return [error for name, item in parts for error in _flat_errors(item, name)]


def _code_of(error: Exception, status: int) -> str:
    detail = getattr(error, "detail", None)
    code = detail.code if isinstance(detail, ErrorDetail) else ""
    if code in CODES:
        return str(code)
    return (
        "permission_denied" if isinstance(error, PermissionDenied) else _CODE_OF_STATUS.get(status, "invalid")
    )


def problem_response(error: Exception, context: dict[str, Any]) -> Response:
    """Return the answer to an error as problem+json. A bug is logged and told without its details."""
    response = exception_handler(error, context)
    if response is None:
        log.error("unhandled error in %s", context.get("view"), exc_info=error)
        body = problem("internal", "The error is logged; try again or tell the operator.")
        return Response(body, 500, content_type=PROBLEM_TYPE)
    code = _code_of(error, response.status_code)
    detail = getattr(error, "detail", None)
    if isinstance(detail, ErrorDetail):
        body = problem(code, str(detail), getattr(error, "field", ""))
    elif isinstance(error, Http404):
        body = problem(code, CODES[code][1] + ".")
    else:
        body = {**problem(code, "The request holds wrong values."), "errors": _flat_errors(detail)}
    # Without credentials to offer, DRF answers 403 where the code alone would say 401.
    body["status"] = response.status_code
    response.data = body
    response.content_type = PROBLEM_TYPE
    return response
