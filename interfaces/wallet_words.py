"""The sentences of what a wallet refuses, to be translated."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from interfaces.format import duration, quantity
from trading.domain.spot import Refusal

REFUSALS: Final[dict[str, str | Promise]] = {
    "unknown_asset": _("{asset} is no asset this wallet can hold; nothing was booked."),
    "same_asset": _("{asset} cannot be traded for itself; name two assets."),
    "wrong_side": _("Buying gives USDT, selling receives USDT; use convert between two other assets."),
    "one_amount": _("Give either the amount to give or the quantity to receive, not both and not neither."),
    "not_positive": _("The amount must be more than zero."),
    "out_of_range": _("The amount is larger than the books can hold ({limit})."),
    "below_minimum_value": _("The trade is worth less than the least of {limit} {asset}."),
    "nothing_received": _("So little was given that no unit of {asset} would be received."),
    "not_enough_money": _("The wallet has too little free {asset}."),
    "no_price": _("There is no price of {asset} now."),
    "stale_price": _("The newest price is older than {age}, so nobody trades on it."),
    "unknown_wallet": _("There is no wallet {asset}."),
    "not_a_wallet": _("{asset} is a contestant's account: its money is moved by its decisions alone."),
    "key_reused": _("This idempotency key was used for another request; choose a new one."),
}


def refusal_sentence(refusal: Refusal) -> str:
    """Return a refusal in one sentence."""
    text = str(REFUSALS[refusal.code])
    return text.format(asset=refusal.asset, limit=quantity(refusal.limit), age=duration(refusal.limit))
