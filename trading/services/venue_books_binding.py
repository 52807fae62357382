"""Binding an account to a real venue, and its own switch: each on record, with who and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.domain.ledger import AVAILABLE, HOUSE, USDT, EntryDraft, Line
from accounts.selectors import balances
from accounts.services import record_entries
from trading import models
from trading.domain.venue import Permissions, VenueBalance, VenueOrder, VenuePosition
from trading.services.outbox_desk import lock_account, record_change

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
            permissions=describe_permissions(state.permissions),
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
    _check_key(binding, state.permissions)
    if state.orders or any(position.qty for position in state.positions):
        raise BindingError(
            f"the account at {binding.venue} is not flat; close its positions and orders first"
        )


def _check_key(binding: Binding, permissions: Permissions) -> None:
    if permissions.withdraw or permissions.transfer:
        raise BindingError("this key may move money out of the venue; make one that may only trade")
    if permissions.trade is False:
        raise BindingError("this key may not trade; allow futures trading for it at the venue")
    if permissions.withdraw is None and not binding.waiver.strip():
        raise BindingError(
            f"{binding.venue} does not tell whether this key may withdraw; look there, and name who answers"
        )


def describe_permissions(found: Permissions) -> str:
    """Return 'trade:1 withdraw:0 transfer:? ip:1'."""
    names = ("trade", "withdraw", "transfer", "ip")
    return " ".join(
        f"{name}:{'?' if value is None else int(value)}" for name, value in zip(names, found, strict=True)
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


def switch_venue_account(account_id: str, *, enabled: bool, reason: str, by: str, wall_ms: int) -> None:
    """Turn an account's own switch; raises BindingError. Off, it opens nothing; reducing stays possible."""
    if not reason.strip() or not by.strip():
        raise BindingError("switching an account needs a reason and who says so")
    with transaction.atomic():
        if not models.VenueAccount.objects.filter(account_id=account_id).exists():
            raise BindingError(f"account {account_id} is on paper; bind it to a venue first")
        account = lock_account(account_id)
        if account.enabled == enabled:
            return
        models.VenueAccount.objects.filter(account_id=account_id).update(enabled=enabled)
        words = {False: "off", True: "on"}
        record_change("venue", account_id, words[not enabled], words[enabled], reason, by, wall_ms)
