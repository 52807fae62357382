"""Base URLs that point inside, names that resolve inside, redirects: refused before any socket is opened."""

import ipaddress
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
from agents.adapters.llm.transport import Reach, Transport
from agents.domain.llm.addresses import AddressRefusedError, check_address, check_base_url, is_public
from agents.domain.llm.exchange import ModelRef, Outcome
from tests.factories import provider_steps as steps
from tests.factories.model_calls import DIALECTS, KEY, ask, model_at, question
from tests.factories.provider_server import ProviderServer

INSIDE = [
    "https://127.0.0.1/v1",
    "https://127.1/v1",
    "https://0/v1",
    "https://0.0.0.0/v1",
    "https://2130706433/v1",
    "https://0x7f000001/v1",
    "https://0x7f.0.0.1/v1",
    "https://017700000001/v1",
    "https://0177.0.0.1/v1",
    "https://127.0.0.1./v1",
    "https://[::1]/v1",
    "https://[::]/v1",
    "https://[::ffff:127.0.0.1]/v1",
    "https://[::ffff:7f00:1]/v1",
    "https://[::127.0.0.1]/v1",
    "https://[64:ff9b::7f00:1]/v1",
    "https://[2002:7f00:1::]/v1",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/v1",
    "https://[fe80::1%25eth0]/v1",
    "https://[fe80::1]/v1",
    "https://[fd00:ec2::254]/v1",
    "https://169.254.169.254/latest",
    "https://100.100.100.200/latest",
    "https://168.63.129.16/machine",
    "https://192.0.0.192/latest",
    "https://10.0.0.1/v1",
    "https://172.16.0.1/v1",
    "https://192.168.1.1/v1",
    "https://224.0.0.1/v1",
    "https://255.255.255.255/v1",
    "https://localhost/v1",
    "https://localhost./v1",
    "https://LOCALHOST/v1",
    "https://api.localhost/v1",
    "https://metadata.google.internal/v1",
    "https://printer.local/v1",
    "https://intranet/v1",
    "https://user@127.0.0.1/v1",
    "https://api.openai.com@127.0.0.1/v1",
    "https://user:word@api.openai.com/v1",
    "https://127.0.0.1#@api.openai.com/v1",
    "https://127.0.0.1\\@api.openai.com/v1",
    "https://api.openai.com%2f@127.0.0.1/v1",
    "https://%31%32%37.0.0.1/v1",
    "https://１２７.0.0.1/v1",  # noqa: RUF001 - digits of full width are the point
    "https://ⓛocalhost/v1",
    "https://127。0。0。1/v1",
    "https://api.openai.com:0/v1",
    "https://api.openai.com:99999/v1",
    "https://api.openai.com/../v1",
    "https://api..openai.com/v1",
    "https:///v1",
    "https://",
    "//127.0.0.1/v1",
    "http://api.openai.com/v1",
    "http+unix://%2fvar%2frun%2fdocker.sock/v1",
    "unix:/var/run/docker.sock",
    "file:///etc/passwd",
    "ftp://api.openai.com/v1",
    "gopher://127.0.0.1:70/_",
    " https://api.openai.com/v1",
    "https://api.openai.com/v1\n",
    "https://api.openai.com/v1\r\nhost: 127.0.0.1",
    "https://api.openai.com/v1?to=127.0.0.1",
    "",
    "https://" + "a" * 300 + ".com/v1",
]


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


@pytest.mark.parametrize("url", INSIDE)
def test_a_base_url_that_is_not_plainly_public_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        check_base_url(url)

    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize("url", INSIDE)
def test_no_transport_can_even_be_made_for_it(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        Transport(Reach(url))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.openai.com/v1", "api.openai.com"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "generativelanguage.googleapis.com"),
        ("https://gateway.ai.cloudflare.com/v1/0a1b/my-gate_way~1/compat", "gateway.ai.cloudflare.com"),
        ("https://xn--mnchen-3ya.example.com:8443", "xn--mnchen-3ya.example.com"),
        ("https://1.1.1.1/v1", "1.1.1.1"),
        ("https://[2606:4700:4700::1111]/v1", "2606:4700:4700::1111"),
    ],
)
def test_a_public_base_url_gives_its_host(url: str, host: str) -> None:
    assert check_base_url(url) == host


LOCAL = [
    "http://127.0.0.1:11434/v1",
    "http://localhost:8000/v1",
    "http://[::1]:8080/v1",
    "https://127.0.0.1/v1",
]


@pytest.mark.parametrize("url", LOCAL)
def test_this_machine_is_asked_only_where_catalogue_and_operator_both_mean_it(url: str) -> None:
    assert check_base_url(url, on_this_machine=True, allow_loopback=True)
    for machine, operator in ((True, False), (False, True), (False, False)):
        with pytest.raises(AddressRefusedError):
            check_base_url(url, on_this_machine=machine, allow_loopback=operator)


@pytest.mark.parametrize(
    "url",
    ["http://192.168.1.10:11434/v1", "http://169.254.169.254/", "http://1.1.1.1/v1", "http://a.example/v1"],
)
def test_meaning_this_machine_opens_no_other_address(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_base_url(url, on_this_machine=True, allow_loopback=True)


INNER = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32"),
    *("2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]


def test_no_address_of_an_inner_network_is_taken_for_public() -> None:
    for network in map(ipaddress.ip_network, INNER):
        for address in (network[0], network[1], network[network.num_addresses // 2], network[-1]):
            assert not is_public(address), address
            with pytest.raises(AddressRefusedError):
                check_address(address, loopback=False)
    assert is_public(ipaddress.ip_address("8.8.8.8"))
    assert is_public(ipaddress.ip_address("2a00:1450:4001:80b::200e"))


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
