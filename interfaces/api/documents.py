"""The OpenAPI document and Swagger UI, served from the installed package under the strict policy."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.http import etag
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from interfaces.api.errors import ApiProblem
from interfaces.api.openapi import document_bytes
from interfaces.api.reading import PublicRead
from interfaces.api.throttle import PublicThrottle
from kernel.canonical import sha256_hex


def _document_etag(_request: Any) -> str:
    return f'"{sha256_hex(document_bytes())[:16]}"'


@method_decorator(etag(_document_etag), name="dispatch")
class Document(PublicRead):
    """The OpenAPI document."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:  # noqa: ARG002 - Django's signature
        """Return the document."""
        response = HttpResponse(document_bytes(), content_type="application/json")
        response.headers["Cache-Control"] = "public, no-cache"
        return response


class Swagger(SpectacularSwaggerSplitView):
    """Swagger UI. Its script is an address of its own, so that nothing is inline and the policy stands."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (PublicThrottle,)
    url_name = "api-document"
    template_name = "api/docs.html"


class UnknownAddress(PublicRead):
    """Any other address: 404 in the shape of every other error."""

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        """Refuse, whatever the method."""
        raise ApiProblem("unknown_address", f"There is nothing at {request.path[:200]}.")
