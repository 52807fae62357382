"""What holds for every address: who may ask, how often, in which headers, and how errors look."""

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, path
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.request import Request
from rest_framework.serializers import ValidationError
from rest_framework.views import APIView

from interfaces.api.errors import CODES, problem_response
from interfaces.api.openapi import SHAPES, document_bytes
from interfaces.api.query import Cursor
from interfaces.api.reading import PublicRead
from interfaces.api.shape import COUNT, MOMENT, MONEY, TEXT, Computed, Shape, ShapeError, optional
from interfaces.api.throttle import PublicThrottle
from interfaces.security import POLICY

PUBLIC_MODULES = {"interfaces.site", "interfaces.health", "interfaces.operator"}
"""Rooms of plain Django views that are public on purpose."""


def patterns(entries: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, address)
        else:
            yield address, entry


def undeclared(entries: Any) -> list[str]:
    """Return the addresses that nobody declared to be public, guarded, or the admin's."""
    return [address for address, entry in patterns(entries) if not is_declared(address, entry.callback)]


def is_declared(address: str, view: Callable[..., Any]) -> bool:
    view_class = getattr(view, "cls", None)
    if view_class is not None:
        own = [base for base in view_class.__mro__ if "permission_classes" in vars(base)]
        return own[0] is not APIView
    if address.startswith("admin/"):
        return True
    return any(view.__module__.startswith(module) for module in PUBLIC_MODULES)


def test_every_address_declares_who_may_ask() -> None:
    assert undeclared(get_resolver().url_patterns) == []


def test_an_address_that_declares_nothing_is_found() -> None:
    class Forgotten(APIView):
        pass

    def stray(_request: Any) -> HttpResponse:
        return HttpResponse()

    class Declared(APIView):
        permission_classes = (IsAdminUser,)

    planted = [path("a", Forgotten.as_view()), path("b", stray), path("c", Declared.as_view())]
    assert undeclared(planted) == ["a", "b"]


def test_the_admin_asks_strangers_to_sign_in(client: Client, db: None) -> None:  # noqa: ARG001 - the session needs it
    for address, _ in patterns(get_resolver().url_patterns):
        if (
            address.startswith("admin/")
            and "<" not in address
            and "(" not in address
            and "login" not in address
        ):
            assert client.get("/" + address).status_code == 302, address


def test_public_reads_allow_anybody_and_look_at_no_cookie() -> None:
    assert PublicRead.permission_classes == (AllowAny,)
    assert PublicRead.authentication_classes == ()


def test_a_forwarded_header_does_not_change_who_is_counted() -> None:
    throttle = PublicThrottle()
    keys = {
        throttle.get_cache_key(Request(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=made_up)), APIView())
        for made_up in ("1.1.1.1", "2.2.2.2")
    }
    assert keys == {"throttle_anon_127.0.0.1"}


@pytest.mark.parametrize(
    "address", ["/api/v1/openapi.json", "/api/v1/docs/", "/healthz", "/admin/login/", "/api/v1/x/"]
)
@pytest.mark.django_db
def test_every_page_carries_the_strict_policy(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("address", ["/api/v1/docs/", "/admin/login/"])
@pytest.mark.django_db
def test_pages_hold_nothing_the_policy_would_block(client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    assert "<style" not in page.replace("<noscript><style>", "")
    assert "<script>" not in page
    assert " style=" not in page
    assert "https://" not in page


def test_swagger_loads_its_script_from_an_address_of_its_own(client: Client) -> None:
    answer = client.get("/api/v1/docs/?script=")
    assert answer.headers["Content-Type"].startswith("application/javascript")
    assert b"/api/v1/openapi.json" in answer.content


def test_the_document_is_openapi_3_1_and_kept_by_the_client(client: Client) -> None:
    first = client.get("/api/v1/openapi.json")
    assert json.loads(first.content)["openapi"] == "3.1.0"
    assert (
        client.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]}).status_code
        == 304
    )


def test_every_reference_of_the_document_leads_somewhere() -> None:
    text = document_bytes().decode()
    document = json.loads(text)
    names = {part.split('"', 1)[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])
    assert {shape.name for shape in SHAPES} <= names | {"Season"}


def test_every_operation_has_a_name_and_tells_its_errors() -> None:
    paths = json.loads(document_bytes())["paths"].values()
    operations = [operation for entry in paths for operation in entry.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in [one for one in operations if one["tags"] == ["arena"]]:
        assert {"200", "304", "400", "429"} <= set(operation["responses"])
        assert ("404" in operation["responses"]) == ("parameters" in operation)


def test_every_code_that_is_raised_is_in_the_one_list() -> None:
    used = set()
    for source in Path("interfaces/api").glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"ApiProblem", "problem"}:
                used |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    assert used
    assert used <= set(CODES)


def test_every_code_is_explained_in_the_documentation() -> None:
    text = Path("docs/api.md").read_text()
    assert [code for code in CODES if f"`{code}`" not in text] == []


def test_a_bug_is_logged_and_told_without_its_details(caplog: pytest.LogCaptureFixture) -> None:
    answer = problem_response(RuntimeError("secret detail"), {"view": None})
    assert (answer.status_code, answer.data["code"]) == (500, "internal")
    assert "secret" not in json.dumps(answer.data)
    assert "secret detail" in caplog.text


def test_nested_field_errors_are_named_by_their_path() -> None:
    answer = problem_response(ValidationError({"order": {"qty": ["must be positive"]}}), {})
    assert answer.data["code"] == "invalid"
    assert answer.data["errors"] == [{"field": "order.qty", "detail": "must be positive"}]


@dataclass(frozen=True)
class Purse:
    """Something to write."""

    owner: str
    amount: int
    seen_ms: int | None


PURSE_FIELDS: dict[str, Any] = {"owner": TEXT, "amount": MONEY, "seen_ms": optional(MOMENT)}


def test_a_shape_writes_its_fields_in_order() -> None:
    shape = Shape(
        "Purse", Purse, "A purse.", **PURSE_FIELDS, twice=Computed(COUNT, lambda purse: purse.amount * 2)
    )
    assert list(shape.write(Purse("a", -150_000_000, None)).items()) == [
        ("owner", "a"),
        ("amount", "-1.5"),
        ("seen_ms", None),
        ("seen_at", None),
        ("twice", -300_000_000),
    ]
    assert shape.write(Purse("a", 1, 1_000))["seen_at"] == "1970-01-01T00:00:01Z"
    assert list(shape.schema["properties"]) == shape.schema["required"]


@pytest.mark.parametrize("missing", ["owner", "amount", "seen_ms"])
def test_a_field_that_nobody_decided_about_is_an_error(missing: str) -> None:
    fields = {name: kind for name, kind in PURSE_FIELDS.items() if name != missing}
    with pytest.raises(ShapeError, match=f"Purse and Purse disagree about: {missing}"):
        Shape("Purse", Purse, "A purse.", **fields)
    Shape("Purse", Purse, "A purse.", leave_out=[missing], **fields)


def test_a_field_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ShapeError, match="disagree about: colour"):
        Shape("Purse", Purse, "A purse.", colour=TEXT, **PURSE_FIELDS)


def test_a_cursor_reads_as_moment_and_skip() -> None:
    assert str(Cursor(1_700_000_000_000, 3)) == "1700000000000.3"
