"""One error shape for the API: RFC 9457 problem+json."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return DRF's answer to an error as problem+json; None lets Django's 500 stand."""
    response = exception_handler(error, context)
    if response is None:
        return None
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    response.data = {
        "type": "about:blank",
        "title": response.status_text,
        "status": response.status_code,
        "code": getattr(detail, "code", "invalid"),
        "detail": str(detail) if detail is not None else "The request holds wrong values.",
        **({} if detail is not None else {"errors": response.data}),
    }
    response.content_type = "application/problem+json"
    return response
