"""The words for what becomes of orders at real venues, to be translated."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

VENUE_REASONS: Final[dict[str, Text]] = {
    "kill_switch": _("New entries were stopped by the kill switch, so nothing was sent."),
    "venue_off": _("The account's own switch was off, so nothing was sent."),
    "account_frozen": _("The account is frozen until a person has looked, so nothing was sent."),
    "not_approved": _("The order was not approved, so nothing was sent."),
    "venue_refused": _("The venue refused the leverage or margin mode, so nothing was sent."),
    "no_longer_wanted": _("The order was taken back before it was sent."),
    "never_arrived": _("The order provably never reached the venue, and was no longer wanted."),
    "above_maximum": _("The venue takes no order this large."),
    "price_off_tick": _("The price is not a price that the venue knows."),
    "price_out_of_range": _("The price is too far from the market for the venue."),
    "reduce_only_rejected": _("The order was only to reduce, and the venue found nothing to reduce."),
    "delisted": _("The venue does not trade this symbol any more."),
    "leverage_refused": _("The venue does not allow this leverage for this position."),
    "would_trigger": _("The price was beyond the trigger already."),
    "permission": _("The key may not do this at the venue."),
    "position_mode": _("The account's position mode at the venue does not fit; it must be one-way."),
    "too_many_orders": _("The venue holds too many orders of this account."),
    "account_restricted": _("The venue has restricted this account."),
    "not_found": _("The venue does not know this order."),
    "bad_order": _("The order lacked something the venue needs; nothing was sent."),
    "not_supported": _("The venue has no such order."),
    "no_change": _("The venue found nothing to change."),
    "rejected": _("The venue refused the order; its own words stand beside it."),
}
"""Codes of trading.domain.gating and of the venues' refusals that paper has no word for."""

VENUE_EXITS: Final[dict[str, Text]] = {
    "adjustment": _("was adjusted to what the venue shows"),
}
