"""The doctor's look at a venue: what would be sent, what a key may do, fees, clock, minimums.

Without a key the public part is shown and the rest named as missing; nothing here trades.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from django.conf import settings

from arena.selectors.switch import account_of_contestant
from config.cli.diagnosis import Diagnosis
from config.cli.report import print_json, print_line
from config.cli.season import find_season
from config.database import prepare_database
from config.refusal import FAILED_CHECK, NOT_SAFE, OK, CommandRefusedError
from config.venue_opening import DOOR, open_for_look
from config.wiring import wall_ms
from kernel.units import SCALE, format_units
from trading.adapters.ccxt_live import (
    DIALECTS,
    LiveAccount,
    Rehearsed,
    check_profile,
    open_public,
    rehearse,
)
from trading.domain.permissions import objection_to, write_permissions
from trading.ports import VenueError
from trading.selectors import VenueAccountFacts, venue_accounts

MAX_SKEW_MS: Final = 1_000
"""A clock further off gets signed requests refused, at some venues at once."""

SYMBOLS: Final = ("BTC", "ETH")
_NO_HIDDEN_FEES: Final = (
    "orders name no builder and no referrer; approving one is not among the requests this can make"
)


class Looked(NamedTuple):
    """What was found: checks, the requests that would leave, and whether it is safe to trade."""

    checks: list[Diagnosis]
    requests: list[Rehearsed]
    safe: bool


def run(options: dict[str, Any]) -> int:
    """Look at a venue; 1 if something needs mending, 3 if its key must not trade."""
    venue = options["venue"]
    if venue not in DIALECTS:
        raise CommandRefusedError(f"no venue is called {venue!r}; use one of {', '.join(DIALECTS)}")
    facts = _bound_account(options)
    profile = facts.profile if facts is not None else options["profile"]
    try:
        check_profile(venue, profile)
    except VenueError as problem:
        raise CommandRefusedError(str(problem)) from problem
    looked = _look(venue, profile, facts)
    _print(venue, profile, looked, as_json=options["json"])
    if not looked.safe:
        return NOT_SAFE
    return FAILED_CHECK if _has_problem(looked) else OK


def _has_problem(looked: Looked) -> bool:
    return any(check.state == "problem" for check in looked.checks)


def _bound_account(options: dict[str, Any]) -> VenueAccountFacts | None:
    """Return the account that is asked about; None where the venue alone is."""
    if not options["account"]:
        return None
    prepare_database()
    season = find_season(None).slug
    account = account_of_contestant(season, options["account"])
    found = [facts for facts in venue_accounts() if facts.account_id == account]
    if not found or found[0].venue != options["venue"]:
        raise CommandRefusedError(
            f"{options['account']} is not bound to {options['venue']}; see: manage.py arena venue list"
        )
    return found[0]


def _look(venue: str, profile: str, facts: VenueAccountFacts | None) -> Looked:
    checks = [Diagnosis("venue", "ok", f"{DIALECTS[venue].name}, {_money_of(venue, profile)}")]
    public = open_public(venue, profile=profile, clock=wall_ms, client_settings=DOOR.settle)
    try:
        checks += [*_clock(public), *_markets(public)]
        requests = rehearse(public, SYMBOLS[0], profile, _price_of(public))
    except (VenueError, KeyError) as problem:
        checks.append(Diagnosis("reach", "problem", str(problem), "check the network, then try again"))
        return Looked(checks, [], safe=True)
    checks.append(Diagnosis("hidden fees", "ok", _NO_HIDDEN_FEES))
    checks += _deployment(profile)
    if facts is None:
        missing = f"not looked at: name the account that trades here ({', '.join(DIALECTS[venue].keys)})"
        checks.append(Diagnosis("key", "note", missing, "arena doctor --venue NAME --account CONTESTANT"))
        return Looked(checks, requests, safe=True)
    return _look_at_account(venue, facts, Looked(checks, requests, safe=True))


def _money_of(venue: str, profile: str) -> str:
    kinds = {"demo": "demo hosts", "sandbox": "testnet host", "simulated": "simulated symbols"}
    return "real money" if profile == "live" else f"play money ({kinds[DIALECTS[venue].testnet]})"


def _deployment(profile: str) -> Iterator[Diagnosis]:
    allowed = {"paper": (), "testnet": ("testnet",), "live": ("testnet", "live")}[settings.ARENA_TRADING]
    said = f"ARENA_TRADING={settings.ARENA_TRADING}"
    if profile in allowed:
        yield Diagnosis("deployment", "ok", f"{said} allows accounts of profile {profile}")
    else:
        detail = f"{said}: nothing signed leaves for an account of profile {profile}"
        yield Diagnosis("deployment", "note", detail, f"set ARENA_TRADING={profile} on purpose")


def _clock(account: LiveAccount) -> Iterator[Diagnosis]:
    before = wall_ms()
    skew = account.fetch_time() - (before + wall_ms()) // 2
    state = "ok" if abs(skew) <= MAX_SKEW_MS else "problem"
    remedy = "" if state == "ok" else "let this machine keep its clock by NTP"
    yield Diagnosis("clock", state, f"the venue's clock is {skew:+d} ms from ours", remedy)


def _markets(account: LiveAccount) -> Iterator[Diagnosis]:
    listing = account.listing()
    yield Diagnosis("markets", "ok", f"{len(listing.by_symbol)} perpetuals")
    for symbol, why in sorted(listing.refused.items())[:5]:
        yield Diagnosis(f"market {symbol}", "note", why)
    for symbol in SYMBOLS:
        listed = listing.by_symbol.get(symbol)
        if listed is None:
            yield Diagnosis(f"market {symbol}", "note", "not listed there")
            continue
        figures = {
            "tick": format_units(listed.tick),
            "lot": format_units(listed.lot),
            "least": format_units(listed.min_qty),
            "least value": format_units(listed.min_notional),
            "leverage up to": f"{listed.max_leverage}x" if listed.max_leverage else "told with a key only",
            "taker": _percent(listed.taker_fee),
            "maker": _percent(listed.maker_fee),
        }
        yield Diagnosis(
            f"market {symbol}", "ok", ", ".join(f"{name} {text}" for name, text in figures.items())
        )


def _percent(ratio: int) -> str:
    return f"{format_units(ratio * 100)} %"


def _price_of(account: LiveAccount) -> int:
    """Return a round price to rehearse at; it decides nothing, for nothing is sent."""
    listed = account.listing().by_symbol[SYMBOLS[0]]
    return max(60_000 * SCALE // listed.tick_at(60_000 * SCALE), 1) * listed.tick_at(60_000 * SCALE)


def _look_at_account(venue: str, facts: VenueAccountFacts, looked: Looked) -> Looked:
    checks, safe = list(looked.checks), True
    try:
        account = open_for_look(facts.account_id, venue, facts.profile)
        found = account.fetch_permissions()
        objection = objection_to(found, has_waiver=bool(facts.waiver))
        safe = not objection
        checks.append(Diagnosis("key", "ok" if safe else "problem", write_permissions(found), objection))
        checks += _of_account(account)
    except (CommandRefusedError, VenueError) as problem:
        checks.append(Diagnosis("key", "problem", str(problem), "see the sentence"))
    return Looked(checks, looked.requests, safe)


def _of_account(account: Any) -> Iterator[Diagnosis]:
    balance = account.fetch_balance()
    free = f"{format_units(balance.free)} free"
    yield Diagnosis("balance", "ok", f"{format_units(balance.wallet)} {balance.asset}, {free}")
    fees = account.tongue.fees(SYMBOLS[0])
    if fees is not None:
        yield Diagnosis("own fees", "ok", f"taker {_percent(fees[0])}, maker {_percent(fees[1])}")
    chosen = account.tongue.chosen(SYMBOLS[0])
    told = f"{chosen[0]}x {chosen[1]}" if chosen is not None else "told for open positions only"
    yield Diagnosis(f"settings of {SYMBOLS[0]}", "ok", told)
    hedged = getattr(account.tongue, "hedged", None)
    if hedged is not None and hedged():
        yield Diagnosis(
            "position mode", "problem", "hedged", "switch the account to one-way mode at the venue"
        )
    positions, orders = account.fetch_positions(), account.fetch_open_orders(())
    for one in positions:
        held = (
            f"{format_units(one.qty)} at {format_units(one.entry_price)}, {one.leverage}x {one.margin_mode}"
        )
        yield Diagnosis(f"position {one.symbol}", "note", held)
    for order in orders:
        whose = "ours" if order.client_order_id else "not ours"
        text = f"{order.kind} {format_units(order.side * order.qty)} {order.symbol}, {order.state}, {whose}"
        yield Diagnosis(f"order {order.venue_order_id}", "note", text)
    if not positions and not orders:
        yield Diagnosis("open there", "ok", "no position and no order")


def _print(venue: str, profile: str, looked: Looked, *, as_json: bool) -> None:
    if as_json:
        found = {
            "ok": looked.safe and not _has_problem(looked),
            "safe": looked.safe,
            "venue": venue,
            "profile": profile,
            "checks": [asdict(check) for check in looked.checks],
            "requests": [request._asdict() for request in looked.requests],
        }
        print_json(found)
        return
    for check in looked.checks:
        remedy = f" -> {check.remedy}" if check.remedy else ""
        print_line(f"{check.state:8} {check.what}: {check.detail}{remedy}")
    print_line("what would be sent (not signed, not sent; * with the account's signature):")
    for request in looked.requests:
        star = "*" if request.signed else " "
        print_line(f" {star} {request.what}: {request.method} {request.url} {request.params}")
