"""Names become addresses once, every address is checked, and the checked ones are what is connected to."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

from aiohttp.abc import AbstractResolver, ResolveResult

from agents.domain.llm.addresses import Address, AddressRefusedError, check_address, is_loopback

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""From a name and a port to the addresses it stands for, as text."""


async def look_up(host: str, port: int) -> list[str]:
    """Ask the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedResolver(AbstractResolver):
    """Refuses a name if any one of its addresses may not be asked.

    A name with one public and one inner address is an attack or an accident, and choosing between the two
    would leave the choice to whoever answers for the name. With ``encrypted`` False only loopback passes.
    """

    def __init__(self, lookup: Lookup, *, loopback: bool, encrypted: bool) -> None:
        self._lookup = lookup
        self._loopback = loopback
        self._encrypted = encrypted

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the checked addresses of a name; raises AddressRefusedError, or OSError for no such name."""
        addresses = [self._checked(text) for text in await self._lookup(host, port)]
        if not addresses:
            raise OSError(f"{host} has no address")
        results = [_result(host, port, address) for address in addresses]
        return [found for found in results if family in {socket.AF_UNSPEC, found["family"]}]

    def _checked(self, text: str) -> Address:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise AddressRefusedError(f"a name resolved to {text!r}, which is no address") from None
        check_address(address, loopback=self._loopback)
        if not self._encrypted and not is_loopback(address):
            raise AddressRefusedError(
                f"{address} is not this machine, and only this machine is asked by http"
            )
        return address

    async def close(self) -> None:
        """Hold nothing, so close nothing."""


def _result(host: str, port: int, address: Address) -> ResolveResult:
    return {
        "hostname": host,
        "host": str(address),
        "port": port,
        "family": socket.AF_INET if isinstance(address, ipaddress.IPv4Address) else socket.AF_INET6,
        "proto": 0,
        "flags": socket.AI_NUMERICHOST,
    }
