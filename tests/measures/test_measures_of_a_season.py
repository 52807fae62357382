"""Measures of a season that was really played, held against its rows."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from arena.domain.measures import QUALIFICATIONS, UNITS, Measures, qualification
from arena.models import EquityPoint, Standing
from arena.selectors.measures import contestant_measures, measures_page
from kernel.units import SCALE
from tests.factories.played_season import SLUG, season_for_a_module

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def season(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:  # noqa: ARG001 - asked for its order
    with season_for_a_module(django_db_blocker, rounds=40) as season_id:
        yield season_id


def everybody(until_ms: int = 2**62) -> tuple[Measures, ...]:
    """Return the measures of all contestants, two at a time."""
    found: list[Measures] = []
    after: int | None = -1
    while after is not None:
        page, after = measures_page(SLUG, until_ms=until_ms, after=after, limit=2)
        found += page
    return tuple(found)


def test_every_contestant_has_every_measure_or_its_reason() -> None:
    found = everybody()
    assert len(found) == Standing.objects.count()
    for measures in found:
        assert list(measures.figures) == list(UNITS)
        for code, figure in measures.figures.items():
            assert (figure.value is None) == bool(figure.reason), code


def test_what_the_board_counts_too_is_the_same(season: str) -> None:
    standings = {row.contestant.slug: row for row in Standing.objects.select_related("contestant")}
    for measures in everybody():
        row, figures = standings[measures.contestant_slug], measures.figures
        assert figures["max_drawdown"].value == (row.max_drawdown if row.points else None)
        assert figures["fees"].value == row.fees
        assert figures["funding"].value == row.funding
        assert figures["turnover"].value == row.turnover
        assert figures["trades"].value == row.trades
        assert sum(day.pnl for day in measures.days) == (row.equity - 10_000 * SCALE if row.points else 0)
    assert season


def test_an_earlier_moment_shows_what_stood_then() -> None:
    rows = EquityPoint.objects.filter(contestant__slug="momentum").order_by("number")
    at = rows[19]
    then, now = contestant_measures(SLUG, "momentum", at.market_ms), contestant_measures(SLUG, "momentum")
    assert then is not None
    assert now is not None
    assert (then.points, now.points, then.until_ms) == (20, 40, at.market_ms)
    assert then.figures["net_return"].value == (at.equity - 10_000 * SCALE) * SCALE // (10_000 * SCALE)
    before = contestant_measures(SLUG, "momentum", 0)
    assert before is not None
    assert before.figures["net_return"].reason == "no_points"
    assert contestant_measures(SLUG, "nobody") is None
    assert contestant_measures("no-season", "momentum") is None


def test_more_contestants_need_no_more_queries() -> None:
    counts = []
    for limit in (1, 30):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            measures_page(SLUG, limit=limit)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


def test_ten_trades_without_a_hand_qualify() -> None:
    cases = {(10, False): "qualified", (9, False): "too_few_trades", (10, True): "by_hand"}
    for (trades, by_hand), expected in cases.items():
        assert qualification(trades, by_hand=by_hand) == expected
    assert {measures.qualification for measures in everybody()} <= set(QUALIFICATIONS)
