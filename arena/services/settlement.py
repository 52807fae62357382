"""Step 0: settle the time since the last settlement on what was recorded of the market, in order.

The season's ``settled_ms`` is a compare-and-swap cursor: whoever moves it books what happened in the same
transaction, so that a watcher, a round and a second process together do it exactly once.
"""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from accounts.selectors import balances
from arena.models import Round, Season
from arena.selectors.roster import SeasonFacts
from arena.services.settlement_books import book_changes
from arena.services.settlement_moments import Stretch, moments_of, read_stretch
from trading.domain.account import CROSS, Account, PaperRules
from trading.domain.engine import settle_account
from trading.domain.engine_sweep import NOBODY, Funded, charge_all
from trading.domain.spans import LastPrice
from trading.ports import MarketData
from trading.selectors import instruments, last_prices, rule_book
from trading.selectors.paper import accounts_within_reach, held_rows, paper_accounts
from trading.selectors.venues import venue_account_ids
from trading.services import AccountChange, carry_out, record_funding, record_ticks


class _StaleCursorError(Exception):
    """Somebody else has settled this stretch; nothing of ours may commit."""


def record_new_ticks(market: MarketData, season: SeasonFacts, until_ms: int) -> None:
    """Fetch and store what the market did since the cursor. Raises MarketError on an outage."""
    if until_ms > season.settled_ms:
        found = market.fetch_ticks(season.settled_ms, until_ms)
        rates = market.fetch_funding(season.settled_ms, until_ms)
        with transaction.atomic():  # whoever settles sees both or none
            record_ticks(season.id, found)
            record_funding(season.id, rates)


def settle_ticks(season: SeasonFacts, until_ms: int, own_round_id: str = "") -> int:
    """Book what the recorded market did to paper accounts up to ``until_ms``; return how many events.

    ``own_round_id`` is the unfinished round that settles its own time; any other unfinished round keeps
    the stretch for itself, so nothing happens then.
    """
    rules = rule_book(season.rulebook_sha256)
    stretch = read_stretch(season, until_ms, funded=rules.funding)
    if stretch is None:
        return 0
    known = PaperRules(instruments(season.id), rules.liquidation_fee)
    try:
        with transaction.atomic():
            return _settle(season, stretch, known, rules.margin_mode, own_round_id)
    except _StaleCursorError:
        return 0


def _settle(season: SeasonFacts, stretch: Stretch, rules: PaperRules, mode: str, own_round_id: str) -> int:
    moved = Season.objects.filter(id=season.id, settled_ms=season.settled_ms)
    unfinished = Round.objects.filter(season_id=season.id).exclude(stage="closed").exclude(id=own_round_id)
    if not moved.update(settled_ms=stretch.reached_ms) or unfinished.exists():
        raise _StaleCursorError
    carry_out(stretch.begun)
    touched = accounts_within_reach(season.id, stretch.extremes, mode) | set(stretch.holders)
    at_venues = venue_account_ids(season.id)
    funded = _fund_the_others(season, stretch, touched | at_venues)
    names = (touched | funded.short) - at_venues
    if not (names or funded.charges):
        return 0
    accounts = paper_accounts(season.id, names, mode) if names else {}
    before = _prices_before(season, accounts.values(), is_wide=mode == CROSS or bool(stretch.commands))
    changes = _settle_accounts(accounts, stretch, rules, before)
    return book_changes(season, changes, funded, rules.instruments)


def _fund_the_others(season: SeasonFacts, stretch: Stretch, busy: Collection[str]) -> Funded:
    """Return what is paid by those whom nothing but funding happens to, and who of them is short of money."""
    if not stretch.funding:
        return NOBODY
    held = [row for row in held_rows(season.id, stretch.funded_symbols) if row[0] not in busy]
    money = balances(sorted({row[0] for row in held}))
    return charge_all(held, {name: own.available for name, own in money.items()}, stretch.funding)


def _settle_accounts(
    accounts: Mapping[str, Account],
    stretch: Stretch,
    rules: PaperRules,
    before: Mapping[str, LastPrice],
) -> list[AccountChange]:
    changes = []
    shared = moments_of(stretch, "", before)
    scopes = {command.scope for command in stretch.commands}
    for name, account in accounts.items():
        moments = moments_of(stretch, name, before) if name in scopes else shared
        after, events = settle_account(account, moments, rules, before)
        if events or after != account:
            changes.append(AccountChange(account, after, events))
    return changes


def _prices_before(
    season: SeasonFacts, accounts: Iterable[Account], *, is_wide: bool
) -> dict[str, LastPrice]:
    """Return the last prices before this stretch, where a position watches the closes of bars.

    A bar may have closed with a tick that is settled already; prices from before a position was opened are
    not judged, so nobody looks further back than that. ``is_wide``: whatever is held is looked at.
    """
    held = [position for account in accounts for position in account.portfolio.positions]
    watching = [p for p in held if is_wide or (p.watch is not None and p.watch.metric == "close")]
    if not watching:
        return {}
    since_ms = min(position.opened_ms for position in watching)
    return last_prices(season.id, season.settled_ms, {position.symbol for position in watching}, since_ms)
