"""Fault row 20: the kill switch pressed in mid-round. No intent appears after it; what rests is cancelled."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction

from arena.models import Contestant
from arena.rounds import play_next_round
from arena.selectors.audit import audit
from arena.services.switch import scope_of, turn
from contracts.adapters.none import NoChain
from contracts.ports import ProofReceipt
from tests.factories.accounts import open_account
from tests.factories.contests import SLUG, buy, open_contest, play, ports_for, says, scripted, write_tape
from trading.models import Command, Order, Position
from trading.selectors import levels_for_update, trading_level
from trading.services import Turn

WRITERS = 3
LEAST = 20
"""Intents that are there before the switch is turned."""


class PressingChain(NoChain):
    """While it takes a round's root, after review and before the intents, somebody presses the switch."""

    def __init__(self, press: Callable[[], object]) -> None:
        self.press = press

    def commit_root(self, round_id: str, root: str) -> ProofReceipt:
        """Press, then answer as ever."""
        self.press()
        return super().commit_root(round_id, root)


@pytest.fixture(autouse=True)
def stop_path(tmp_path: Path, settings: Any) -> Path:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"
    return tmp_path / "ARENA_STOP"


def open_duel(folder: Path) -> str:
    """Open a contest in which ann buys first and both buy in round 2; round 1 is played."""
    roster = [scripted("ann", says(buy()), says(), says()), scripted("bob", says(), says(buy()), says(buy()))]
    season = open_contest(roster, f"tape:{write_tape(folder)}")
    play(season, 1)
    return season


def pressed(season: str, press: Callable[[], object]) -> None:
    """Play the next round, in which the switch is pressed."""
    assert play_next_round(replace(ports_for(season), chain=PressingChain(press)), season) is not None


def account_of(slug: str) -> str:
    """Return a contestant's account."""
    return Contestant.objects.get(slug=slug).account_id


def states(slug: str) -> list[tuple[str, str]]:
    """Return state and reason of a contestant's orders, in order."""
    rows = Order.objects.filter(account_id=account_of(slug)).order_by("market_ms", "id")
    return list(rows.values_list("state", "reason"))


def ask(asked: str, scope: str = "global") -> Callable[[], object]:
    """Return a press of the switch."""
    return lambda: turn(Turn(scope, asked, "a test", "tester", 1))


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["reducing", "halted", "flatten"])
def test_no_intent_appears_after_the_switch(tmp_path: Path, asked: str) -> None:
    season = open_duel(tmp_path)
    pressed(season, ask(asked))
    assert states("bob") == [("denied", "kill_switch")]
    assert [finding.problem for finding in audit() if finding.problem] == []


@pytest.mark.django_db
@pytest.mark.parametrize(("stopped", "found"), [("ann", ("filled", "")), ("bob", ("denied", "kill_switch"))])
def test_one_account_alone_is_stopped_in_mid_round(
    tmp_path: Path, stopped: str, found: tuple[str, str]
) -> None:
    season = open_duel(tmp_path)
    pressed(season, ask("halted", scope_of(SLUG, stopped)))
    assert states("bob") == [found]
    assert [finding.problem for finding in audit() if finding.problem] == []


@pytest.mark.django_db
def test_a_stop_file_made_in_mid_round_denies_what_opens_and_ends_the_rounds(
    tmp_path: Path, stop_path: Path
) -> None:
    season = open_duel(tmp_path)
    pressed(season, stop_path.touch)
    assert states("bob") == [("denied", "kill_switch")]
    assert play_next_round(ports_for(season), season) is None
    stop_path.unlink()
    assert play_next_round(ports_for(season), season) is not None


@pytest.mark.django_db
def test_flattened_in_mid_round_the_position_is_closed_at_the_next_prices(tmp_path: Path) -> None:
    season = open_duel(tmp_path)
    assert Position.objects.filter(qty__gt=0).count() == 1
    pressed(season, ask("flatten"))
    turn(Turn("global", "active", "looked at it", "tester", 2))
    play(season, 1)
    assert Position.objects.filter(account_id=account_of("ann"), qty__gt=0).count() == 0
    assert list(Command.objects.filter(feed=season, effective_ms=None)) == []
    assert [finding.problem for finding in audit() if finding.problem] == []


class Writers:
    """Threads that write an intent whenever the switch, read in the same transaction, lets them."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.is_over = threading.Event()
        self.written: list[int] = []
        self.failures: list[BaseException] = []
        self.threads = [threading.Thread(target=self._run, args=(number,)) for number in range(WRITERS)]

    def _run(self, number: int) -> None:
        try:
            self._write(number * 10_000)
        except BaseException as failure:  # noqa: BLE001 - told by the test's own thread
            self.failures.append(failure)
        finally:
            connections.close_all()

    def _write(self, first: int) -> None:
        for count in range(first, first + 10_000):
            if self.is_over.is_set():
                return
            with transaction.atomic():
                if levels_for_update([self.account])[self.account] == "active":
                    _intend(self.account, count)
                    self.written.append(count)


@pytest.mark.django_db(transaction=True)
def test_writers_of_intents_and_the_switch_never_cross() -> None:
    writers = Writers(open_account("ann"))
    for thread in writers.threads:
        thread.start()
    while len(writers.written) < LEAST and not writers.failures:
        writers.is_over.wait(0.01)
    turn(Turn("global", "halted", "a test", "tester", 1))
    at_the_turn = Order.objects.count()
    writers.is_over.wait(0.3)
    writers.is_over.set()
    for thread in writers.threads:
        thread.join(30)
    assert writers.failures == []
    assert trading_level() == "halted"
    assert Order.objects.count() == at_the_turn >= LEAST


def _intend(account: str, number: int) -> None:
    Order.objects.create(
        id=f"{number:032x}",
        feed="f",
        account_id=account,
        symbol="BTC",
        kind="decision",
        side=1,
        qty=1,
        leverage=1,
        reduce_only=False,
        market_ms=number,
        state="intent",
    )
