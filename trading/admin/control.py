"""Who turned which switch and why, what was asked of running seasons, and accounts at real venues."""

from django.contrib import admin

from trading import models
from trading.admin.readonly import ReadOnlyAdmin, amount, moment
from trading.admin.venue_keys import VenueKeyPages


@admin.register(models.ControlChange)
class ControlChangeAdmin(ReadOnlyAdmin):
    """Every turn of a switch, for good."""

    columns = (moment("wall_ms"), "what", "scope", "before", "after", "changed_by", "reason")
    list_filter = ("what", "after")
    ordering = ("-id",)


@admin.register(models.Command)
class CommandAdmin(ReadOnlyAdmin):
    """What a turn of the switch left to be carried out; without a moment it still waits."""

    columns = ("id", "feed", "scope", "kind", "asked_by", moment("asked_wall_ms"), moment("effective_ms"))
    list_filter = ("kind",)
    ordering = ("-id",)


@admin.register(models.VenueAccount)
class VenueAccountAdmin(VenueKeyPages):
    """Accounts at real venues. They are switched on from the command line, which asks for exact words."""

    columns = ("account", "venue", "profile", "enabled", "state", "permissions", "key_link")
    details = (
        "feed",
        "margin_mode",
        "frozen_reason",
        "waiver",
        moment("probed_wall_ms"),
        moment("synced_wall_ms"),
    )
    list_filter = ("venue", "profile", "state")
    list_select_related = ("account",)
    ordering = ("account",)


@admin.register(models.VenueMismatch)
class VenueMismatchAdmin(ReadOnlyAdmin):
    """Differences between our books and a venue's."""

    columns = (
        moment("found_wall_ms"),
        "account",
        "kind",
        "symbol",
        amount("ours"),
        amount("theirs"),
        moment("resolved_wall_ms"),
    )
    details = ("id", "resolved_by", "resolution")
    list_filter = ("kind",)
    list_select_related = ("account",)
    ordering = ("-found_wall_ms",)
