"""A venue's own book as a LiveVenue, without a network: every answer is the truth unless a fault is due."""

from dataclasses import dataclass, field
from typing import Any

from tests.factories.venue_server import Order, Refusal, Ticket, Truth, VenueServer
from trading.domain.orders import ApprovedOrder
from trading.domain.venue import (
    Acknowledged,
    Permissions,
    Refused,
    SubmitOutcome,
    Unclear,
    VenueBalance,
    VenueFill,
    VenueIncome,
    VenueOrder,
    VenuePosition,
)
from trading.ports import VenueUnavailableError

START_MS = 1_760_000_000_000
LOST = {"lose_answer", "unknown_done", "http_502_done", "http_503_done", "garbled_done", "slow_answer"}


class Killed(BaseException):
    """The process ends here: no handler of ours may see it."""


@dataclass
class Clock:
    """A wall clock that a test turns."""

    ms: int = START_MS

    def __call__(self) -> int:
        """Return the time."""
        return self.ms

    def sleep(self, ms: int) -> None:
        """Let time pass."""
        self.ms += ms


@dataclass
class TruthVenue:
    """A venue's own book as a LiveVenue. ``die_after`` and ``die_before`` end the process around a submit."""

    server: VenueServer
    venue: str = "binanceusdm"
    account: str = "main"
    die_before: int = 0
    die_after: int = 0
    is_down: bool = False
    fee_asset: str = "USDT"
    submits: list[str] = field(default_factory=list)
    dead_man: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The venue's key."""
        return self.venue

    @property
    def truth(self) -> Truth:
        """The account's own book."""
        return self.server.truth(self.venue, self.account)

    def _look(self) -> Truth:
        if self.is_down:
            raise VenueUnavailableError("no answer")
        self.truth.market.run_due()
        return self.truth

    def prepare(self, symbol: str, leverage: int, margin_mode: str) -> None:  # noqa: ARG002 - the protocol's
        """Set the leverage."""
        self._look().set_leverage(symbol, leverage)

    @property
    def window_ms(self) -> int:
        """How long a signed order is taken."""
        return 5_000

    def check(self, *_order: Any) -> None:
        """Find nothing wrong beforehand: the book refuses what it does not take."""

    def submit(
        self,
        order: ApprovedOrder,
        kind: str,
        price: int | None,
        trigger: int | None,
        signed_ms: int | None = None,
    ) -> SubmitOutcome:
        """Place an order in the book, with the fault that is due; one that comes late is refused."""
        asked = order.order
        if self._dies("die_before"):
            raise Killed
        self.submits.append(asked.client_order_id)
        if signed_ms is not None and self.server.now() - self.server.skew_ms > signed_ms + self.window_ms:
            return Refused("outside_window", "Timestamp for this request is outside of the recvWindow.")
        fault = self.server.faults.draw(self.venue, "order")
        if self.is_down or fault.kind in {"http_429", "http_418"}:
            return Unclear("no connection", sent=False)
        ticket = Ticket(
            asked.symbol, asked.side, asked.qty, kind, asked.client_order_id, price, trigger,
            asked.terms.time_in_force if kind == "limit" else "gtc", asked.reduce_only,
        )  # fmt: skip
        outcome = self._place(ticket, fault.kind) if fault.done else Unclear("timed out")
        if self._dies("die_after"):
            raise Killed
        return Unclear("timed out") if fault.kind in LOST else outcome

    def _dies(self, when: str) -> bool:
        left = getattr(self, when)
        setattr(self, when, max(0, left - 1))
        return bool(left == 1)

    def _place(self, ticket: Ticket, twist: str) -> SubmitOutcome:
        self.truth.market.run_due()
        try:
            order = self.truth.place(ticket, twist)
        except Refusal as refusal:
            return Refused(refusal.kind, str(refusal))
        return Acknowledged(str(order.order_id), "accepted" if order.state == "open" else order.state)

    def cancel(self, order: VenueOrder) -> SubmitOutcome:
        """Cancel in the book."""
        if self.is_down:
            return Unclear("no connection", sent=False)
        try:
            self.truth.cancel(self.truth.orders[int(order.venue_order_id)])
        except (Refusal, KeyError, ValueError) as refusal:
            return Refused("not_found", str(refusal))
        return Acknowledged(order.venue_order_id, "canceled")

    def find_order(self, client_order_id: str, symbol: str, since_ms: int) -> VenueOrder | None:  # noqa: ARG002 - the protocol's
        """Look an order up by its client id, and go on to the one it started."""
        truth = self._look()
        placed = truth.by_client.get(client_order_id, [])
        if not placed or placed[-1].found_ms > truth.market.now():
            return None
        return self._shown(placed[-1])

    def _shown(self, order: Order) -> VenueOrder:
        acting = self.truth.orders[order.child_id] if order.child_id else order
        ticket = order.ticket
        state = "accepted" if acting.state == "open" else acting.state
        return VenueOrder(
            ticket.client_id, str(acting.order_id), ticket.symbol, ticket.side, ticket.qty, acting.filled,
            state, ticket.reduce_only, ticket.kind, ticket.price, ticket.trigger, acting.updated_ms,
        )  # fmt: skip

    def fetch_open_orders(self, symbols: tuple[str, ...]) -> tuple[VenueOrder, ...]:
        """Return what is open and shown by now."""
        truth = self._look()
        now = truth.market.now()
        shown = [each for each in truth.open.values() if each.visible_ms <= now and not each.parent_id]
        return tuple(self._shown(each) for each in shown if each.ticket.symbol in symbols)

    def fetch_fills(self, symbols: tuple[str, ...], since_ms: int) -> tuple[VenueFill, ...]:
        """Return executions, some of them twice or backwards."""
        truth, found = self._look(), []
        for each in truth.fills:
            if each.time_ms < since_ms or each.symbol not in symbols:
                continue
            told = VenueFill(
                str(each.trade_id), str(each.order_id), "", each.symbol, each.side, each.qty, each.price,
                each.fee, self.fee_asset, each.maker, each.time_ms,
            )  # fmt: skip
            found += [told] * each.copies
        return tuple(reversed(found)) if any(each.scrambled for each in truth.fills[-2:]) else tuple(found)

    def fetch_positions(self) -> tuple[VenuePosition, ...]:
        """Return open positions."""
        truth = self._look()
        return tuple(
            VenuePosition(held.symbol, held.qty, held.entry, truth.leverage_of(held.symbol), "isolated")
            for held in truth.holdings.values()
            if held.qty
        )

    def fetch_balance(self) -> VenueBalance:
        """Return the wallet."""
        truth = self._look()
        return VenueBalance("USDT", truth.wallet, truth.available())

    def fetch_income(self, since_ms: int) -> tuple[VenueIncome, ...]:
        """Return movements that are no trades."""
        kinds = {"funding", "transfer"}
        return tuple(
            VenueIncome(str(each.income_id), each.kind, each.symbol, "USDT", each.amount, each.time_ms)
            for each in self._look().income
            if each.kind in kinds and each.time_ms >= since_ms
        )

    def fetch_permissions(self) -> Permissions:
        """Return what the key may do."""
        key = self.truth.key
        return Permissions(key.may_trade, key.may_withdraw, key.may_transfer, key.ip_restricted)

    def hold_dead_man(self, timeout_ms: int) -> bool:
        """Remember what was asked."""
        self.dead_man.append(timeout_ms)
        return True

    def fetch_time(self) -> int:
        """Return the venue's clock."""
        return self._look().market.now()
