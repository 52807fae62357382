"""Fees as the venue charged them: in the money of the account, or in something else, which is flagged."""

from typing import Final

from accounts.domain.ledger import AVAILABLE, HOUSE, USDT, EntryDraft, Line
from accounts.services import record_entries
from kernel.ids import derive_id
from trading import models
from trading.domain.reconciling import FEE
from trading.domain.venue import VenueFill
from trading.services.outbox_desk import Desk, freeze_account

SETTLED_IN: Final = frozenset({"USDT", "USDC", ""})
"""Assets that a venue's perpetuals are settled in; in our books both are one dollar of the account."""


def settled_fee(fill: VenueFill) -> int:
    """Return the fee that the account's own money paid: nothing of one paid in another asset.

    A rebate is no fee: ``book_rebate`` books it.
    """
    return max(0, fill.fee) if fill.fee_asset in SETTLED_IN else 0


def flag_foreign_fee(desk: Desk, fill: VenueFill) -> None:
    """Flag, once an asset, that fees are paid in something our books do not hold; nobody opens until then.

    For the caller's transaction.
    """
    if fill.fee_asset in SETTLED_IN or not fill.fee:
        return
    key = derive_id("mismatch", desk.account_id, FEE, fill.fee_asset)
    _, is_new = models.VenueMismatch.objects.get_or_create(
        id=key,
        defaults={
            "account_id": desk.account_id,
            "kind": FEE,
            "symbol": fill.fee_asset[:20],
            "ours": 0,
            "theirs": fill.fee,
            "found_wall_ms": desk.wall_ms(),
        },
    )
    if is_new:
        reason = f"the venue takes fees in {fill.fee_asset}; pay them in the settlement asset"
        freeze_account(desk.account_id, reason, "reconciliation", desk.wall_ms())


def book_rebate(desk: Desk, order_id: str, fill: VenueFill) -> None:
    """Book what the venue paid for resting: a negative fee. For the caller's transaction."""
    if fill.fee >= 0 or fill.fee_asset not in SETTLED_IN:
        return
    lines = (
        Line(desk.account_id, AVAILABLE, USDT, -fill.fee),
        Line(HOUSE, "fees", USDT, fill.fee),
    )
    record_entries([EntryDraft(f"rebate:{order_id}:{fill.trade_id}", "rebate", fill.executed_ms, lines)])
