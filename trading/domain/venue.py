"""What a real venue says, in our words. Figures are integers at 1e-8; times are the venue's, in UTC ms."""

from dataclasses import dataclass
from typing import NamedTuple


class Acknowledged(NamedTuple):
    """The venue has the order. ``state`` is one of trading.domain.order_states."""

    venue_order_id: str
    state: str


class Refused(NamedTuple):
    """The venue has said no: nothing of the order exists there. ``code`` is ours, ``text`` the venue's."""

    code: str
    text: str


class Unclear(NamedTuple):
    """Nobody knows whether the venue has the order: a time-out, a 5xx, an answer that cannot be read.

    ``sent`` is False only where it is proven that no byte of the order left this process.
    """

    reason: str
    sent: bool = True


SubmitOutcome = Acknowledged | Refused | Unclear


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as the venue shows it. ``client_order_id`` is ours again, not the venue's rendering of it."""

    client_order_id: str
    venue_order_id: str
    symbol: str
    side: int
    qty: int
    filled: int
    state: str
    reduce_only: bool
    kind: str
    """'market', 'limit', 'stop', 'take_profit' or 'trailing'."""
    price: int | None
    trigger: int | None
    updated_ms: int


@dataclass(frozen=True, slots=True)
class VenueFill:
    """One execution. ``trade_id`` is unique at the venue; ``fee`` > 0 is paid, in ``fee_asset``."""

    trade_id: str
    venue_order_id: str
    client_order_id: str
    """Ours where the venue tells it with the fill; empty otherwise."""
    symbol: str
    side: int
    qty: int
    price: int
    fee: int
    fee_asset: str
    maker: bool
    executed_ms: int


class VenuePosition(NamedTuple):
    """A position at the venue: ``qty`` is signed; prices are None where it is silent."""

    symbol: str
    qty: int
    entry_price: int
    leverage: int
    margin_mode: str
    mark: int | None = None
    liquidation_price: int | None = None


class VenueBalance(NamedTuple):
    """Money at the venue in its settlement asset: the wallet without open profit, and what is free."""

    asset: str
    wallet: int
    free: int


class VenueIncome(NamedTuple):
    """A movement of money that is no trade. ``kind``: 'funding', 'fee', 'transfer', 'insurance', 'other'."""

    income_id: str
    kind: str
    symbol: str
    asset: str
    amount: int
    booked_ms: int


class Permissions(NamedTuple):
    """What a key may do. None where the venue has no way to tell."""

    trade: bool | None
    withdraw: bool | None
    transfer: bool | None
    ip_restricted: bool | None
