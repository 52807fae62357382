"""Live trading, wired: which accounts have a venue here, and what the jobs ring for each of them.

Nothing here decides what is due: the database does. A process without the exchanges' keys does nothing.
"""

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

from django.db import close_old_connections

from accounts.domain.secrets import SecretError
from arena.selectors.roster import capitals, contestant_ids, season_facts
from arena.services.counters import count_fills, count_venue_funding
from config.venue_keys import may_open_venue_keys, venue_credentials
from config.venue_wiring import opened_account
from config.wiring import WORLD, World
from kernel.canonical import canonical_bytes, sha256_hex
from trading.ports import LiveVenue, VenueError
from trading.selectors import instruments, rule_book
from trading.selectors.venues import VenueFacts, served_accounts
from trading.services.outbox_cycle import compare_turn, look_turn, send_turn
from trading.services.outbox_desk import Desk
from trading.services.outbox_unserved import deny_unserved
from trading.services.protection_exits import finish_commands

_log = logging.getLogger("arena.execution")

RING_S: Final = 120
"""How long one ring works before the rest is left to the next: below a task's limit (config/tasks.py)."""

OpenVenue = Callable[[VenueFacts, World], LiveVenue | None]

_opened: Final[dict[tuple[str, str, str], tuple[str, LiveVenue]]] = {}
"""Venues of this process by account, venue and profile, each with the fingerprint of its key."""


def open_live_venue(facts: VenueFacts, world: World = WORLD) -> LiveVenue | None:
    """Return an account's venue, opened once for a key; None where its key is not there.

    The key is looked up at every ring: one that was dropped is used no more, and a new one, which must have
    been probed before its account was switched on again, is the one that signs from then on. Raises
    VenueRefusedError where the deployment or the account's own switch does not allow it.
    """
    key = (facts.account_id, facts.venue, facts.profile)
    credentials = venue_credentials(facts.account_id, facts.venue)
    if credentials is None:
        _opened.pop(key, None)
        return None
    print_of_key = sha256_hex(canonical_bytes(credentials))
    opened = _opened.get(key)
    if opened is None or opened[0] != print_of_key:
        _opened.pop(key, None)
        venue = opened_account(
            facts.venue,
            facts.profile,
            credentials,
            # One that was switched off may still reduce what it holds there; openings end at the gate.
            is_on=facts.enabled or facts.has_business,
            clock=world.wall_ms,
        )
        _opened[key] = opened = (print_of_key, venue)
    return opened[1]


def live_venues(world: World = WORLD) -> dict[str, LiveVenue]:
    """Return account -> its venue, of all accounts that may send something now."""
    return {desk.account_id: desk.venue for desk in desks(world)}


def desks(world: World = WORLD, open_it: OpenVenue = open_live_venue) -> list[Desk]:
    """Return a desk for every account whose venue can be opened here; the others are logged and left out."""
    if not may_open_venue_keys():
        return []
    found = []
    for facts in served_accounts():
        try:
            desk = _desk_at(facts, world, open_it)
        except Exception:  # noqa: BLE001 - the wall between accounts
            _log.exception("account %s cannot be worked for", facts.account_id)
            continue
        if desk is not None:
            found.append(desk)
    return found


def _desk_at(facts: VenueFacts, world: World, open_it: OpenVenue) -> Desk | None:
    """Return an account's desk; None where its venue cannot be opened here, which is logged."""
    try:
        venue = open_it(facts, world)
    except (VenueError, SecretError) as problem:
        _log.warning("account %s has no venue here: %s", facts.account_id, problem)
        return None
    return None if venue is None else _desk(facts, venue, world)


_notes: Final[dict[str, dict[str, int]]] = {}


def _desk(facts: VenueFacts, venue: LiveVenue, world: World) -> Desk:
    season = season_facts(facts.feed)
    contestants = contestant_ids(season.id)
    return Desk(
        account_id=facts.account_id,
        feed=facts.feed,
        venue=venue,
        instruments=instruments(facts.feed),
        max_lateness_ms=rule_book(season.rulebook_sha256).max_lateness_ms,
        wall_ms=world.wall_ms,
        count_fills=partial(count_fills, contestants, capitals(season.id)),
        count_funding=partial(count_venue_funding, contestants.get(facts.account_id, "")),
        margin_mode=facts.margin_mode,
        notes=_notes.setdefault(facts.account_id, {}),
    )


def send_orders(*, world: World = WORLD) -> None:
    """Send what may leave, at every venue; end what nobody here or elsewhere can send."""
    if may_open_venue_keys():
        _for_each("send", send_turn, world, lambda: deny_unserved(world.wall_ms(), _lateness_of))


def resolve_orders(*, world: World = WORLD) -> None:
    """Find out what is in doubt, book executions, keep guards, obey the switch."""
    _for_each("look", look_turn, world, lambda: finish_commands(world.wall_ms()))


def reconcile_venues(*, world: World = WORLD) -> None:
    """Compare every account's books with its venue's."""
    _for_each("compare", compare_turn, world)


def _lateness_of(feed: str) -> int:
    return rule_book(season_facts(feed).rulebook_sha256).max_lateness_ms


_first: Final[dict[str, int]] = {}
"""Which account comes first at the next ring of a job."""


def _for_each(
    job: str,
    work: Callable[[Desk], object],
    world: World,
    at_last: Callable[[], object] | None = None,
    open_it: OpenVenue | None = None,
) -> None:
    """Do the work for each account and then what comes last; what goes wrong at one stops that one only.

    The first failure is raised at the end. Another account comes first at each ring, and after RING_S the
    rest is left to the next one, which starts there: a venue that hangs does not stop the others for long.
    """
    failures: list[Exception] = []
    until_s = monotonic() + RING_S
    accounts = served_accounts() if may_open_venue_keys() else []
    start = _first.get(job, 0) % max(1, len(accounts))
    _first[job] = start + 1
    for number, facts in enumerate(accounts[start:] + accounts[:start]):
        if number and monotonic() > until_s:
            _log.warning("%s: %d accounts wait for the next ring", job, len(accounts) - number)
            _first[job] = start + number
            break
        failures += _tried(partial(_work_at, facts, work, world, open_it or open_live_venue))
    failures += _tried(at_last) if at_last is not None else []
    if failures:
        raise failures[0]


def _work_at(facts: VenueFacts, work: Callable[[Desk], object], world: World, open_it: OpenVenue) -> None:
    desk = _desk_at(facts, world, open_it)
    if desk is not None:
        work(desk)


def _tried(action: Callable[[], object]) -> list[Exception]:
    """Do it; return what went wrong: the wall between accounts."""
    try:
        action()
    except Exception as failure:  # noqa: BLE001 - told by the ring, once all have had their turn
        close_old_connections()
        return [failure]
    return []
