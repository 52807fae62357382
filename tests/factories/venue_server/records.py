"""What a venue keeps: tickets, orders, fills, income and holdings. Figures at 1e-8, times in UTC ms."""

from dataclasses import dataclass


class Refusal(Exception):  # noqa: N818 - a venue's no is an answer, not a failure
    """The venue's no. ``kind`` is this book's word for it; every dialect has its own code and text."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind, self.detail = kind, detail


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as it is asked for. ``side`` +1 buys, -1 sells; ``callback`` is a trailing ratio.

    ``kind``: 'market', 'limit', 'stop', 'take_profit', 'trailing'. A conditional kind with a ``price``
    becomes a limit order when it triggers, without one a market order. ``tif``: 'gtc', 'ioc', 'fok', 'gtx'.
    ``leg`` is 0 in one-way mode; where both sides are held it is the side of the position that the order
    opens or closes.
    """

    symbol: str
    side: int
    qty: int
    kind: str
    client_id: str
    price: int | None = None
    trigger: int | None = None
    tif: str = "gtc"
    reduce_only: bool = False
    callback: int | None = None
    leg: int = 0

    @property
    def conditional(self) -> bool:
        """True where it waits for a trigger."""
        return self.kind in ("stop", "take_profit", "trailing")


@dataclass(slots=True)
class Order:
    """An order in the book. ``state``: 'open', 'filled', 'canceled', 'expired', 'triggered'.

    ``visible_ms`` is when the lists begin to show it, ``found_ms`` when it can be looked up by an id.
    ``child_id`` is the order a triggered one has started, where the venue does that.
    """

    order_id: int
    ticket: Ticket
    created_ms: int
    updated_ms: int
    state: str = "open"
    filled: int = 0
    quote: int = 0
    visible_ms: int = 0
    found_ms: int = 0
    triggered: bool = False
    best: int | None = None
    child_id: int | None = None
    parent_id: int | None = None
    fee: int = 0

    @property
    def remaining(self) -> int:
        """What is not filled."""
        return self.ticket.qty - self.filled

    @property
    def average(self) -> int:
        """The average price of its fills; 0 without any."""
        return self.quote * 100_000_000 // self.filled if self.filled else 0

    @property
    def waiting(self) -> bool:
        """True for a conditional order whose trigger has not been reached."""
        return self.ticket.conditional and not self.triggered


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution. ``fee`` is paid; ``realised`` is profit before fees; ``before`` the position before it.

    ``copies`` is how often the lists show it, ``scrambled`` whether they show an order's fills backwards.
    """

    trade_id: int
    order_id: int
    client_id: str
    symbol: str
    side: int
    qty: int
    price: int
    notional: int
    fee: int
    realised: int
    maker: bool
    time_ms: int
    before: int
    copies: int = 1
    scrambled: bool = False


@dataclass(frozen=True, slots=True)
class Income:
    """A movement of money: 'funding', 'commission', 'realised' or 'transfer'; funding has rate, qty."""

    income_id: int
    kind: str
    symbol: str
    amount: int
    time_ms: int
    trade_id: int | None = None
    rate: int = 0
    qty: int = 0
    after: int = 0


@dataclass(slots=True)
class Holding:
    """A position: signed ``qty``, ``cost`` is the notional of its entry."""

    symbol: str
    qty: int = 0
    cost: int = 0
    updated_ms: int = 0
    leg: int = 0

    @property
    def side(self) -> int:
        """+1, -1 or 0."""
        return (self.qty > 0) - (self.qty < 0)

    @property
    def entry(self) -> int:
        """The average entry price; 0 when flat."""
        return self.cost * 100_000_000 // abs(self.qty) if self.qty else 0
