"""The Idempotency-Key that every write of money asks for.

A key stands for one request of one account. The books hold what it came to, under an id derived from it: the
same request is answered from there, another one under the same key is refused with 422. Two at once meet at
the unique key of the books. A refusal books nothing, so it leaves its key free.
"""

import re
from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from interfaces.api.errors import ApiProblem

MAX_KEY: Final = 255
_KEY: Final = re.compile(r"[!-~]{1,255}")

KEY_PARAMETER: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
    OpenApiParameter.HEADER,
    required=True,
    description="Chosen by the caller, new for each new request; the same request under it is done once.",
)


def read_key(request: Request) -> str:
    """Return the key of a request; raises ApiProblem for one without."""
    key = str(request.headers.get("Idempotency-Key", ""))
    if not _KEY.fullmatch(key):
        raise ApiProblem(
            "invalid",
            f"Send an Idempotency-Key header of 1 to {MAX_KEY} visible ASCII signs, new for each request.",
            "Idempotency-Key",
        )
    return key
