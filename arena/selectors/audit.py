"""The invariants of a season, derived again from the facts (docs/algorithms/audit.md)."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from accounts.selectors import balances, check_ledger
from arena.domain.standings import advance, rank_entrants, start_aggregate
from arena.models import Contestant, EquityPoint, Round, Season, Standing, Turn
from arena.selectors.audit_answers import decisions_are_what_was_answered
from arena.selectors.audit_minds import count_turns_of, tape_is_unbroken, thinking_equals_the_calls
from arena.selectors.chain import replay_chain_is_unbroken
from arena.selectors.ranks import entrant_of, ranked_standings
from arena.selectors.roster import capitals, standing_facts
from kernel.time import slot_start
from store.immutable import missing_triggers
from trading import selectors as trading
from trading.selectors.audit import CHECKS as TRADING_CHECKS
from trading.selectors.audit import realised_by_account
from trading.selectors.audit_fills import counts_by_account, funding_by_account
from trading.selectors.audit_scope import Scope
from trading.selectors.spot_audit import spot_trades_are_booked
from trading.selectors.venues import venue_account_ids


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant looked at. ``problem`` is empty where it holds."""

    invariant: str
    season: str
    problem: str


def audit() -> Iterator[Finding]:
    """Look at every invariant of the books and of every season, and yield what was found, in order."""
    yield Finding("L1 L2", "", check_ledger() or "")
    missing = missing_triggers()
    lost = f"immutability trigger {missing[0]} is missing; run: manage.py migrate" if missing else ""
    yield Finding("L3", "", lost)
    yield Finding("W1", "", spot_trades_are_booked() or "")
    for season in Season.objects.order_by("created_ms", "id"):
        scope = _scope_of(season)
        for invariant, check in TRADING_CHECKS:
            yield Finding(invariant, season.slug, check(scope) or "")
        for invariant, own in CHECKS:
            yield Finding(invariant, season.slug, own(season) or "")


def _scope_of(season: Season) -> Scope:
    rules = trading.rule_book(season.rulebook_sha256)
    at_venues = venue_account_ids(season.id)
    return Scope(
        feed=season.id,
        settled_ms=season.settled_ms,
        margin_mode=rules.margin_mode,
        liquidation_fee=rules.liquidation_fee,
        funding=rules.funding,
        at_venues=at_venues,
        on_paper=frozenset(capitals(season.id).keys() - at_venues),
    )


def cash_is_capital_and_results(season: Season) -> str | None:
    """E2: on paper, free and reserved money is the capital, what fills brought, less fees, and funding."""
    rows = dict(Contestant.objects.filter(season=season).values_list("account_id", "slug"))
    booked, funding = realised_by_account(season.id), funding_by_account(season.id)
    for account, money in balances(sorted(rows.keys() - venue_account_ids(season.id))).items():
        borne, fees = booked.get(account, (0, 0))
        expected = season.starting_capital + borne - fees + funding.get(account, 0)
        if money.available + money.reserved != expected:
            held = money.available + money.reserved
            return f"{rows[account]} has {held} units, its capital and fills give {expected}"
    return None


def rounds_are_whole(season: Season) -> str | None:
    """D4: rounds are numbered without a gap, and nobody has two turns in one or none."""
    numbers = list(Round.objects.filter(season=season).order_by("slot").values_list("number", flat=True))
    if numbers != list(range(1, len(numbers) + 1)):
        return "round numbers have a gap or are out of order"
    closed = Round.objects.filter(season=season, stage="closed").count()
    if closed != season.rounds_closed:
        return f"{closed} rounds are closed but the season counts {season.rounds_closed}"
    points = EquityPoint.objects.filter(contestant__season=season)
    turns = Turn.objects.filter(round__season=season, round__stage="closed")
    if points.count() != turns.count():
        return f"{turns.count()} turns were played but {points.count()} equity points are stored"
    return None


def nothing_was_executed_too_late(season: Season) -> str | None:
    """D3: no execution book is further from its snapshot than the rules allow."""
    rules = trading.rule_book(season.rulebook_sha256)
    books = trading.book_times(season.id)
    rounds = Round.objects.filter(season=season, slot__in=list(books)).order_by("number")
    for number, slot, market_ms in rounds.values_list("number", "slot", "market_ms"):
        if books[slot] - market_ms > rules.max_lateness_ms:
            return f"round {number} was executed {books[slot] - market_ms} ms after its snapshot"
    return None


def standings_equal_their_curves(season: Season) -> str | None:
    """P1: every aggregate is what the equity curve gives from its first point on."""
    start_ms = slot_start(season.first_slot, season.interval_ms)
    stored = standing_facts(season.id)
    for row in Standing.objects.filter(season=season).select_related("contestant"):
        found = stored[row.contestant_id].aggregate
        figures = start_aggregate(row.contestant.capital or season.starting_capital, start_ms)
        points = EquityPoint.objects.filter(
            contestant=row.contestant, number__gt=row.contestant.bound_round
        ).order_by("number")
        for market_ms, equity in points.values_list("market_ms", "equity"):
            figures = advance(figures, equity, market_ms)
        if not figures.points:  # who came later than the season's first day has no other day yet
            figures = replace(figures, day_start_ms=found.day_start_ms)
        if figures != found:
            return f"the standing of {row.contestant.slug} differs from its equity curve"
    return _check_ranks(season)


COUNTED: Final = (
    "fees",
    "realised",
    "funding",
    "turnover",
    "orders",
    "opens",
    "sum_leverage",
    "sum_size",
    "trades",
    "wins",
    "sum_hold_ms",
    "denials",
    "turns",
    "forced_holds",
    "format_failures",
)


def counts_equal_the_facts(season: Season) -> str | None:
    """P2: every running count is what turns, decisions, fills and trades add up to."""
    counts = counts_by_account(season.id, capitals(season.id))
    for row in Standing.objects.filter(season=season).select_related("contestant"):
        found = counts.get(row.contestant.account_id, Counter())
        found.update(count_turns_of(row.contestant_id))
        for name in COUNTED:
            if getattr(row, name) != found[name]:
                stands, given = getattr(row, name), found[name]
                return f"{name} of {row.contestant.slug} stands at {stands}, but the facts give {given}"
    return None


def _check_ranks(season: Season) -> str | None:
    rows = ranked_standings(season)
    ranks = rank_entrants([entrant_of(row, season.starting_capital) for row in rows])
    for row in rows:
        if row.rank != ranks[row.contestant_id]:
            return f"{row.contestant.slug} is ranked {row.rank} but stands {ranks[row.contestant_id]}"
    return None


CHECKS: Final[tuple[tuple[str, Callable[[Season], str | None]], ...]] = (
    ("D3", nothing_was_executed_too_late),
    ("D4", rounds_are_whole),
    ("E2", cash_is_capital_and_results),
    ("D5", decisions_are_what_was_answered),
    ("P1", standings_equal_their_curves),
    ("P2", counts_equal_the_facts),
    ("P3", thinking_equals_the_calls),
    ("R1", replay_chain_is_unbroken),
    ("R2", tape_is_unbroken),
)
"""Invariant and check of a season, in the order in which they are looked at."""
