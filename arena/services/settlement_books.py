"""What settlement found goes into the books, the standings and the replay chain, together."""

from collections.abc import Mapping, Sequence

from arena.domain.replay import FillFact, FundingFact, chain_exits, fill_fact
from arena.models import Contestant, Season
from arena.selectors.roster import SeasonFacts, capitals
from arena.services.counters import count_fills, count_funding
from trading.domain.account_events import BookedFill, FundingCharge
from trading.domain.engine_sweep import Funded
from trading.domain.instruments import Instrument
from trading.services import AccountChange, record_changes


def book_changes(
    season: SeasonFacts,
    changes: Sequence[AccountChange],
    others: Funded,
    instruments: Mapping[str, Instrument],
) -> int:
    """Book what happened to these accounts; return how many events. For the caller's transaction.

    ``others`` are the settlements of accounts that nothing else happened to.
    """
    events = record_changes(season.id, changes, instruments, others)
    fills = [event for event in events if isinstance(event, BookedFill)]
    charges = [event for event in events if isinstance(event, FundingCharge)]
    if fills or charges:
        contestants = dict(Contestant.objects.filter(season_id=season.id).values_list("account_id", "id"))
        count_fills(contestants, capitals(season.id), fills)
        count_funding(contestants, charges)
        _chain(season, fills, charges)
    return len(events)


def _chain(season: SeasonFacts, fills: Sequence[BookedFill], charges: Sequence[FundingCharge]) -> None:
    """Add one link a moment to the season's replay chain."""
    slugs = dict(Contestant.objects.filter(season_id=season.id).values_list("account_id", "slug"))
    head = Season.objects.select_for_update().get(id=season.id).replay_head
    done, paid = _facts_of_fills(slugs, fills), _facts_of_funding(slugs, charges)
    for market_ms in sorted({*done, *paid}):
        head = chain_exits(head, market_ms, done.get(market_ms, ()), paid.get(market_ms, ()))
    Season.objects.filter(id=season.id).update(replay_head=head)


def _facts_of_fills(slugs: Mapping[str, str], fills: Sequence[BookedFill]) -> dict[int, list[FillFact]]:
    facts: dict[int, list[FillFact]] = {}
    for fill in fills:
        fact = fill_fact(slugs[fill.account_id], fill.execution, fill.effect, ambiguous=fill.ambiguous)
        facts.setdefault(fill.market_ms, []).append(fact)
    return facts


def _facts_of_funding(
    slugs: Mapping[str, str], charges: Sequence[FundingCharge]
) -> dict[int, list[FundingFact]]:
    facts: dict[int, list[FundingFact]] = {}
    for account, symbol, cycle, at_ms, _, _, _, _, amount, covered, moved in charges:
        fact = FundingFact(slugs[account], symbol, cycle, amount, covered, moved, at_ms)
        facts.setdefault(at_ms, []).append(fact)
    return facts
