"""What drains a margin after the last price liquidates at the next one; until then all is well."""

from pathlib import Path

import pytest

from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.settlement import record_new_ticks, settle_ticks
from kernel.units import SCALE
from tests.factories.contests import buy, open_contest, play, ports_for, says, scripted, write_tape
from tests.factories.failing_ports import UnsteadyMarket
from trading.domain.funding import FundingRate
from trading.models import Fill, FundingPayment
from trading.ports import MarketData

pytestmark = pytest.mark.django_db


class Draining(UnsteadyMarket):
    """A market with one settlement of funding that takes all the money of who is long."""

    def __init__(self, market: MarketData, at_ms: int) -> None:
        super().__init__(market, lambda _what, _until_ms: False)
        self._at_ms = at_ms

    def fetch_funding(self, after_ms: int, until_ms: int) -> tuple[FundingRate, ...]:
        """Return the one settlement, if it lies there."""
        drain = FundingRate("BTC", self._at_ms, 12 * SCALE, 100 * SCALE)
        return (drain,) if after_ms < self._at_ms <= until_ms else ()


def problems() -> list[str]:
    """Return what the audit finds."""
    return [f"{found.invariant} {found.problem}" for found in audit() if found.problem]


@pytest.mark.parametrize("later_ms", [1, 30_000])
def test_a_margin_that_funding_took_after_the_last_price_is_no_overdue_liquidation(
    tmp_path: Path, later_ms: int
) -> None:
    season = open_contest([scripted("ann", says(buy(size=SCALE // 50)))], f"tape:{write_tape(tmp_path)}")
    play(season, 3)
    facts = season_facts(season)
    at_ms = facts.settled_ms + later_ms
    market = Draining(ports_for(season).market, at_ms)
    record_new_ticks(market, facts, at_ms)
    settle_ticks(facts, at_ms)
    assert FundingPayment.objects.get().margin_change < 0
    assert problems() == []
    until_ms = at_ms + 60_000
    record_new_ticks(market, season_facts(season), until_ms)
    settle_ticks(season_facts(season), until_ms)
    assert Fill.objects.filter(kind="liquidation").count() == 1
    assert problems() == []
