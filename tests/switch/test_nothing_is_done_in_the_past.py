"""A command takes effect after it was asked: never at a price that was recorded before."""

from pathlib import Path

import pytest

from arena.selectors.audit import audit
from arena.selectors.roster import season_facts
from arena.services.settlement import record_new_ticks, settle_ticks
from arena.services.switch import turn
from kernel.time import MINUTE_MS
from kernel.units import SCALE
from tests.factories.contests import buy, open_contest, play, ports_for, says, scripted, write_tape
from trading.models import Command, Fill
from trading.services.switch import Turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(tmp_path: Path) -> str:
    """Return a season that holds a position while the price falls from minute to minute."""
    bent = {bar: (float(105 - bar),) * 4 for bar in range(6, 14)}
    answer = says(buy(stop=85, size=SCALE // 50))
    found = open_contest([scripted("ann", answer)], f"tape:{write_tape(tmp_path, bent=bent)}")
    play(found, 3)
    return found


def test_a_position_is_not_closed_at_a_price_from_before_it_was_asked(season: str) -> None:
    cursor_ms, market = season_facts(season).settled_ms, ports_for(season).market
    # The market went on for six minutes and was recorded, but nobody has settled them.
    record_new_ticks(market, season_facts(season), cursor_ms + 6 * MINUTE_MS)
    turn(Turn("global", "flatten", "a test", "tester", 1))
    settle_ticks(season_facts(season), cursor_ms + 6 * MINUTE_MS)
    assert not Fill.objects.filter(kind="flatten").exists()
    assert Command.objects.get().effective_ms is None
    for minute in (7, 8):
        record_new_ticks(market, season_facts(season), cursor_ms + minute * MINUTE_MS)
        settle_ticks(season_facts(season), cursor_ms + minute * MINUTE_MS)
    asked_ms = Command.objects.get().asked_market_ms
    assert cursor_ms < asked_ms <= cursor_ms + 6 * MINUTE_MS
    assert Fill.objects.get(kind="flatten").market_ms == Command.objects.get().effective_ms
    assert asked_ms < Fill.objects.get(kind="flatten").market_ms <= asked_ms + MINUTE_MS
    assert [finding.problem for finding in audit() if finding.problem] == []


def test_settled_at_once_or_in_pieces_it_is_done_at_the_same_moment(season: str) -> None:
    cursor_ms, market = season_facts(season).settled_ms, ports_for(season).market
    record_new_ticks(market, season_facts(season), cursor_ms + 3 * MINUTE_MS)
    turn(Turn("global", "flatten", "a test", "tester", 1))
    record_new_ticks(market, season_facts(season), cursor_ms + 8 * MINUTE_MS)
    settle_ticks(season_facts(season), cursor_ms + 8 * MINUTE_MS)
    asked_ms = Command.objects.get().asked_market_ms
    assert Fill.objects.get(kind="flatten").market_ms == asked_ms + MINUTE_MS
