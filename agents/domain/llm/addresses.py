"""Which addresses a model may be asked at: public ones by https; this machine only where it is meant.

A base URL is read by a grammar of our own, since URL libraries disagree about odd spellings (127.1,
0x7f000001, user@host) and each disagreement is a way around a check. Whatever a name resolves to is checked
again, address by address, when a connection is made: that is what holds against a name that changes.
"""

import ipaddress
import re
from typing import Final, NamedTuple

MAX_URL: Final = 300
"""Longer than every documented base URL (Cloudflare's with account and gateway: about 120)."""

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9._~/-]*)?"
)
_LAST_PORT: Final = 65_535
_LONGEST_NAME: Final = 253
"""Signs of a host name (RFC 1035)."""

_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label of this form makes the whole host a number for some resolvers."""

_INSIDE_NAMES: Final = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")
"""Last labels that no public name has (RFC 6761, 6762, 8375; ICANN's reserved .internal, .home, .corp)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOOPBACK_4: Final = ipaddress.IPv4Network("127.0.0.0/8")
_LOOPBACK_6: Final = ipaddress.IPv6Address("::1")
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out; mapped, translated, local, link and multicast addresses lie outside."""

_DENIED_4: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT; a cloud's metadata service at 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own service address in public space
        "169.254.0.0/16",  # link-local; metadata services at 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF; metadata services at 192.0.0.192, which is_global of Python 3.11 lets pass
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_DENIED_6: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # IETF: Teredo, ORCHID, benchmarks
        "2001:db8::/32",
        "2002::/16",  # 6to4: carries any IPv4 address
        "3fff::/20",
    )
)


class AddressRefusedError(ValueError):
    """An address that may not be asked; the text is one sentence for the operator."""


class Origin(NamedTuple):
    """Scheme, host and port of a base URL. ``host`` stands without brackets."""

    scheme: str
    host: str
    port: int


def check_base_url(url: str, *, on_this_machine: bool = False, allow_loopback: bool = False) -> str:
    """Return the host of a base URL that may be asked; it is what a stored key is bound to.

    ``on_this_machine`` is the catalogue's word, ``allow_loopback`` the operator's: http and loopback
    addresses pass where both hold. Names are not resolved here. Raises AddressRefusedError.
    """
    return read_origin(url, loopback=on_this_machine and allow_loopback).host


def read_origin(url: str, *, loopback: bool) -> Origin:
    """Return where a base URL leads; raises AddressRefusedError for all but the plain spelling."""
    found = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if found is None:
        raise _refused(
            url, "write it as https://name/path: small ASCII letters, no user, query or percent sign"
        )
    scheme, host = found["scheme"], found["host"]
    port = int(found["port"] or (443 if scheme == "https" else 80))
    if not 0 < port <= _LAST_PORT:
        raise _refused(url, "its port is not one of 1 to 65535")
    if ".." in (found["path"] or ""):
        raise _refused(url, "its path climbs upwards")
    literal = _literal(url, host)
    if literal is not None:
        check_address(literal, loopback=loopback)
    else:
        _check_name(url, host, loopback=loopback)
    if scheme == "http" and not (loopback and (literal is not None or host == "localhost")):
        raise _refused(url, "plain http is for models on this machine only; write https")
    if scheme == "http" and literal is not None and not is_loopback(literal):
        raise _refused(url, "plain http is for models on this machine only; write https")
    return Origin(scheme, host.strip("[]"), port)


def check_address(address: Address, *, loopback: bool) -> None:
    """Raise AddressRefusedError unless a connection to this address may be opened."""
    if not is_public(address) and not (loopback and is_loopback(address)):
        raise AddressRefusedError(
            f"the address {address} is not public: it points into this machine or a network behind it; "
            "name a public provider, or a model on this machine by its own kind"
        )


def is_loopback(address: Address) -> bool:
    """Return whether it is this machine itself, by the two plain forms (no mapped or translated one)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address in _LOOPBACK_4
    return address == _LOOPBACK_6


def is_public(address: Address) -> bool:
    """Return whether it is an address of the public internet, by a list of our own on top of Python's."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _DENIED_4)
    plain = address.scope_id is None and address in _GLOBAL_UNICAST
    return plain and not any(address in network for network in _DENIED_6)


def _literal(url: str, host: str) -> Address | None:
    if host.startswith("["):
        try:
            return ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise _refused(url, "the part in brackets is no IPv6 address") from None
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        raise _refused(url, "a host in figures must be four plain decimal numbers") from None


def _check_name(url: str, host: str, *, loopback: bool) -> None:
    if host == "localhost":
        if not loopback:
            raise _refused(url, "it names this machine, which only models on this machine may")
        return
    labels = host.split(".")
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused(url, f"{host} is not a host name (no dot at its end, no empty part)")
    if len(labels) == 1 or labels[-1] in _INSIDE_NAMES:
        raise _refused(url, f"{host} is a name of an inner network")


def _refused(url: str, why: str) -> AddressRefusedError:
    return AddressRefusedError(f"the base URL {url[:MAX_URL]!r} is refused: {why}")
