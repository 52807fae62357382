"""A season's approved decisions, played again by the paper engine in memory."""

from dataclasses import replace

from arena.models import Contestant, Round, Turn
from arena.selectors.roster import season_facts
from arena.services.settlement_moments import moments_of, read_stretch
from trading import selectors as trading
from trading.domain.account import Account, PaperRules
from trading.domain.account_events import AccountEvent
from trading.domain.ending import replace_waiting
from trading.domain.engine import settle_account
from trading.domain.engine_orders import execute_order, legs_of, number_fills
from trading.domain.market import ExecutionBook, OrderBook
from trading.domain.orders import ApprovedOrder, Receipt, approve
from trading.domain.positions import Portfolio
from trading.domain.spans import LastPrice
from trading.selectors import StoredDecision


class EngineSeason:
    """Accounts that begin with the season's capital and live through what was recorded of its market."""

    def __init__(self, season_id: str) -> None:
        facts = season_facts(season_id)
        book = trading.rule_book(facts.rulebook_sha256)
        self._season = season_id
        self._rules = PaperRules(trading.instruments(season_id), book.liquidation_fee)
        rows = Contestant.objects.filter(season_id=season_id).values_list("account_id", flat=True)
        self.accounts = {
            name: Account(Portfolio(name, facts.starting_capital, 0), mode=book.margin_mode) for name in rows
        }
        self.events: dict[str, list[AccountEvent]] = {name: [] for name in self.accounts}
        first = Round.objects.filter(season_id=season_id).order_by("number").first()
        assert first is not None
        self._cursor = first.market_ms
        self._seen: dict[str, LastPrice] = {}

    def play(self) -> None:
        """Play every closed round: the time up to its book, then its orders."""
        for row in Round.objects.filter(season_id=self._season, stage="closed").order_by("number"):
            self._settle(row.market_ms)
            if row.book_sha256:
                book = trading.execution_book(row.book_sha256)
                self._settle(book.market_ms)
                self._execute(book, trading.stored_decisions(self._season, row.market_ms))

    def _settle(self, until_ms: int) -> None:
        season = replace(season_facts(self._season), settled_ms=self._cursor)
        stretch = read_stretch(season, until_ms, funded=True)
        if stretch is None:
            return
        moments = moments_of(stretch, "", self._seen)
        for name, account in self.accounts.items():
            self.accounts[name], events = settle_account(account, moments, self._rules, self._seen)
            self.events[name].extend(events)
        for tick in stretch.ticks:
            self._seen |= {
                part.symbol: LastPrice(tick.market_ms, part.close, part.spread) for part in tick.symbols
            }
        self._cursor = stretch.reached_ms

    def _execute(self, book: ExecutionBook, decisions: list[StoredDecision]) -> None:
        turns = Turn.objects.filter(contestant__season_id=self._season)
        owners = dict(turns.values_list("id", "contestant__account_id"))
        for name in self.accounts:
            approved = [
                item for item in decisions if item.outcome == "approved" and owners[item.turn_id] == name
            ]
            self._execute_one(name, book, sorted(approved, key=_closes_first))

    def _execute_one(self, name: str, book: ExecutionBook, decisions: list[StoredDecision]) -> None:
        books: dict[str, OrderBook | None] = dict(book.books)
        caused: list[AccountEvent] = []
        for item in decisions:
            symbol = item.symbol
            if item.proposal is None:
                self.accounts[name], ended = replace_waiting(self.accounts[name], symbol, book.market_ms)
                caused.extend(ended)
                continue
            instrument = self._rules.instruments[symbol]
            for leg in legs_of(item.proposal, self.accounts[name].portfolio.position_of(symbol)):
                order = approve(leg, item.review, Receipt("not_proven"))
                assert isinstance(order, ApprovedOrder)
                account = self.accounts[name]
                done = execute_order(account, order, books[symbol], book.marks, instrument, book.market_ms)
                self.accounts[name], books[symbol] = done.account, done.book
                caused.extend(done.events)
        self.events[name].extend(number_fills(caused))


def _closes_first(item: StoredDecision) -> tuple[bool, str]:
    is_close = item.proposal is None or item.proposal.reduce_only
    return not is_close, item.symbol
