"""One account at a venue's own book, without a network: what the live path is tried against.

``TruthVenue`` answers from the book of tests/factories/venue_server (its truth), with the same faults. The
real adapter over the loopback is tried in tests/execution too.
"""

from dataclasses import dataclass
from typing import Any

from accounts.services import AccountDraft, open_accounts
from kernel.ids import derive_id
from kernel.units import SCALE
from tests.factories.truth_venue import Clock, TruthVenue
from tests.factories.venue_server import Truth, VenueServer
from trading.domain.decisions import Action, Decision
from trading.domain.instruments import Instrument
from trading.domain.orders import ApprovedOrder, ProposedOrder, Receipt, Review, approve
from trading.domain.positions import margin_of
from trading.domain.review import ReviewedDecision
from trading.domain.terms import AT_MARKET, Terms
from trading.ports import LiveVenue
from trading.services import DecisionRow, record_decisions, record_intents
from trading.services.outbox_desk import Desk
from trading.services.switch import Turn
from trading.services.switch_venues import enable_venue
from trading.services.venue_books_binding import Binding, VenueState, bind_venue_account

FEED = "live-season"
SYMBOLS = ("BTC", "ETH", "SOL")


@dataclass
class Stage:
    """A bound and enabled account with its desk, its venue's book and both clocks."""

    clock: Clock
    server: VenueServer
    venue: TruthVenue
    desk: Desk
    decided: int = 0

    @property
    def truth(self) -> Truth:
        """The venue's own book."""
        return self.venue.truth

    def decide(  # noqa: PLR0913 - an order has many parts, and a test names the ones it is about
        self,
        symbol: str = "BTC",
        side: int = 1,
        qty: int = SCALE // 10,
        *,
        close: bool = False,
        stop: int | None = None,
        target: int | None = None,
        terms: Terms = AT_MARKET,
        reverse: bool = False,
        watch: Any = None,
        leverage: int = 5,
        trail: int = 0,
    ) -> str:
        """Write an approved decision with its intent, as a round does; return the client order id."""
        self.decided += 1
        turn = derive_id("turn", self.desk.account_id, self.decided)
        decision_id = derive_id("decision", turn, symbol)
        order_id = derive_id("order", decision_id, 1)
        action = Action.CLOSE if close else Action.BUY if side > 0 else Action.SELL
        mark = self.truth.market.mark(symbol)
        notional = qty * mark // SCALE
        proposal = ProposedOrder(
            decision_id, order_id, self.desk.account_id, symbol, action, side, qty, mark, notional, leverage,
            0 if close else margin_of(notional, leverage), close, stop, target, 0, watch, terms, trail,
            reverse,
        )  # fmt: skip
        asked = Decision(
            action, symbol, SCALE // 10, leverage, stop, target, terms=terms, reverse=reverse, watch=watch
        )
        self._record(asked, proposal, turn)
        return order_id

    def _record(self, asked: Decision, proposal: ProposedOrder, turn: str) -> None:
        review = Review(())
        approved = approve(proposal, review, Receipt("not_proven"))
        assert isinstance(approved, ApprovedOrder)
        now = self.clock()
        reviewed = ReviewedDecision(proposal.decision_id, asked, proposal, review, "approved", "")
        record_decisions(FEED, self.decided, now, [DecisionRow(turn, self.desk.account_id, reviewed)])
        record_intents(FEED, [approved], now)


def stage(name: str = "live", *, wallet: int = 10_000 * SCALE) -> Stage:
    """Bind an account to the book of a venue and enable it."""
    clock = Clock()
    server = VenueServer(clock=clock, wallet=wallet)
    venue = TruthVenue(server, account=name)
    return bound_stage(name, clock, server, venue, venue)


def bound_stage(name: str, clock: Clock, server: VenueServer, book: TruthVenue, venue: LiveVenue) -> Stage:
    """Open an account, bind it to a venue and switch it on; ``book`` is the venue's own book of it."""
    account_id = derive_id("account", name)
    open_accounts([AccountDraft(account_id, name, "contestant", None, 0)])
    desk = Desk(
        account_id=account_id,
        feed=FEED,
        venue=venue,
        instruments={symbol: instrument_of(book.truth, symbol) for symbol in SYMBOLS},
        max_lateness_ms=180_000,
        wall_ms=clock,
    )
    state = VenueState(venue.fetch_balance(), (), (), book.fetch_permissions(), clock())
    binding = Binding(account_id, FEED, venue.name, "testnet", "a trial", "operator@example.com")
    clock.sleep(1_000)
    bind_venue_account(binding, state, "testnet", clock())
    turn = Turn(account_id, "enabled", "a trial", "operator@example.com", clock())
    enable_venue(turn, name=name, confirm="", deployment="testnet")
    return Stage(clock, server, book, desk)


def instrument_of(truth: Truth, symbol: str) -> Instrument:
    """Return a symbol of the venue as ours."""
    listed, rules = truth.market.listing(symbol), truth.market.rules
    return Instrument(
        symbol, listed.tick, listed.lot, max(1, listed.min_notional), rules.taker, rules.maker, 500_000, 50
    )
