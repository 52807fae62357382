"""Binding an account to a real venue: on record, with who and why. It stands switched off until enabled."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.domain.ledger import AVAILABLE, HOUSE, USDT, EntryDraft, Line
from accounts.selectors import balances
from accounts.services import record_entries
from trading import models
from trading.domain.permissions import objection_to, write_permissions
from trading.domain.venue import Permissions, VenueBalance, VenueOrder, VenuePosition
from trading.services.outbox_desk import record_change

PROFILES = ("testnet", "live")


class BindingError(ValueError):
    """An account that cannot be bound or switched: one sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class VenueState:
    """What the venue showed of the account a moment ago, read outside of any transaction."""

    balance: VenueBalance
    positions: Sequence[VenuePosition]
    orders: Sequence[VenueOrder]
    permissions: Permissions
    venue_ms: int


@dataclass(frozen=True, slots=True)
class Binding:
    """What is to be bound, by whom and why. ``waiver``: who answers for permissions nobody can tell."""

    account_id: str
    feed: str
    venue: str
    profile: str
    reason: str
    by: str
    margin_mode: str = "isolated"
    waiver: str = ""


def bind_venue_account(binding: Binding, state: VenueState, deployment: str, wall_ms: int) -> None:
    """Make an account one of a real venue, switched off, with the venue's wallet as its money.

    Raises BindingError: in a paper deployment, for an account or a venue that is not flat, for a key that may
    withdraw, or whose permissions nobody knows and nobody answers for.
    """
    _check(binding, state, deployment)
    with transaction.atomic():
        if models.VenueAccount.objects.filter(account_id=binding.account_id).exists():
            raise BindingError(f"account {binding.account_id} is bound already; bind another one")
        _check_flat(binding.account_id)
        models.VenueAccount.objects.create(
            account_id=binding.account_id,
            feed=binding.feed,
            venue=binding.venue,
            profile=binding.profile,
            margin_mode=binding.margin_mode,
            waiver=binding.waiver[:200],
            permissions=write_permissions(state.permissions),
            probed_wall_ms=wall_ms,
            venue_wallet=state.balance.wallet,
            fills_from_ms=state.venue_ms,
            fills_until_ms=state.venue_ms,
            income_until_ms=state.venue_ms,
            created_wall_ms=wall_ms,
        )
        _bring_wallet(binding, state.balance.wallet, wall_ms)
        where = f"{binding.venue} {binding.profile}"
        record_change("venue", binding.account_id, "paper", where, binding.reason, binding.by, wall_ms)


def _check(binding: Binding, state: VenueState, deployment: str) -> None:
    if deployment == "paper" or binding.profile not in PROFILES:
        raise BindingError(
            f"this deployment is {deployment} and the account would be {binding.profile}; set ARENA_TRADING "
            "to testnet or live, and bind for one of the two"
        )
    if deployment == "testnet" and binding.profile == "live":
        raise BindingError(
            "this deployment is for testnets; an account with real money is bound where it is live"
        )
    if not binding.reason.strip() or not binding.by.strip():
        raise BindingError("binding an account needs a reason and who says so")
    objection = objection_to(state.permissions, has_waiver=bool(binding.waiver.strip()))
    if objection:
        raise BindingError(objection)
    if state.orders or any(position.qty for position in state.positions):
        raise BindingError(
            f"the account at {binding.venue} is not flat; close its positions and orders first"
        )


def _check_flat(account_id: str) -> None:
    if models.Position.objects.filter(account_id=account_id, qty__gt=0).exists():
        raise BindingError(f"account {account_id} holds paper positions; close them before it is bound")
    working = ("intent", "submitting", "unknown", "accepted", "partially_filled", "pending_cancel")
    if models.Order.objects.filter(account_id=account_id, state__in=working).exists():
        raise BindingError(f"account {account_id} has paper orders; cancel them before it is bound")


def _bring_wallet(binding: Binding, wallet: int, wall_ms: int) -> None:
    """Let the account hold what the venue's wallet holds: paper money goes, the difference comes."""
    money = balances([binding.account_id])[binding.account_id]
    if money.reserved:
        raise BindingError(f"account {binding.account_id} has money set aside; release it before it is bound")
    change = wallet - money.available
    if not change:
        return
    lines = (
        Line(binding.account_id, AVAILABLE, USDT, change),
        Line(HOUSE, "deposits", USDT, -change),
    )
    kind = "deposit" if change > 0 else "withdraw"
    record_entries([EntryDraft(f"bind:{binding.account_id}", kind, wall_ms, lines)])
