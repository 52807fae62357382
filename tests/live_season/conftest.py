"""A season on the loopback venue: its clock, its prices and its outages are in the test's hand."""

from collections.abc import Iterator

import pytest

from tests.factories.loopback_venue import LoopbackVenue, running_venue


@pytest.fixture
def venue() -> Iterator[LoopbackVenue]:
    """Run the loopback venue for one test."""
    with running_venue() as loopback:
        yield loopback
