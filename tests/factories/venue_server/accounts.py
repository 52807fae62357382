"""The accounts of a venue: their keys, made from their names, and the books they belong to."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from eth_account import Account

from tests.factories.venue_server.market import Market
from tests.factories.venue_server.truth import Truth

ON_CHAIN = ("aster", "hyperliquid")


@dataclass(frozen=True, slots=True)
class Opened:
    """An account with its book. ``handle`` is what requests name it by: an API key, or an address."""

    name: str
    handle: str
    secret: str
    password: str
    truth: Truth


@lru_cache
def credentials_of(venue: str, account: str, *, as_agent: bool = False) -> dict[str, str]:
    """Return the credential fields of ccxt for an account; the same each time."""
    apiece = {part: _digest(venue, account, part) for part in ("key", "secret", "password")}
    if venue in ON_CHAIN:
        # An agent's key trades for the account without being the account's own.
        agent = _digest(venue, account, "agent")
        address = str(Account.from_key(apiece["secret"]).address)
        return {"walletAddress": address, "privateKey": "0x" + (agent if as_agent else apiece["secret"])}
    made = {"apiKey": apiece["key"], "secret": apiece["secret"]}
    return made | {"password": apiece["password"][:16]} if venue == "weex" else made


def _digest(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


class Accounts:
    """All accounts of one venue."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._by_name: dict[str, Opened] = {}
        self._by_handle: dict[str, Opened] = {}

    def open(self, name: str, wallet: int) -> Opened:
        """Return an account, opened with this wallet if it is new."""
        if name not in self._by_name:
            fields = credentials_of(self.market.venue, name)
            handle = fields.get("apiKey") or fields["walletAddress"].lower()
            secret = fields.get("secret") or fields["privateKey"]
            truth = Truth(self.market, name, wallet)
            opened = Opened(name, handle, secret, fields.get("password", ""), truth)
            self._by_name[name] = self._by_handle[handle] = opened
            if self.market.venue in ON_CHAIN:
                agent = credentials_of(self.market.venue, name, as_agent=True)["privateKey"]
                self._by_handle[str(Account.from_key(agent).address).lower()] = opened
        return self._by_name[name]

    def by_handle(self, handle: str) -> Opened | None:
        """Return the account a request names, if there is one."""
        return self._by_handle.get(handle if handle in self._by_handle else handle.lower())

    def truths(self) -> list[Truth]:
        """Return the books of all accounts."""
        return [opened.truth for opened in self._by_name.values()]
