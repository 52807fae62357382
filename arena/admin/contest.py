"""Operator's pages for the contest: what can be started and stopped, and rounds to look at."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from arena import models
from arena.admin.entering import test_of
from arena.admin.strategies import StrategyPages
from arena.services.seasons import set_season_status
from arena.services.steering import SteeringError, steer_contestant
from trading.admin import ReadOnlyAdmin, amount, link_to, moment, turn_links, wall_ms

Change = Callable[[Any], str | None]
"""Carries out an action on one row; returns the new status, or None if it does not apply to the row."""


class OperatedAdmin(ReadOnlyAdmin):
    """Rows that can be started and stopped: an action asks first, and each change is logged for audit."""

    def operate(
        self, request: HttpRequest, rows: "QuerySet[Any]", action: str, question: str, change: Change
    ) -> HttpResponse | None:
        """Ask, or carry out what was confirmed."""
        if "confirmed" not in request.POST:
            return self.confirm(
                request, str(action).capitalize(), question, button=action, rows=rows, action=action
            )
        changed = 0
        for row in rows:
            status = change(row)
            if status is not None:
                self.log_change(request, row, f"Status set to {status}")
                changed += 1
        self.message_user(request, f"{action.capitalize()}: {changed} of {len(rows)} changed.")
        return None


def _set_season(wanted: str, only_from: str) -> Change:
    def change(season: models.Season) -> str | None:
        if season.status != only_from:
            return None
        set_season_status(season.id, wanted, wall_ms())
        return wanted

    return change


@admin.register(models.Season)
class SeasonAdmin(OperatedAdmin):
    """Seasons."""

    columns = (
        "name",
        "slug",
        "status",
        "market_label",
        "clock",
        "speed",
        "rounds_closed",
        "version",
        link_to("rounds", "arena_round", "season__id__exact", lambda row: row.id),
        link_to("contestants", "arena_contestant", "season__id__exact", lambda row: row.id),
    )
    details = (
        "id",
        "ranked",
        "seed",
        "market_spec",
        "interval_ms",
        "rulebook_sha256",
        "proof",
        "replay_head",
    )
    list_filter = ("status",)
    ordering = ("-created_ms",)
    actions = ("pause", "resume")

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, rows: "QuerySet[models.Season]") -> HttpResponse | None:
        """Stop opening rounds."""
        question = "No new round is opened until it is resumed; stops of a live season stay watched."
        return self.operate(request, rows, "pause", question, _set_season("paused", "running"))

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, rows: "QuerySet[models.Season]") -> HttpResponse | None:
        """Go on."""
        question = "Rounds are opened again."
        return self.operate(request, rows, "resume", question, _set_season("running", "paused"))


def _steer(action: str) -> Change:
    def change(contestant: models.Contestant) -> str | None:
        try:
            return steer_contestant(contestant.id, action)
        except SteeringError:
            return None

    return change


@admin.register(models.Contestant)
class ContestantAdmin(StrategyPages, OperatedAdmin):
    """Contestants."""

    columns = (
        "name",
        "season",
        "slug",
        "status",
        "spec",
        "profile",
        "baseline",
        test_of,
        link_to("turns", "arena_turn", "contestant__id__exact", lambda row: row.id),
        link_to("decisions", "trading_decision", "account__id__exact", lambda row: row.account_id),
        link_to("positions", "trading_position", "account__id__exact", lambda row: row.account_id),
        link_to("fills", "trading_fill", "account__id__exact", lambda row: row.account_id),
    )
    details = ("id", "subtitle", "replica", "position", "account", turn_links)
    list_filter = ("status", "season")
    list_select_related = ("season", "spec")
    search_fields = ("name", "slug")
    ordering = ("season", "position")
    actions = ("pause", "resume", "retire")

    @admin.action(description="Pause", permissions=["operate"])
    def pause(self, request: HttpRequest, rows: "QuerySet[models.Contestant]") -> HttpResponse | None:
        """Ask it no more."""
        question = "It is not asked until it is resumed; its stops and targets stay watched."
        return self.operate(request, rows, "pause", question, _steer("pause"))

    @admin.action(description="Resume", permissions=["operate"])
    def resume(self, request: HttpRequest, rows: "QuerySet[models.Contestant]") -> HttpResponse | None:
        """Ask it again."""
        question = "It is asked again from the next round on; without its key it waits."
        return self.operate(request, rows, "resume", question, _steer("resume"))

    @admin.action(description="Retire", permissions=["operate"])
    def retire(self, request: HttpRequest, rows: "QuerySet[models.Contestant]") -> HttpResponse | None:
        """End its part."""
        question = "It is never asked again in this season. This cannot be taken back here."
        return self.operate(request, rows, "retire", question, _steer("retire"))


@admin.register(models.Round)
class RoundAdmin(ReadOnlyAdmin):
    """Rounds with their stored stages."""

    columns = (
        "number",
        "season",
        moment("market_ms"),
        "stage",
        "held_reason",
        link_to("turns", "arena_turn", "round__id__exact", lambda row: row.id),
    )
    details = (
        "id",
        "slot",
        "epoch",
        "snapshot_sha256",
        "book_sha256",
        "rulebook_sha256",
        "receipt_state",
        "receipt_root",
        "replay_hash",
        moment("opened_wall_ms"),
        moment("closed_wall_ms"),
    )
    list_filter = ("stage", "season")
    list_select_related = ("season",)
    ordering = ("-market_ms",)


@admin.register(models.Turn)
class TurnAdmin(ReadOnlyAdmin):
    """Each contestant's part in each round."""

    columns = (
        "round",
        "contestant",
        "outcome",
        "reason",
        "latency_us",
        link_to("decisions", "trading_decision", "turn_id__exact", lambda row: row.id),
    )
    details = ("id", "summary", "answer_sha256")
    list_filter = ("outcome",)
    list_select_related = ("round", "contestant")


@admin.register(models.Standing)
class StandingAdmin(ReadOnlyAdmin):
    """The running figures behind the board."""

    columns = (
        "rank",
        "contestant",
        "season",
        amount("equity"),
        amount("max_drawdown"),
        amount("fees"),
        "trades",
        "forced_holds",
        "denials",
    )
    details = (
        amount("peak"),
        amount("realised"),
        amount("turnover"),
        "turns",
        "orders",
        "wins",
        moment("marked_ms"),
    )
    list_filter = ("season",)
    list_select_related = ("contestant", "season")
    ordering = ("season", "rank")


@admin.register(LogEntry)
class AuditLogAdmin(ReadOnlyAdmin):
    """Who did what here."""

    columns = ("action_time", "user", "content_type", "object_repr", "change_message")
    details = ("object_id",)
    list_filter = ("content_type",)
    list_select_related = ("user", "content_type")
    ordering = ("-action_time",)
