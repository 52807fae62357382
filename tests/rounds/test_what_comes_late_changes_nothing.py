"""Late on the wall clock: late rounds execute nothing, late openings keep their exits, pauses watch on."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from arena.models import Round, Season
from arena.ports import Silence
from arena.rounds import play_next_round
from arena.services.seasons import set_season_status
from config import jobs
from config.wiring import ports_of
from contracts.adapters.none import NoChain
from contracts.ports import ProofReceipt
from kernel.time import MINUTE_MS
from tests.factories.contests import buy, close, held_reasons, says, story_of
from tests.factories.failing_ports import UnsteadyMarket
from tests.factories.live_contest import INTERVAL_MS, LiveContest, problems
from tests.factories.loopback_venue import running_venue
from trading.models import ExecutionBook

pytestmark = pytest.mark.django_db
SLUG = "season-1"


@pytest.fixture
def contest() -> Iterator[LiveContest]:
    """Yield a contest on a venue whose clock and prices are in the test's hand."""
    with running_venue() as venue:
        yield LiveContest(venue)


class LostChain(NoChain):
    """A chain that nobody can reach."""

    def commit_root(self, round_id: str, root: str) -> ProofReceipt:
        """Fail, after the decisions are stored and before anything is executed."""
        raise ConnectionError(f"no chain for {round_id} and {root[:8]}")


def open_with_position(contest: LiveContest, *later: str) -> str:
    """Open a season and play its first live round, in which ann buys BTC with a stop 3 % below."""
    season_id = contest.open([contest.trader("ann", says(buy(stop=58_200)), *later)], warm_up=2)
    contest.go_to(contest.first_live_slot)
    contest.ring()
    assert fills() == ["decision"]
    return season_id


def fills() -> list[str]:
    """Return the kind of each of ann's fills."""
    return [row[7] for row in story_of("ann", SLUG)["fills"]]


def play_up_to_the_chain(contest: LiveContest, season_id: str) -> None:
    """Play a round until its decisions are stored, and no further."""
    ports = ports_of(season_id, Silence(), contest.world)
    lost = replace(ports, chain=LostChain())
    with pytest.raises(ConnectionError, match="no chain for"):
        play_next_round(lost, season_id)


@pytest.mark.parametrize(
    ("late_s", "reason", "kinds"),
    [(170, "", ["decision", "decision"]), (190, "too_late", ["decision"]), (7_200, "too_late", ["decision"])],
)
def test_a_round_resumed_long_after_its_snapshot_executes_nothing(
    contest: LiveContest, late_s: int, reason: str, kinds: list[str]
) -> None:
    season_id = open_with_position(contest, says(close()))
    contest.go_to(contest.first_live_slot + 1)
    play_up_to_the_chain(contest, season_id)
    contest.go_to(contest.first_live_slot + 1, seconds=late_s)
    contest.ring()
    assert held_reasons(SLUG)[3] == reason
    assert fills() == kinds
    late = Round.objects.get(number=4)
    assert late.stage == "closed"
    assert ExecutionBook.objects.filter(slot=late.slot).exists() == (not reason)
    assert problems() == []


def test_the_season_goes_on_after_a_round_that_was_too_late(contest: LiveContest) -> None:
    season_id = open_with_position(contest, says(close()), "", says(close()))
    contest.go_to(contest.first_live_slot + 1)
    play_up_to_the_chain(contest, season_id)
    contest.go_to(contest.first_live_slot + 3)
    contest.ring()
    contest.ring()
    assert held_reasons(SLUG)[2:] == ["", "too_late", ""]
    assert fills() == ["decision", "decision"]
    assert problems() == []


def test_the_audit_names_an_execution_book_further_away_than_the_rules_allow(
    contest: LiveContest, drop_triggers: Callable[[], None]
) -> None:
    open_with_position(contest)
    drop_triggers()
    third = Round.objects.get(number=3)
    farthest_ms = third.market_ms + INTERVAL_MS
    sentence = f"D3: round 3 was executed {INTERVAL_MS + 1} ms after its snapshot"
    ExecutionBook.objects.filter(slot=third.slot).update(market_ms=farthest_ms)
    assert [problem for problem in problems() if "ms after its snapshot" in problem] == []
    ExecutionBook.objects.filter(slot=third.slot).update(market_ms=farthest_ms + 1)
    assert [problem for problem in problems() if "ms after its snapshot" in problem] == [sentence]


def test_exits_between_a_late_rounds_slot_and_its_opening_stay_in_the_chain(contest: LiveContest) -> None:
    season_id = open_with_position(contest)
    contest.go_to(contest.first_live_slot + 1, seconds=40)
    contest.venue.prices["BTC"] = 57_000.0
    jobs.watch_exits(world=contest.world)
    assert fills() == ["decision", "stop_loss"]
    # A round without a book has nothing that says when it was played but the cursor stored with it.
    ports = ports_of(season_id, Silence(), contest.world)
    blind = UnsteadyMarket(ports.market, lambda what, _at: what in {"snapshot", "book"})
    contest.go_to(contest.first_live_slot + 1, seconds=60)
    result = play_next_round(replace(ports, market=blind), season_id)
    assert result is not None
    late, stop = Round.objects.get(number=4), story_of("ann", SLUG)["fills"][1]
    assert late.market_ms < stop[8] <= late.settled_ms
    assert problems() == []
    contest.go_to(contest.first_live_slot + 2)
    contest.ring()
    assert held_reasons(SLUG)[2:] == ["", "market_unavailable", ""]
    assert problems() == []


def test_the_stops_of_a_paused_season_on_the_wall_clock_are_still_watched(contest: LiveContest) -> None:
    season_id = open_with_position(contest)
    set_season_status(season_id, "paused", contest.venue.now_ms)
    contest.venue.prices["BTC"] = 57_000.0
    contest.go_to(contest.first_live_slot + 2)
    contest.ring()
    assert fills() == ["decision", "stop_loss"]
    assert Round.objects.count() == 3
    set_season_status(season_id, "running", contest.venue.now_ms)
    contest.ring()
    assert Round.objects.count() == 4
    assert problems() == []


def test_the_stops_of_a_finished_season_are_not_watched(contest: LiveContest) -> None:
    season_id = open_with_position(contest)
    set_season_status(season_id, "finished", contest.venue.now_ms)
    contest.venue.prices["BTC"] = 57_000.0
    contest.go_to(contest.first_live_slot, seconds=60)
    before = Season.objects.get(id=season_id).settled_ms
    jobs.sync_prices(world=contest.world)
    jobs.watch_exits(world=contest.world)
    assert fills() == ["decision"]
    assert Season.objects.get(id=season_id).settled_ms == before < contest.venue.now_ms - MINUTE_MS // 2


def test_a_price_seen_late_is_recorded_as_seen_late(contest: LiveContest) -> None:
    open_with_position(contest)
    contest.venue.prices["BTC"] = 57_000.0
    contest.go_to(contest.first_live_slot + 1, seconds=50)
    asked_ms = contest.venue.now_ms
    jobs.play_rounds(world=contest.world)
    stops = [row for row in story_of("ann", SLUG)["fills"] if row[7] == "stop_loss"]
    assert [asked_ms < row[8] < asked_ms + 1_000 for row in stops] == [True]
    assert problems() == []
