"""A contestant at a real venue starts from its own wallet, and is ranked with its like by return."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from arena.domain.standings import Entrant, rank_entrants
from arena.models import Contestant, EquityPoint, Season, Standing
from arena.selectors.audit import audit
from arena.selectors.board import board
from arena.selectors.measures import contestant_measures
from arena.selectors.roster import capitals, players
from arena.services.binding import bind_contestant
from config.seasons import play_rounds_at_full_speed
from interfaces.api.answers import BOARDS
from kernel.units import SCALE
from tests.factories.played_season import SLUG, play_season
from trading.domain.venue import Permissions, VenueBalance
from trading.models import Fill, VenueAccount
from trading.services import Binding, BindingError, VenueState

WALLET = 52_317 * SCALE // 100
SAFE = Permissions(trade=True, withdraw=False, transfer=False, ip_restricted=True)


def problems() -> list[str]:
    """Return what the audit finds."""
    return [f"{found.invariant} {found.problem}" for found in audit() if found.problem]


def idle() -> list[Contestant]:
    """Return the contestants that have traded nothing, in roster order."""
    traded = Fill.objects.values("account_id")
    return list(Contestant.objects.exclude(account_id__in=traded).order_by("position"))


def bind(seat: Contestant, wallet: int = WALLET, profile: str = "testnet") -> None:
    """Bind a contestant to a venue that shows this wallet."""
    state = VenueState(VenueBalance("USDT", wallet, wallet), (), (), SAFE, 1)
    asked = Binding(seat.account_id, seat.season_id, "binanceusdm", profile, "a trial", "ann")
    bind_contestant(asked, state, "live", 1)


@pytest.mark.django_db
@pytest.mark.parametrize("rounds", [0, 3])
def test_right_after_binding_everything_starts_from_the_wallet(rounds: int) -> None:
    play_season(rounds)
    seat = idle()[0]
    bind(seat)
    assert problems() == []
    found = board(SLUG, 0)
    assert found is not None
    row = next(row for row in found.standings if row.slug == seat.slug)
    assert (row.net, row.gross, row.costs, row.max_drawdown) == (0, 0, 0, 0)
    assert (row.equity, row.capital, row.rank) == (WALLET, WALLET, 1)
    assert (row.division, row.venue_profile) == ("live", "testnet")
    measures = contestant_measures(SLUG, seat.slug)
    assert measures is not None
    assert (measures.points, measures.days) == (0, ())
    others = [row for row in found.standings if row.slug != seat.slug]
    assert {(row.capital, row.venue_profile) for row in others} == {(10_000 * SCALE, "paper")}


@pytest.mark.django_db
def test_later_rounds_are_measured_on_the_wallet_and_the_audit_stays_clean() -> None:
    season_id = play_season(3)
    seat, other = idle()[:2]
    bind(seat)
    bind(other, 2 * WALLET, "live")
    play_rounds_at_full_speed(season_id, 4, lambda _result: None)
    assert problems() == []
    standing = Standing.objects.get(contestant=seat)
    assert (standing.points, standing.peak, standing.max_drawdown) == (4, WALLET, 0)
    assert EquityPoint.objects.filter(contestant=seat).count() == 7
    measures = contestant_measures(SLUG, seat.slug)
    assert measures is not None
    assert measures.points == 4
    assert measures.figures["net_return"].value == 0
    # Twice the wallet is no better: both returned nothing, and share a rank.
    assert set(Standing.objects.filter(contestant__division="live").values_list("rank", flat=True)) == {1}
    mine = {player.account_id: player.capital for player in players(season_id)}
    assert (mine[seat.account_id], mine[other.account_id]) == (WALLET, 2 * WALLET)
    assert capitals(season_id)[seat.account_id] == WALLET


@pytest.mark.django_db
def test_the_pages_and_the_api_say_whose_money_it_is(client: Client) -> None:
    play_season(2)
    first, second = idle()[:2]
    bind(first)
    bind(second, profile="live")
    BOARDS.forget()  # another test's season of this name
    page = client.get(f"/seasons/{SLUG}/").content.decode()
    assert "Live: at real venues" in page
    assert "testnet, test money" in page
    assert "live, real money" in page
    own = client.get(f"/seasons/{SLUG}/contestants/{first.slug}/").content.decode()
    assert "testnet, test money" in own
    rows = client.get(f"/api/v1/seasons/{SLUG}/standings").json()["data"]
    told = {row["slug"]: (row["division"], row["venue_profile"], row["capital"]) for row in rows}
    assert told[first.slug][:2] == ("live", "testnet")
    assert told[second.slug][:2] == ("live", "live")
    assert told[first.slug][2].startswith("523.17")


@pytest.mark.django_db
def test_nothing_is_bound_in_mid_round_after_paper_trades_or_with_an_empty_wallet() -> None:
    play_season(12)
    seat = idle()[0]
    with pytest.raises(BindingError, match="wallet at the venue is empty"):
        bind(seat, 0)
    traded = Contestant.objects.filter(account_id__in=Fill.objects.values("account_id"))[0]
    with pytest.raises(BindingError, match="has traded on paper"):
        bind(traded)
    Season.objects.update(round_open=True)
    with pytest.raises(BindingError, match="middle of a round"):
        bind(seat)
    assert not VenueAccount.objects.exists()
    assert not Contestant.objects.filter(division="live").exists()


wallets = st.lists(st.tuples(st.integers(0, 10**14), st.integers(1, 10**14)), min_size=1, max_size=8)


@given(wallets)
def test_wallets_are_ranked_by_return_and_never_by_size(rows: list[tuple[int, int]]) -> None:
    field = [Entrant(f"c{i}", equity, 0, i, "live", capital) for i, (equity, capital) in enumerate(rows)]
    ranks = rank_entrants(field)
    for one in field:
        better = sum(o.equity * one.capital > one.equity * o.capital for o in field)
        assert ranks[one.contestant_id] == 1 + better


@pytest.mark.django_db
def test_the_chain_ranks_by_divisions_as_rounds_did() -> None:
    season_id = play_season(0)
    Contestant.objects.filter(position__lt=4).update(division="custom")
    play_rounds_at_full_speed(season_id, 8, lambda _result: None)
    assert problems() == []
