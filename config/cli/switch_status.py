"""How the switches stand, as a table for people and as JSON."""

from typing import Any

from django.conf import settings

from arena.selectors.switch import names_of_accounts
from config.cli.report import print_json, print_line, print_table
from kernel.time import iso_utc
from trading.domain.levels import GLOBAL
from trading.selectors import (
    StopFile,
    control_changes,
    stop_file,
    switch_states,
    trading_level,
    waiting_commands,
)

_SHOWN = 10
"""Turns of the switch that the table shows."""


def status_form() -> dict[str, Any]:
    """Return everything about the switches as JSON."""
    states, filed = switch_states(), stop_file()
    names = names_of_accounts(state.scope for state in states)
    return {
        "level": trading_level(),
        "profile": settings.ARENA_TRADING,
        "stop_file": None if filed is None else {"asked": filed.asked, "reason": filed.reason},
        "switches": [
            {
                "scope": state.scope,
                "contestant": _called(state.scope, names),
                "level": state.level,
                "reason": state.reason,
                "by": state.changed_by,
                "changed_ms": state.changed_ms,
            }
            for state in states
        ],
        "waiting": [
            {"feed": one.feed, "scope": one.scope, "kind": one.kind, "by": one.asked_by}
            for one in waiting_commands()
        ],
    }


def print_status(*, as_json: bool) -> None:
    """Print how the switches stand."""
    form = status_form()
    if as_json:
        print_json(form)
        return
    print_line(f"Trading is {form['level']}; profile {form['profile']}.")
    _print_file(stop_file())
    if form["switches"]:
        head = ["Switch", "Level", "Since (UTC)", "By", "Reason"]
        print_table(head, [_row(switch) for switch in form["switches"]])
    for command in form["waiting"]:
        print_line(f"waiting: {command['kind']} of {command['scope']} in {command['feed']}")
    for turn in control_changes(_SHOWN):
        print_line(
            f"{iso_utc(turn.wall_ms)} {turn.what} of {turn.scope}: {turn.before} -> {turn.after} "
            f"by {turn.changed_by}: {turn.reason}"
        )


def _print_file(filed: StopFile | None) -> None:
    if filed is not None:
        print_line(f"The stop file {settings.ARENA_STOP_FILE} is there and asks for {filed.asked}.")


def _row(switch: dict[str, Any]) -> list[str]:
    return [
        switch["contestant"],
        switch["level"],
        iso_utc(switch["changed_ms"]),
        switch["by"],
        switch["reason"],
    ]


def _called(scope: str, names: dict[str, tuple[str, str]]) -> str:
    if scope == GLOBAL:
        return "the arena"
    season, contestant = names.get(scope, ("", scope))
    return f"{contestant} in {season}" if season else scope
