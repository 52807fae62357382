"""Every spelling of an inner address that URL libraries disagree about, refused by one grammar."""

import ipaddress

import pytest

from agents.adapters.llm.transport import Reach, Transport
from agents.domain.llm.addresses import AddressRefusedError, check_address, check_base_url, is_public

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
