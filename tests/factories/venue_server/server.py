"""The venue server: real clients log in, trade, lose answers and recover, and never leave this machine."""

import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from requests.adapters import HTTPAdapter

from tests.factories.venue_server.accounts import Accounts, credentials_of
from tests.factories.venue_server.dialect import Asked, Call, Dialect, Reply
from tests.factories.venue_server.dialects import DIALECTS
from tests.factories.venue_server.faults import NONE, Fault, Faults
from tests.factories.venue_server.figures import SCALE
from tests.factories.venue_server.market import Market
from tests.factories.venue_server.records import Refusal
from tests.factories.venue_server.truth import Truth
from tests.factories.venue_server.wire import Listener, Redirect

SECRETS = {"signature", "apiKey"}
TEST_NET = ":test"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it was seen. ``status`` is the answer's, 0 where there was none."""

    venue: str
    method: str
    host: str
    path: str
    purpose: str
    signed: bool
    params: dict[str, Any]
    account: str
    fault: str
    status: int


class VenueServer:
    """Four venues on 127.0.0.1 until the block ends, each with its own market and its own books.

    ``requests`` lists every request in the order of its answer; ``failures`` what this server itself could
    not do: raised at the end of the block. A host that is no venue's gets a 404 and is listed with an empty
    venue: a client has asked for something nobody meant it to ask for. A venue's test net is a venue of its
    own by the name of "hyperliquid:test", with the same keys.
    """

    def __init__(self, *, clock: Callable[[], int] | None = None, wallet: int = 10_000 * SCALE) -> None:
        self._clock = clock or (lambda: time.time_ns() // 1_000_000)
        self.lock = threading.RLock()
        self.skew_ms = 0
        self.faults = Faults()
        self.requests: list[Request] = []
        self.failures: list[str] = []
        self._wallet, self._busy, self._calm = wallet, 0, threading.Condition()
        self._dialects: dict[str, Dialect] = {}
        self._adapters: list[HTTPAdapter] = []
        for made in DIALECTS:
            for net in ("", TEST_NET):
                market = Market(made.venue, self.now, self.lock)
                self._dialects[made.venue + net] = made(Accounts(market))
        self._by_host = {host: made for made in DIALECTS for host in (*made.hosts, *made.test_hosts)}

    def now(self) -> int:
        """Return the venues' clock: ours, moved by ``skew_ms``."""
        return self._clock() + self.skew_ms

    def __enter__(self) -> Self:
        self._listener = Listener(self._serve)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        for adapter in self._adapters:
            adapter.close()
        self._listener.stop()
        if self.failures and kind is None:
            raise RuntimeError("the venue server has failed:\n" + "\n".join(self.failures))

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._listener.port

    def adapter(self) -> HTTPAdapter:
        """Return a transport that ends here whatever host it is asked for."""
        self._adapters.append(Redirect(self.port))
        return self._adapters[-1]

    def mount(self, exchange: Any) -> None:
        """Lead a synchronous ccxt client here; its addresses, and so its classes of errors, stay its own."""
        for scheme in ("https://", "http://"):
            exchange.session.mount(scheme, self.adapter())

    def market(self, venue: str) -> Market:
        """Return the market that all accounts of a venue share."""
        return self._dialects[venue].market

    def truth(self, venue: str, account: str = "main", wallet: int | None = None) -> Truth:
        """Return the book of an account, opened with this wallet (10,000 unless told) if it is new."""
        with self.lock:
            money = self._wallet if wallet is None else wallet
            return self._dialects[venue].accounts.open(account, money).truth

    def credentials(self, venue: str, account: str = "main", *, agent: bool = False) -> dict[str, str]:
        """Return the fields with which a client logs in as an account, which is opened if it is new.

        On chain an ``agent`` has a key of its own that trades for the account's address.
        """
        self.truth(venue, account)
        return dict(credentials_of(venue.removesuffix(TEST_NET), account, as_agent=agent))

    def settle(self) -> None:
        """Let everything happen that was still to happen: late fills; and let the lists show every order."""
        for dialect in self._dialects.values():
            dialect.market.run_due(everything=True)
            for truth in dialect.accounts.truths():
                truth.reveal()

    def wait_idle(self, timeout_s: float = 10.0) -> None:
        """Wait until no request is being worked on: whatever a client has given up on has then arrived."""
        with self._calm:
            if not self._calm.wait_for(lambda: not self._busy, timeout_s):
                raise TimeoutError(f"{self._busy} requests are still being worked on")

    def counts(self, venue: str) -> Counter[str]:
        """Return how many requests of each purpose a venue has seen."""
        return Counter(each.purpose for each in self.requests if each.venue == venue)

    def order_requests(self, venue: str) -> list[Request]:
        """Return the requests that ask for an order to be placed."""
        return [each for each in self.requests if each.venue == venue and each.purpose == "order"]

    # ------------------------------------------------------------------ one request

    def _serve(self, call: Call) -> Reply | None:
        with self._calm:
            self._busy += 1
        try:
            return self._served(call)
        except Exception:  # noqa: BLE001 - the server's own failure must not pass for a venue's silence
            self.failures.append(f"{call.method} {call.path}: {traceback.format_exc()}")
            return Reply(500, {"msg": "the venue server has failed, see its failures"})
        finally:
            with self._calm:
                self._busy -= 1
                self._calm.notify_all()

    def _served(self, call: Call) -> Reply | None:
        known = self._by_host.get(call.host)
        if known is None:
            self._log("", Asked(call, "elsewhere", call.path, {}), NONE, Reply(404, {}))
            return Reply(404, {"msg": f"nobody serves {call.host} here"})
        venue = known.venue + (TEST_NET if known.tests(call) else "")
        dialect = self._dialects[venue]
        with self.lock:
            asked = dialect.read(call)
            fault = self.faults.draw(venue, asked.purpose)
        if fault.kind == "slow_request":
            time.sleep(fault.seconds)
        reply = self._answered(dialect, asked, fault)
        self._log(venue, asked, fault, reply)
        if fault.kind == "slow_answer":
            time.sleep(fault.seconds)
        return reply

    def _answered(self, dialect: Dialect, asked: Asked, fault: Fault) -> Reply | None:
        """Do what is asked unless the fault forbids it; return what the client gets to see."""
        reply = self._done(dialect, asked, fault) if fault.done else Reply(200, {})
        word = fault.kind
        if word.startswith("http_"):
            return dialect.busy(int(word.split("_")[1]))
        if word.startswith("unknown_"):
            return dialect.unknown()
        if word.startswith("garbled_"):
            return Reply(200, '{"orderId": 80000', {"Content-Type": "text/html"})
        return None if word.startswith("lose_") else reply

    def _done(self, dialect: Dialect, asked: Asked, fault: Fault) -> Reply:
        with self.lock:
            dialect.market.run_due()
            try:
                reply = dialect.reply(asked, fault.kind if fault.of_the_book else "")
            except Refusal as refusal:
                return dialect.refuse(refusal)
            if fault.kind == "external_fill" and asked.opened is not None:
                self._trade_by_hand(asked.opened.truth)
            return reply

    @staticmethod
    def _trade_by_hand(truth: Truth) -> None:
        """Let somebody buy the smallest lot of what was traded last."""
        order = next(reversed(truth.orders.values()))
        truth.external(order.ticket.symbol, 1, truth.market.listing(order.ticket.symbol).lot)

    def _log(self, venue: str, asked: Asked, fault: Fault, reply: Reply | None) -> None:
        call = asked.call
        shown = {name: value for name, value in asked.params.items() if name not in SECRETS}
        status = reply.status if reply is not None else 0
        self.requests.append(
            Request(
                venue, call.method, call.host, call.path, asked.purpose, asked.signed, shown, asked.account,
                fault.kind, status,
            )
        )  # fmt: skip
