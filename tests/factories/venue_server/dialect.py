"""What every dialect does: read a request, answer it from the book, say no in the venue's own words."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from tests.factories.venue_server.accounts import Accounts, Opened
from tests.factories.venue_server.records import Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request as it arrived. ``host`` is the venue's, which the client believes it talks to."""

    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a dialect reads it. ``purpose`` is one word for what it is about."""

    call: Call
    purpose: str
    endpoint: str
    params: dict[str, Any]
    opened: Opened | None = None
    signed: bool = False

    @property
    def account(self) -> str:
        """The name of the account it is about; empty where it names none we know."""
        return self.opened.name if self.opened else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: ``body`` is sent as JSON unless it is text already."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        """The bytes of the body."""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


GATEWAY = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
BUSY = {
    502: "502 Bad Gateway",
    503: "503 Service Unavailable",
    429: "429 Too Many Requests",
    418: "418 I'm a teapot",
}


class Dialect(ABC):
    """Base of the venues' dialects."""

    venue = ""
    hosts: tuple[str, ...] = ()
    test_hosts: tuple[str, ...] = ()

    @classmethod
    def tests(cls, call: Call) -> bool:
        """Tell whether a request is for the venue's test net, which has a market and books of its own."""
        return call.host in cls.test_hosts

    def __init__(self, accounts: Accounts) -> None:
        self.accounts, self.market = accounts, accounts.market

    @abstractmethod
    def read(self, call: Call) -> Asked:
        """Tell what a request is about; never raises."""

    @abstractmethod
    def reply(self, asked: Asked, twist: str) -> Reply:
        """Do what is asked; Refusal where the venue says no."""

    @abstractmethod
    def refuse(self, refusal: Refusal) -> Reply:
        """Say no in the venue's words."""

    def unknown(self) -> Reply:
        """Say that the status of the execution is unknown, as far as the venue has words for it."""
        return self.busy(503)

    def busy(self, status: int) -> Reply:
        """Answer by this HTTP status, as a gateway in front of the venue does."""
        headers = {"Retry-After": "1"} if status in (418, 429) else {}
        return Reply(status, GATEWAY.format(BUSY[status]), {"Content-Type": "text/html"} | headers)
