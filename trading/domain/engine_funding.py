"""Funding of one account: each position pays or receives at each settlement it was open at."""

from collections.abc import Sequence
from dataclasses import replace

from trading.domain.account import CROSS, Account, draw
from trading.domain.account_events import AccountEvent, FundingCharge
from trading.domain.ending import end_orders
from trading.domain.funding import FundingRate, funding_cash
from trading.domain.positions import Position


def charge_funding(account: Account, rates: Sequence[FundingRate]) -> tuple[Account, list[AccountEvent]]:
    """Return the account after settlements of one instant, and the charges: one a position that moved money.

    Held means opened before the instant: a position opened at it neither pays nor receives. What free money
    cannot pay the position's margin does, then (on cross margin) the others', then the insurance. On cross
    margin money set aside for orders pays before the insurance does: they end first, and are told first.
    """
    after, charges = _charge_all(account, rates)
    if account.mode == CROSS and account.resting and any(charge.covered for charge in charges):
        freed, ended = end_orders(account, account.resting, rates[0].market_ms, "insufficient_margin")
        after, charges = _charge_all(freed, rates)
        return after, [*ended, *charges]
    return after, [*charges]


def _charge_all(account: Account, rates: Sequence[FundingRate]) -> tuple[Account, list[FundingCharge]]:
    charges: list[FundingCharge] = []
    for rate in rates:
        position = account.portfolio.position_of(rate.symbol)
        if position is None or position.opened_ms >= rate.market_ms:
            continue
        cash = funding_cash(position.side, position.qty, rate)
        if cash:
            account, charge = _charge(account, position, rate, cash)
            charges.append(charge)
    return account, charges


def _charge(
    account: Account, position: Position, rate: FundingRate, cash: int
) -> tuple[Account, FundingCharge]:
    backing = account.backing_of(position.symbol)
    short = max(0, -cash - account.portfolio.available)
    own = min(short, position.margin)
    drawn = min(short - own, backing.margins)
    covered = short - own - drawn
    amount = cash + covered
    paid = replace(position, margin=position.margin - own, funding=position.funding + amount)
    positions = [paid if held is position else held for held in account.portfolio.positions]
    if drawn:
        others = draw([held for held in positions if held is not paid], drawn)
        positions = sorted([*others, paid], key=lambda held: held.symbol)
    reserved = -own - drawn
    after = account.with_positions(positions, amount - reserved, reserved)
    head = (account.id, position.symbol, position.lifecycle, rate.market_ms, position.side, position.qty)
    return after, FundingCharge(*head, rate.mark, rate.rate, amount, covered, reserved)
