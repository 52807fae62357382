"""A default season on the loopback venue, opened and played as the server does it."""

from collections.abc import Sequence
from typing import Any, Final

from agents.domain.roster import RosterEntry
from arena import selectors
from arena.domain.board import SeasonView
from arena.domain.round_views import RoundView
from arena.models import Round
from arena.selectors.audit import audit
from arena.services.seasons import season_id_of
from config import jobs
from config.cli import serve
from config.wiring import World
from kernel.time import MINUTE_MS, SECOND_MS
from tests.factories.contests import scripted
from tests.factories.loopback_venue import LoopbackVenue

INTERVAL_MS: Final = 3 * MINUTE_MS


class LiveContest:
    """One season on one venue, and the time there.

    The clock is set so many seconds past the start of a slot; ``first_live_slot`` is the one after it.
    """

    def __init__(self, venue: LoopbackVenue, past_slot_s: int = 130) -> None:
        self.venue = venue
        slot = venue.now_ms // INTERVAL_MS
        venue.now_ms = slot * INTERVAL_MS + past_slot_s * SECOND_MS
        self.first_live_slot = slot + 1
        self.world = World(venue.clock, self._client)

    def _client(self, name: str, timeout_ms: int) -> Any:
        # The loopback speaks two dialects; the other venues are down.
        is_known = name in {"binanceusdm", "hyperliquid"}
        return self.venue.client(name, timeout_ms, port=None if is_known else 1)

    def open(self, roster: Sequence[RosterEntry], **options: Any) -> str:
        """Open the default season as `serve --first-run` does."""
        chosen = {"market": "ccxt:binanceusdm", "seed": 1, "warm_up": 20, "speed": 12}
        return serve.open_default_season(chosen | options, self.world, roster)

    def trader(self, slug: str, *answers: str, first_slot: int | None = None) -> RosterEntry:
        """Return a contestant that plays these answers from the first live round on."""
        return scripted(slug, *answers, from_slot=first_slot or self.first_live_slot)

    def go_to(self, slot: int, seconds: int = 2) -> None:
        """Let the time be so many seconds after the start of a slot."""
        self.venue.now_ms = slot * INTERVAL_MS + seconds * SECOND_MS

    def ring(self) -> None:
        """Ring every job once, as the schedule does."""
        jobs.sync_prices(world=self.world)
        jobs.watch_exits(world=self.world)
        jobs.play_rounds(world=self.world)
        jobs.mark_positions()
        jobs.sync_balances()

    def season(self) -> SeasonView:
        """Return the season as its page shows it."""
        found = selectors.season_view(serve.SLUG, self.venue.now_ms)
        assert found is not None
        return found


def slots() -> list[int]:
    """Return the slots that were played, in the order of their numbers."""
    rows = Round.objects.filter(season_id=season_id_of(serve.SLUG)).order_by("number")
    return list(rows.values_list("slot", flat=True))


def round_page(number: int) -> RoundView:
    """Return a round as its page shows it."""
    found = selectors.round_view(serve.SLUG, number)
    assert found is not None
    return found


def problems() -> list[str]:
    """Return what the audit finds."""
    return [f"{finding.invariant}: {finding.problem}" for finding in audit() if finding.problem]
