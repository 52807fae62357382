"""A contestant goes to a real venue: its figures start anew from the wallet that it finds there."""

from django.db import transaction
from django.db.models import F

from arena.domain.standings import rank_entrants, start_aggregate
from arena.models import Contestant, Season, Standing
from arena.selectors.ranks import entrant_of, ranked_standings
from trading.selectors.venues import has_fills
from trading.services import Binding, BindingError, VenueState, bind_venue_account

LIVE = "live"
"""The division of all that trade at a real venue, with a testnet's money or real money."""


@transaction.atomic
def bind_contestant(binding: Binding, state: VenueState, deployment: str, wall_ms: int) -> None:
    """Bind a contestant's account to its venue and let its figures start from the venue's wallet.

    It is ranked apart from then on. Its rounds on paper stay on record and enter no figure. Raises
    BindingError: while a round is played, for one that has traded on paper, for an empty wallet, and for all
    that ``bind_venue_account`` refuses.
    """
    seat = Contestant.objects.select_related("season").get(account_id=binding.account_id)
    # Whoever opens or closes a round takes this row too: no round can hold the figures of before.
    season = Season.objects.select_for_update().get(id=seat.season_id)
    wallet = state.balance.wallet
    _check(seat, season, wallet)
    bind_venue_account(binding, state, deployment, wall_ms)
    Contestant.objects.filter(id=seat.id).update(
        division=LIVE, capital=wallet, bound_round=season.rounds_closed
    )
    _start_anew(seat.id, wallet, season.settled_ms)
    _rank_again(season)
    Season.objects.filter(id=season.id).update(version=F("version") + 1)


def _check(seat: Contestant, season: Season, wallet: int) -> None:
    if season.round_open:
        raise BindingError(f"season {season.slug} is in the middle of a round; bind when it is closed")
    if has_fills(seat.account_id):
        raise BindingError(f"{seat.slug} has traded on paper; enter another contestant and bind that one")
    if wallet <= 0:
        raise BindingError("the wallet at the venue is empty; put USDT into it first")


def _start_anew(contestant_id: str, wallet: int, market_ms: int) -> None:
    start = start_aggregate(wallet, market_ms)
    Standing.objects.filter(contestant_id=contestant_id).update(
        points=0,
        equity=wallet,
        peak=wallet,
        max_drawdown=0,
        sum_return=0,
        sum_return_squared=0,
        sum_downside_squared=0,
        day_start_ms=start.day_start_ms,
        day_start_equity=wallet,
        marked_equity=wallet,
        rank=1,
    )


def _rank_again(season: Season) -> None:
    """Rank those of the last round by their divisions of now."""
    rows = ranked_standings(season)
    ranks = rank_entrants([entrant_of(row, season.starting_capital) for row in rows])
    for row in rows:
        if row.rank != ranks[row.contestant_id]:
            Standing.objects.filter(contestant_id=row.contestant_id).update(rank=ranks[row.contestant_id])
