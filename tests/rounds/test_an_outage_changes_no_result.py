"""A market that is away between the execution book and the orders: the round waits and ends as without."""

from dataclasses import replace
from pathlib import Path

import pytest

from arena.models import Round, Season
from arena.ports import Ports
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.stages import release_leases
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import START_MS, buy, close, open_contest, ports_for, says, scripted, write_tape
from tests.factories.failing_ports import UnsteadyMarket
from trading.domain.decisions import Decision
from trading.domain.funding import FundingRate
from trading.models import ClosedTrade, FundingPayment
from trading.ports import MarketUnavailableError

pytestmark = pytest.mark.django_db

BOOK_MS = START_MS + 4 * MINUTE_MS + 1
"""The moment of the third round's execution book: funding is settled at it, before the round's fills."""


class FundedMarket(UnsteadyMarket):
    """A market with one settlement of funding, at the third round's book."""

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return the settlement where it lies in the span."""
        self._check("funding", until_ms)
        rate = FundingRate("BTC", BOOK_MS, SCALE // 1000, 100 * SCALE)
        return (rate,) if after_ms < BOOK_MS <= until_ms else ()


def play_six(folder: Path, slug: str, third: Decision, away: set[str]) -> tuple[str, int]:
    """Play six rounds; return the head they end at and how often the market was away, once for each name."""
    folder = folder / slug
    folder.mkdir()
    season = open_contest(
        [scripted("ann", says(buy()), says(), says(third))], f"tape:{write_tape(folder)}", slug=slug
    )
    outages: list[str] = []

    def is_away(what: str, until_ms: int) -> bool:
        if until_ms != BOOK_MS or what not in away or what in outages:
            return False
        outages.append(what)
        return True

    base = ports_for(season)
    ports = replace(base, market=FundedMarket(base.market, is_away))
    while season_facts(season).rounds_closed < 6:
        _ring(ports, season)
    return Season.objects.get(id=season).replay_head, len(outages)


def _ring(ports: Ports, season: str) -> None:
    try:
        assert play_next_round(ports, season) is not None
    except MarketUnavailableError:
        waiting = Round.objects.exclude(stage="closed").get(season_id=season)
        assert (waiting.number, waiting.stage) == (3, "priced")
        release_leases([season])  # as if the time until the next try had passed


@pytest.mark.parametrize("third", [close(), buy(size=SCALE // 20)])
@pytest.mark.parametrize("away", [{"funding"}, {"ticks"}, {"ticks", "funding"}])
def test_an_outage_between_book_and_orders_changes_no_result(
    tmp_path: Path, third: Decision, away: set[str]
) -> None:
    calm, _ = play_six(tmp_path, "calm", third, set())
    assert play_six(tmp_path, "cut", third, away) == (calm, len(away))
    assert len(set(FundingPayment.objects.values_list("amount", flat=True))) == 1
    assert FundingPayment.objects.count() == 2
    assert len(set(ClosedTrade.objects.values_list("funding", flat=True))) <= 1
    assert [finding.problem for finding in audit() if finding.problem] == []
