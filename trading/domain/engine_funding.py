"""Funding of one account: each position pays or receives at each settlement it was open at."""

from collections.abc import Sequence
from dataclasses import replace

from trading.domain.account import Account, draw
from trading.domain.account_events import FundingCharge
from trading.domain.funding import FundingRate, funding_cash
from trading.domain.positions import Position


def charge_funding(account: Account, rates: Sequence[FundingRate]) -> tuple[Account, list[FundingCharge]]:
    """Return the account after these settlements and the charges, one a position that moved money.

    Held means opened before the instant: a position opened at it neither pays nor receives. What free money
    cannot pay the position's margin does, then (on cross margin) the others', then the insurance.
    """
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
