"""Names that resolve inside, now or later, and redirects: refused before any socket is opened."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agents.adapters.llm.credentials import reach_of
from agents.adapters.llm.dialects import make_dialect
from agents.adapters.llm.provider import ModelProvider
from agents.adapters.llm.transport import Transport
from agents.domain.llm.exchange import ModelRef, Outcome
from tests.factories import provider_steps as steps
from tests.factories.model_calls import DIALECTS, KEY, ask, model_at, question
from tests.factories.provider_server import ProviderServer


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


class Names:
    """A resolver that answers from a list, one entry a look-up; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _port: int) -> list[str]:
        """Answer one look-up."""
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def _provider(model: ModelRef, **changes: Any) -> ModelProvider:
    reach = replace(reach_of(model, KEY, loopback=model.on_this_machine), **changes)
    transport = Transport(reach)
    return ModelProvider("loopback", make_dialect(model.dialect, model.base_url, transport), transport)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%lo"],
        ["not an address"],
    ],
)
async def test_a_name_that_resolves_inside_is_refused_and_no_socket_opened(
    server: ProviderServer, dialect: str, addresses: list[str]
) -> None:
    url = f"https://models.example.com:{server.port}/v1"
    model = model_at(server, dialect, base_url=url, on_this_machine=False)
    names = Names(addresses)
    provider = _provider(model, lookup=names)
    response = await provider.complete(question(model))
    await provider.close()

    assert response.outcome is Outcome.ADDRESS, response.detail
    assert names.asked == ["models.example.com"]
    assert server.connections == 0


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_redirect_inside_is_not_followed(server: ProviderServer, dialect: str) -> None:
    with ProviderServer() as inner:
        for code in (301, 302, 303, 307, 308):
            server.script([steps.redirect(f"{inner.url}/v1/chat/completions", code)])
            response = await ask(model_at(server, dialect))
            assert response.outcome is Outcome.ADDRESS, response.detail
            assert str(code) in response.detail

        assert inner.connections == 0
        assert len(server.requests) == 5


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[ProviderServer, ssl.SSLContext]]:
    """Run a provider with a certificate for models.example.com, and say whom to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "models.example.com")])
    today = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("models.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    front.load_cert_chain(certificate, private)
    server = ProviderServer()
    server.ssl_context = front
    with server as running:
        yield running, ssl.create_default_context(cafile=str(certificate))


async def test_a_checked_address_is_connected_to_and_the_certificate_must_be_of_the_name(
    secure: tuple[ProviderServer, ssl.SSLContext],
) -> None:
    server, trust = secure
    for host, outcome in (("models.example.com", Outcome.ANSWERED), ("other.example.com", Outcome.NETWORK)):
        model = model_at(server, "chat", base_url=f"https://{host}:{server.port}/v1")
        provider = _provider(model, lookup=Names(["127.0.0.1"]), ssl_context=trust)
        response = await provider.complete(question(model))
        await provider.close()
        assert response.outcome is outcome, response.detail
    assert [request.headers["host"] for request in server.requests] == [f"models.example.com:{server.port}"]


async def test_a_certificate_that_nobody_vouches_for_ends_the_attempt(
    secure: tuple[ProviderServer, ssl.SSLContext],
) -> None:
    server, _trust = secure
    model = model_at(server, "messages", base_url=f"https://models.example.com:{server.port}")
    provider = _provider(model, lookup=Names(["127.0.0.1"]))
    response = await provider.complete(question(model))
    await provider.close()

    assert response.outcome is Outcome.NETWORK
    assert "certificate" in response.detail
    assert server.requests == []


async def test_a_name_that_turns_inside_later_is_refused_then(
    secure: tuple[ProviderServer, ssl.SSLContext],
) -> None:
    server, trust = secure
    # To the test 127.0.0.1 is where the name may lead; 10.0.0.1 is where it leads once it has been trusted.
    model = model_at(server, "chat", base_url=f"https://models.example.com:{server.port}/v1")
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    provider = _provider(model, lookup=names, ssl_context=trust, resolved_for_s=0)
    first = await provider.complete(question(model))
    await provider.close()
    second = await provider.complete(question(model))
    await provider.close()

    assert (first.outcome, second.outcome) == (Outcome.ANSWERED, Outcome.ADDRESS)
    assert len(names.asked) == 2
    assert server.connections == 1


async def test_plain_http_is_spoken_to_this_machine_only_whatever_a_name_says(server: ProviderServer) -> None:
    model = model_at(server, "chat", base_url=f"http://localhost:{server.port}/v1")
    for addresses, outcome in ((["127.0.0.1"], Outcome.ANSWERED), (["93.184.216.34"], Outcome.ADDRESS)):
        provider = _provider(model, lookup=Names(addresses))
        response = await provider.complete(question(model))
        await provider.close()
        assert response.outcome is outcome, response.detail


async def test_a_thousand_calls_ask_for_the_name_once(server: ProviderServer) -> None:
    import asyncio  # noqa: PLC0415 - this test alone gathers

    model = model_at(server, "chat", base_url=f"http://localhost:{server.port}/v1")
    names = Names(["127.0.0.1"])
    provider = _provider(model, lookup=names)
    answers = await asyncio.gather(*(provider.complete(question(model, seat_id=str(n))) for n in range(100)))
    await provider.close()

    assert {answer.outcome for answer in answers} == {Outcome.ANSWERED}
    assert names.asked == ["localhost"]


async def test_an_unknown_name_is_a_fault_of_the_network(server: ProviderServer) -> None:
    async def unknown(host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"no {host}")

    model = model_at(server, "chat", base_url="https://gone.example.com/v1", on_this_machine=False)
    provider = _provider(model, lookup=unknown)
    response = await provider.complete(question(model))
    await provider.close()

    assert response.outcome is Outcome.NETWORK
    assert "resolved" in response.detail
