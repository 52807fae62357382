"""The venue's own book of one account: what is true, whatever a client has been told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.factories.venue_server import checks, matching
from tests.factories.venue_server.figures import SCALE, divide, times
from tests.factories.venue_server.listings import Listing
from tests.factories.venue_server.market import Market
from tests.factories.venue_server.records import Fill, Holding, Income, Order, Refusal, Ticket

LIVE = ("open",)


@dataclass
class Key:
    """What the account's key may do; tests set it."""

    may_trade: bool = True
    may_withdraw: bool = False
    may_transfer: bool = False
    ip_restricted: bool = True
    revoked: bool = False


class Truth:
    """Wallet, positions, orders, fills and income of one account. Figures are integers at 1e-8.

    ``move``, ``fund``, ``external`` and ``deposit`` are for tests; the dialects use the rest.
    """

    def __init__(self, market: Market, account: str, wallet: int) -> None:
        self.market, self.account, self.key = market, account, Key()
        self.wallet = 0
        self.orders: dict[int, Order] = {}
        self.open: dict[int, Order] = {}
        self.by_client: dict[str, list[Order]] = {}
        self.fills: list[Fill] = []
        self.income: list[Income] = []
        self.holdings: dict[str, Holding] = {}
        self.leverage: dict[str, int] = {}
        self.margin_modes: dict[str, str] = {}
        self.dead_man: dict[str, int] = {}
        self.deposit(wallet)
        market.watch(lambda symbol: matching.moved(self, symbol))

    @property
    def positions(self) -> dict[str, int]:
        """Open positions by symbol, signed, at 1e-8; long less short where a venue holds both."""
        with self.market.lock:
            net: dict[str, int] = {}
            for held in self.holdings.values():
                net[held.symbol] = net.get(held.symbol, 0) + held.qty
            return {symbol: qty for symbol, qty in sorted(net.items()) if qty}

    def holding(self, symbol: str, leg: int = 0) -> Holding:
        """Return the position of a symbol, of one leg where a venue holds both; flat where there is none."""
        name = symbol + ("", ":long", ":short")[leg]
        return self.holdings.setdefault(name, Holding(symbol, leg=leg))

    def leverage_of(self, symbol: str) -> int:
        """Return the leverage set for a symbol, or the venue's default."""
        default = min(self.market.rules.leverage, self.market.listings[symbol].max_leverage)
        return self.leverage.get(symbol, default)

    def margin_mode_of(self, symbol: str) -> str:
        """Return 'cross' or 'isolated'."""
        return self.margin_modes.get(symbol, "cross")

    def on_tick(self, listing: Listing, price: int) -> bool:
        """Tell whether a price is on the tick; on chain also five significant digits, or an integer."""
        if self.market.venue != "hyperliquid":
            return price % listing.tick == 0
        digits, finest = len(str(price).rstrip("0")), SCALE // listing.lot
        return price % SCALE == 0 or (digits <= 5 and price % (100 * finest) == 0)

    def available(self) -> int:
        """Return what new orders may bind: wallet and open profit less what positions and orders bind."""
        return self.wallet + self.open_profit() - self.margin_held() - self.margin_of_orders()

    def open_profit(self) -> int:
        """Return the open profit of all positions at the mark."""
        return sum(self.profit_of(held) for held in self.holdings.values())

    def profit_of(self, held: Holding) -> int:
        """Return the open profit of one position at the mark."""
        return matching.profit(held.qty, held.cost, self.market.mark(held.symbol)) if held.qty else 0

    def margin_held(self) -> int:
        """Return the initial margins of the positions."""
        return sum(
            matching.initial_margin(held.cost, self.leverage_of(held.symbol))
            for held in self.holdings.values()
            if held.qty
        )

    def margin_of_orders(self) -> int:
        """Return what resting orders bind that are not reduce-only."""
        resting = (each for each in self.open.values() if not each.ticket.reduce_only and not each.waiting)
        return sum(
            matching.initial_margin(
                times(each.remaining, each.ticket.price or 0, up=True), self.leverage_of(each.ticket.symbol)
            )
            for each in resting
        )

    # ------------------------------------------------------------------ what a client asks for

    def place(self, ticket: Ticket, twist: str = "") -> Order:
        """Take an order, or raise Refusal; market orders and crossing limits fill at once."""
        checks.check(self, ticket)
        order = self._enter(ticket)
        if twist in ("stale_list", "stale_order"):
            order.visible_ms = order.created_ms + round(self.market.stale_s * 1000)
            order.found_ms = order.visible_ms if twist == "stale_order" else 0
        matching.start(self, order, twist)
        return order

    def _enter(self, ticket: Ticket, parent: Order | None = None) -> Order:
        now = self.market.now()
        order = Order(self.market.next_id(), ticket, now, now, parent_id=parent.order_id if parent else None)
        self.orders[order.order_id] = self.open[order.order_id] = order
        self.by_client.setdefault(ticket.client_id, []).append(order)
        return order

    def child_of(self, order: Order) -> Order:
        """Start the order that a triggered one stands for, under an id of the venue's own."""
        kind = "market" if order.ticket.price is None else "limit"
        named = order.ticket.client_id if self.market.rules.child_keeps_id else f"t_{order.order_id}"
        own = replace(order.ticket, kind=kind, trigger=None, callback=None, client_id=named)
        child = self._enter(own, order)
        order.child_id = child.order_id
        return child

    def cancel(self, order: Order) -> None:
        """Cancel an open order, or raise Refusal."""
        if order.state != "open":
            raise Refusal("not_open", str(order.order_id))
        self.end(order, "canceled")

    def end(self, order: Order, state: str) -> None:
        """Close an order in this state."""
        order.state, order.updated_ms = state, self.market.now()
        self.open.pop(order.order_id, None)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set the leverage of a symbol, or raise Refusal."""
        if not 1 <= leverage <= self.market.listing(symbol).max_leverage:
            raise Refusal("leverage")
        if not self.key.may_trade:
            raise Refusal("no_permission")
        self.leverage[symbol] = leverage

    def set_margin_mode(self, symbol: str, mode: str) -> None:
        """Set the margin mode of a symbol, or raise Refusal: unchanged, open orders, open position."""
        self.market.listing(symbol)
        if self.margin_mode_of(symbol) == mode:
            raise Refusal("margin_mode_same")
        if any(order.ticket.symbol == symbol for order in self.open.values()):
            raise Refusal("margin_mode_orders")
        if any(held.qty and held.symbol == symbol for held in self.holdings.values()):
            raise Refusal("margin_mode_position")
        self.margin_modes[symbol] = mode

    # ------------------------------------------------------------------ what is booked

    def book(self, order: Order, qty: int, price: int, *, maker: bool, twist: str = "") -> Fill:
        """Book one execution: position, fee, realised profit, the order's state."""
        ticket, rules = order.ticket, self.market.rules
        notional, now = times(qty, price), self.market.now()
        fee = (
            divide(notional * (rules.maker if maker else rules.taker), SCALE * rules.cent, up=True)
            * rules.cent
        )
        held = self.holding(ticket.symbol, ticket.leg)
        before, realised = held.qty, self._exchange(held, ticket.side * qty, notional, now)
        fill = Fill(
            self.market.next_id(5_000_000_000), order.order_id, ticket.client_id, ticket.symbol, ticket.side,
            qty, price, notional, fee, realised, maker, now, before,
            copies=2 if twist == "duplicate_fill" else 1, scrambled=twist == "out_of_order",
        )  # fmt: skip
        self.fills.append(fill)
        order.filled, order.quote, order.fee = order.filled + qty, order.quote + notional, order.fee + fee
        order.updated_ms = now
        if not order.remaining:
            self.end(order, "filled")
        self._earn("commission", ticket.symbol, -fee, fill.trade_id)
        if realised:
            self._earn("realised", ticket.symbol, realised, fill.trade_id)
        self._end_reduce_only(held)
        return fill

    def _exchange(self, held: Holding, signed: int, notional: int, now: int) -> int:
        """Change a position by a signed quantity; return what closing a part of it has realised."""
        side, qty = (signed > 0) - (signed < 0), abs(signed)
        held.updated_ms = now
        if held.side in (0, side):
            held.qty, held.cost = held.qty + signed, held.cost + notional
            return 0
        closed = min(qty, abs(held.qty))
        freed = held.cost
        if closed < abs(held.qty):  # rounded against the account
            freed = divide(held.cost * closed, abs(held.qty), up=held.side > 0)
        worth = notional if closed == qty else notional * closed // qty
        realised = (worth - freed) * held.side
        held.qty, held.cost = held.qty + side * closed, held.cost - freed
        if qty > closed:
            held.qty, held.cost = side * (qty - closed), notional - worth
        return realised

    def _end_reduce_only(self, held: Holding) -> None:
        if held.qty or not self.market.rules.reduce_only_ends:
            return
        for order in list(self.open.values()):
            plain = order.ticket.reduce_only and not order.waiting and order.remaining != order.ticket.qty
            resting = order.ticket.reduce_only and not order.waiting and order.ticket.price is not None
            same = (order.ticket.symbol, order.ticket.leg) == (held.symbol, held.leg)
            if same and (plain or resting):
                self.end(order, "expired")

    def _earn(self, kind: str, symbol: str, amount: int, trade_id: int | None = None) -> Income:
        self.wallet += amount
        booked_ms, income_id = self.market.now(), self.market.next_id(9_000_000_000)
        income = Income(income_id, kind, symbol, amount, booked_ms, trade_id, after=self.wallet)
        self.income.append(income)
        return income

    # ------------------------------------------------------------------ what a test does to it

    def deposit(self, amount: int) -> None:
        """Bring money in, or take it out."""
        with self.market.lock:
            self._earn("transfer", "", amount)

    def move(self, symbol: str, price: int, mark: int | None = None) -> None:
        """Move the venue's price (for all its accounts): resting orders fill, triggers fire."""
        self.market.move(symbol, price, mark)

    def fund(self, symbol: str, rate: int) -> int:
        """Settle funding on what is held now at a ratio at 1e-8; return the cash, paid if negative."""
        with self.market.lock:
            self.market.run_due()
            self.market.step()
            held = [each for each in self.holdings.values() if each.qty and each.symbol == symbol]
            return sum(self._fund(each, rate) for each in held)

    def _fund(self, held: Holding, rate: int) -> int:
        worth = times(abs(held.qty), self.market.mark(held.symbol))
        amount = divide(-held.side * worth * rate, SCALE, up=False)
        booked = self._earn("funding", held.symbol, amount)
        self.income[-1] = replace(booked, rate=rate, qty=held.qty)
        return amount

    def external(self, symbol: str, side: int, qty: int) -> Order:
        """Trade by hand at the venue, past our client: a market order with a client id of its own."""
        with self.market.lock:
            self.market.run_due()
            client_id = f"web_{self.market.next_id(0)}"
            leg = 0
            if self.market.rules.both_legs:
                leg = -side if self.holding(symbol, -side).qty else side
            order = self._enter(Ticket(symbol, side, qty, "market", client_id, leg=leg))
            matching.take(self, order, self.market.taking_price(symbol, side))
            return order

    def reveal(self) -> None:
        """Let every list show every order from now on."""
        with self.market.lock:
            for order in self.orders.values():
                order.visible_ms = order.found_ms = 0

    def placed(self, client_ids: Iterable[str]) -> dict[str, int]:
        """Return how many orders were placed under each client id: more than one is a doubled order."""
        with self.market.lock:
            return {each: len(self._asked_for(each)) for each in client_ids}

    def _asked_for(self, client_id: str) -> list[Order]:
        return [order for order in self.by_client.get(client_id, []) if order.parent_id is None]

    def fill(self, client_id: str, qty: int, price: int | None = None) -> Fill:
        """Fill a part of a resting order as a maker, at its own price unless told."""
        with self.market.lock:
            order = self.by_client[client_id][-1]
            at = price if price is not None else order.ticket.price or self.market.prices[order.ticket.symbol]
            return self.book(order, min(qty, order.remaining), at, maker=True)
