"""What leaves this machine is what the arena wrote; what comes back never carries the key on."""

import json
from collections.abc import Iterator

import pytest

from agents.adapters.llm.credentials import aws_signature, reach_of, region_of
from agents.domain.llm.exchange import ModelRef, Outcome
from tests.factories import provider_steps as steps
from tests.factories.model_calls import DIALECTS, KEY, ask, model_at
from tests.factories.provider_server import ProviderServer

EVIL = "{}: Bearer evil-key-1\nx-evil: evil\nanthropic-version: evil\nuser-agent: evil\naccept: evil"
HOSTILE = {
    "OPENAI_API_KEY": "sk-of-somebody-else",
    "OPENAI_ADMIN_KEY": "sk-admin-of-somebody",
    "OPENAI_BASE_URL": "http://127.0.0.1:9/stolen",
    "OPENAI_ORG_ID": "org-evil",
    "OPENAI_PROJECT_ID": "project-evil",
    "OPENAI_CUSTOM_HEADERS": EVIL.format("authorization"),
    "ANTHROPIC_API_KEY": "sk-of-somebody-else",
    "ANTHROPIC_AUTH_TOKEN": "evil-token",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/stolen",
    "ANTHROPIC_BEDROCK_BASE_URL": "http://127.0.0.1:9/stolen",
    "ANTHROPIC_CUSTOM_HEADERS": EVIL.format("Authorization"),
    "ANTHROPIC_PROFILE": "evil",
    "ANTHROPIC_CONFIG_DIR": "/nowhere/evil",
    "AWS_BEARER_TOKEN_BEDROCK": "evil-bearer",
    "AWS_PROFILE": "evil",
    "AWS_REGION": "evil-region-1",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "SSL_CERT_FILE": "/nowhere/evil.pem",
}


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(expected_key=KEY) as running:
        yield running


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_hostile_environment_changes_no_byte_of_a_request(
    server: ProviderServer, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    for name in HOSTILE:
        monkeypatch.delenv(name, raising=False)
    before = await ask(model_at(server, dialect))
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    after = await ask(model_at(server, dialect))

    assert (before.outcome, after.outcome) == (Outcome.ANSWERED, Outcome.ANSWERED)
    calm, hostile = server.requests
    assert (hostile.path, hostile.query, hostile.headers, hostile.body) == (
        calm.path,
        calm.query,
        calm.headers,
        calm.body,
    )


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_nothing_about_this_machine_goes_out(server: ProviderServer, dialect: str) -> None:
    await ask(model_at(server, dialect, extra_headers={"cf-aig-skip-cache": "true"}))
    usual = {
        "host",
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "user-agent",
    }
    allowed = usual | {"cf-aig-skip-cache"} | ({"anthropic-version"} if dialect == "messages" else set())

    assert set(server.requests[0].headers) == allowed
    assert server.requests[0].headers["cf-aig-skip-cache"] == "true"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_key_that_is_echoed_goes_no_further(server: ProviderServer, dialect: str) -> None:
    echo = {"message": f"bad key {KEY}", "headers": {"authorization": f"Bearer {KEY}"}}
    server.script(
        [
            steps.raw(
                400, json.dumps(echo).encode(), headers={"x-request-id": f"for-{KEY}", "set-cookie": "a=b"}
            ),
            steps.ok(f"your key is {KEY}"),
        ]
    )
    for _ in range(2):
        response = await ask(model_at(server, dialect))
        assert KEY not in repr(response)
        assert response.wire is not None
        assert not {"authorization", "x-api-key", "cookie"} & set(dict(response.wire.request_headers))
        assert "set-cookie" not in dict(response.wire.response_headers)


@pytest.mark.parametrize("dialect", ["chat", "responses", "messages"])
async def test_a_server_that_wants_no_key_gets_none(dialect: str) -> None:
    with ProviderServer() as open_server:
        response = await ask(model_at(open_server, dialect), key="")

        assert response.outcome is Outcome.ANSWERED
        assert "authorization" not in open_server.requests[0].headers


def test_where_a_transport_may_go_is_printed_without_the_key() -> None:
    model = ModelRef("loopback", "https://models.example.com/v1", "m", "chat", "text")

    assert KEY not in repr(reach_of(model, KEY, loopback=False))


async def test_a_gateways_token_is_not_passed_on_to_the_vendor_behind_it(server: ProviderServer) -> None:
    server.expected_key = None
    await ask(model_at(server, "chat", provider="cloudflare"))
    headers = server.requests[0].headers

    assert headers["cf-aig-authorization"] == f"Bearer {KEY}"
    assert "authorization" not in headers


async def test_aws_keys_sign_what_is_sent(server: ProviderServer, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore", reason="AWS keys need botocore: bin/setup --with bedrock")
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    server.expected_key = None
    keys = "AKIAEXAMPLE000000001:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE:a-session-token"
    response = await ask(model_at(server, "bedrock"), key=keys)
    headers = server.requests[0].headers

    assert response.outcome is Outcome.ANSWERED
    assert server.requests[0].path == "/model/test-model/invoke"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE000000001/")
    assert "/us-east-1/bedrock/aws4_request" in headers["authorization"]
    assert headers["x-amz-security-token"] == "a-session-token"
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert set(signed) <= set(headers)
    assert "wJalr" not in repr((response, dict(headers)))
    assert "AKIA" not in repr(response)
    assert "session-token" not in repr(response)


def test_a_signature_follows_the_request() -> None:
    pytest.importorskip("botocore", reason="AWS keys need botocore: bin/setup --with bedrock")
    sign = aws_signature("AKIAEXAMPLE000000001:secret-secret", "eu-west-1")
    url = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/invoke"
    one, other = (sign("POST", url, {"accept": "*/*"}, body)["authorization"] for body in (b"{}", b"[]"))

    assert one.partition("Signature=")[0] == other.partition("Signature=")[0]
    assert one != other


def test_the_region_stands_in_the_address() -> None:
    assert region_of("https://bedrock-runtime.eu-central-1.amazonaws.com") == "eu-central-1"
    assert region_of("http://127.0.0.1:8000") == "us-east-1"
