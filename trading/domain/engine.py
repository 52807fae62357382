"""The paper venue between two decisions: what time does to one account. Pure: no clock, state or chance.

At one moment, in this order: funding; mark and liquidation with the plans of the positions (judged on one way
of the price, trading.domain.exits); orders that wait for a trigger; limits that rest; commands. Then come the
decisions of a round (trading.domain.engine_orders).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from kernel.ids import derive_id
from trading.domain.account import CROSS, Account, PaperRules, book_execution
from trading.domain.account_events import AccountEvent, BookedFill
from trading.domain.ending import PAUSED, RETIRED, end_orders
from trading.domain.engine_cross import cross_breached, cross_liquidation_price, mark_of, next_to_close
from trading.domain.engine_funding import charge_funding
from trading.domain.engine_orders import free_money
from trading.domain.exits import Exit, exit_execution, exit_on, raise_trail, worse_price
from trading.domain.funding import FundingRate
from trading.domain.market import SymbolTick
from trading.domain.positions import Execution, FillEffect, Position, liquidation_price
from trading.domain.resting import RestingOrder, follow, opposes, rest_of_span, resting_fill
from trading.domain.spans import LastPrice, Span

CANCEL: Final = "cancel"
FLATTEN: Final = "flatten"
RETIRE: Final = "retire"
"""Cancels like CANCEL: the account's contestant takes no part any more."""
PAUSE: Final = "pause"
"""Cancels like CANCEL: the account's contestant takes no part for a while."""

_REASONS: Final = {RETIRE: RETIRED, PAUSE: PAUSED}

_NO_EFFECT: Final = FillEffect(None, 0, 0, 0, 0, 0, closed=False, lifecycle=0)


class Moment(NamedTuple):
    """What happens at one market moment: settlements of funding, ways of prices, commands for the account."""

    market_ms: int
    spans: Mapping[str, Span]
    funding: tuple[FundingRate, ...] = ()
    commands: tuple[str, ...] = ()


class Settled(NamedTuple):
    """An account after a stretch of time, and what happened to it in order."""

    account: Account
    events: tuple[AccountEvent, ...]


def settle_account(
    account: Account, moments: Iterable[Moment], rules: PaperRules, before: Mapping[str, LastPrice]
) -> Settled:
    """Return the account after these moments. ``before`` holds the last prices before the first of them.

    With it, settling a stretch is settling its pieces one after the other.
    """
    run = _Run(account, rules, before)
    for moment in moments:
        run.live(moment)
    return Settled(run.account, tuple(run.events))


class _Run:
    """One account on its way through a stretch; everything it is made of is a value."""

    def __init__(self, account: Account, rules: PaperRules, before: Mapping[str, LastPrice]) -> None:
        self.account = account
        self.events: list[AccountEvent] = []
        self._rules = rules
        self._marks = {symbol: last.price for symbol, last in before.items()}
        """The last price seen of each symbol; during a moment its open, then its close."""
        self._spreads = {symbol: last.spread for symbol, last in before.items()}
        self._bests: dict[tuple[str, int], int | None] = {}
        """What the trailing stops followed before this moment, by symbol and number of the trade."""
        self._now = 0
        self._seq = 0

    def live(self, moment: Moment) -> None:
        """Let one moment pass."""
        if moment.market_ms != self._now:
            self._now, self._seq = moment.market_ms, 0
        self.account, charges = charge_funding(self.account, moment.funding)
        self.events.extend(charges)
        self._bests = {(p.symbol, p.lifecycle): p.best for p in self.account.portfolio.positions if p.trail}
        for symbol, span in moment.spans.items():
            self._marks[symbol] = span.part.open
        for symbol in [held.symbol for held in self.account.portfolio.positions]:
            if symbol in moment.spans:
                self._judge(symbol, moment.spans[symbol])
        for symbol, span in moment.spans.items():
            self._marks[symbol] = span.part.close
            self._spreads[symbol] = span.part.spread
        if self.account.mode == CROSS and moment.spans:
            self._check_cross(self._marks)
        self._work_resting(moment.spans)
        for command in moment.commands:
            self._obey(command)

    def _judge(self, symbol: str, span: Span) -> None:
        position = self.account.portfolio.position_of(symbol)
        if position is not None and span.market_ms > position.opened_ms:
            instrument = self._rules.instruments[symbol]
            fired = exit_on(position, span, instrument, self._liquidation_of(position))
            self._act(position, fired, span.part)

    def _act(self, position: Position, fired: Exit | None, part: SymbolTick) -> None:
        if fired is None:
            self._follow(position, part)
        elif fired.kind == "liquidation" and self.account.mode == CROSS:
            self._liquidate_cross({**self._marks, position.symbol: fired.price})
        else:
            self._leave(replace(fired, position=position))

    def _liquidation_of(self, position: Position) -> int | None:
        if self.account.mode == CROSS:
            return cross_liquidation_price(self.account, position, self._marks, self._rules)
        return liquidation_price(position, self._rules.instruments[position.symbol])

    def _follow(self, position: Position, part: SymbolTick) -> None:
        raised = raise_trail(position, part)
        if raised is not position:
            self.account = self.account.with_position(raised)

    def _check_cross(self, marks: Mapping[str, int]) -> None:
        if cross_breached(self.account, marks, self._rules):
            self._liquidate_cross(marks)

    def _liquidate_cross(self, marks: Mapping[str, int]) -> None:
        """Cancel what rests, then close, the largest loss first, until equity is above maintenance."""
        self._cancel(self.account.resting, "liquidation")
        while self.account.portfolio.positions and cross_breached(self.account, marks, self._rules):
            position = next_to_close(self.account, marks, self._rules)
            mark = mark_of(position, marks)
            price = worse_price(position.side, mark, 0, self._tick_of(position.symbol))
            self._leave(Exit(position, "liquidation", price, ambiguous=False))

    def _tick_of(self, symbol: str) -> int:
        return self._rules.instruments[symbol].tick

    def _leave(self, fired: Exit) -> None:
        """Book the exit of a whole position."""
        position = fired.position
        instrument = self._rules.instruments[position.symbol]
        done = exit_execution(fired, instrument, self._now, self._rules.liquidation_fee)
        if fired.kind == "liquidation":
            self._cancel(_of(self.account.resting, position.symbol), "liquidation")
        self._make_room(done)
        order_id = derive_id("order", position.account_id, position.symbol, position.lifecycle, "exit")
        self._book(done, BookedFill(order_id, done, _NO_EFFECT, None, fired.ambiguous, is_plan=True))

    def _make_room(self, done: Execution) -> None:
        """On cross margin money set aside for orders pays before the insurance does: they are cancelled."""
        if self.account.mode == CROSS and book_execution(self.account, done).effect.covered:
            self._cancel(self.account.resting, "insufficient_margin")

    def _book(self, done: Execution, draft: BookedFill) -> None:
        account, before, effect = book_execution(self.account, done)
        self.account = account
        self.events.append(draft._replace(effect=effect, before=before, seq=self._seq))
        self._seq += 1
        if effect.closed:
            self._cancel(_reducing(self.account.resting, done.symbol), "position_closed")

    def _cancel(self, orders: Sequence[RestingOrder], reason: str) -> None:
        self.account, ended = end_orders(self.account, orders, self._now, reason)
        self.events.extend(ended)

    def _work_resting(self, spans: Mapping[str, Span]) -> None:
        for order in sorted(self.account.resting, key=_triggers_first):
            span = spans.get(order.symbol)
            if span is None or span.market_ms <= order.placed_ms or order not in self.account.resting:
                continue
            self._try(order, span)

    def _try(self, order: RestingOrder, span: Span) -> None:
        held = self.account.portfolio.position_of(order.symbol)
        instrument = self._rules.instruments[order.symbol]
        found = resting_fill(order, held, span.part, instrument, self._now)
        if found is None:
            followed = follow(order, span.part)
            self._replace(order, followed)
        elif opposes(order, held):
            self._cancel([order], "nothing_to_reduce" if order.reduce_only else "position_opposite")
        elif not self._can_pay(order, found):
            self._cancel([order], "insufficient_margin")
        else:
            self._fill(order, found, span)

    def _replace(self, order: RestingOrder, followed: RestingOrder) -> None:
        if followed is not order:
            orders = [followed if item is order else item for item in self.account.resting]
            self.account = replace(self.account, resting=tuple(orders))

    def _can_pay(self, order: RestingOrder, done: Execution) -> bool:
        needed = 0 if order.reduce_only else -(-done.notional // done.leverage) + done.fee
        return needed <= free_money(self.account, self._marks) + order.reserved

    def _fill(self, order: RestingOrder, done: Execution, span: Span) -> None:
        left = tuple(item for item in self.account.resting if item is not order)
        book = self.account.portfolio
        freed = replace(self.account, resting=left)
        self.account = freed.with_positions(book.positions, order.reserved, -order.reserved)
        if order.reduce_only:
            self._make_room(done)
        fill = BookedFill(
            order.client_order_id,
            done,
            _NO_EFFECT,
            None,
            fill_key="2" if order.filled else "1",
            maker=order.kind == "limit",
            order_filled=order.filled + done.qty,
            released=order.reserved,
        )
        self._book(done, fill)
        if not order.reduce_only:
            self._judge_rest(order, span)

    def _judge_rest(self, order: RestingOrder, span: Span) -> None:
        """Judge the plans of a position that a limit opened on what is sure to have come after its fill."""
        position = self.account.portfolio.position_of(order.symbol)
        if position is None or order.price is None:
            return
        rest = span._replace(part=rest_of_span(order.side, order.price, span.part))
        # What raised the stop in this span may have come before the fill: that way is judged already.
        best = self._bests.get((position.symbol, position.lifecycle), position.best)
        judged = replace(position, watch=None, best=best)
        instrument = self._rules.instruments[order.symbol]
        fired = exit_on(judged, rest, instrument, self._liquidation_of(position))
        self._act(position, fired, rest.part)

    def _obey(self, command: str) -> None:
        self._cancel(self.account.resting, _REASONS.get(command, "kill_switch"))
        if command != FLATTEN:
            return
        # Nothing stays open: a symbol that the market shows no more leaves at its last price, else its entry.
        for position in self.account.portfolio.positions:
            mark, spread = mark_of(position, self._marks), self._spreads.get(position.symbol, 0)
            price = worse_price(position.side, mark, spread, self._tick_of(position.symbol))
            self._leave(Exit(position, FLATTEN, price, ambiguous=False))


def _of(orders: Iterable[RestingOrder], symbol: str) -> list[RestingOrder]:
    return [order for order in orders if order.symbol == symbol]


def _reducing(orders: Iterable[RestingOrder], symbol: str) -> list[RestingOrder]:
    return [order for order in orders if order.symbol == symbol and order.reduce_only]


def _triggers_first(order: RestingOrder) -> tuple[bool, int, str]:
    return order.kind == "limit", order.placed_ms, order.client_order_id
