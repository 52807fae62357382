"""An account's own switch: two switches, a key that moves nothing out, and the exact words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.secrets import read_keyring
from arena.models import Contestant
from config.venue_opening import DOOR
from tests.factories.commands import Said, arena
from tests.factories.keys import MASTER_KEY
from tests.factories.played_season import SLUG, play_season
from tests.factories.venue_server import VenueServer
from trading.domain.permissions import objection_to, read_permissions, write_permissions
from trading.domain.venue import Permissions
from trading.models import ControlChange, Position, VenueAccount, VenueMismatch
from trading.services import (
    SwitchError,
    Turn,
    disable_venue,
    enable_venue,
    note_permissions,
    store_venue_key,
    waive_permissions,
)

KNOWN = st.sampled_from([None, False, True])
ANY = st.builds(Permissions, KNOWN, KNOWN, KNOWN, KNOWN)
SAFE = Permissions(trade=True, withdraw=False, transfer=False, ip_restricted=True)
WHO = ("--reason", "a test", "--by", "ann")


@pytest.fixture
def account() -> str:
    play_season(rounds=1)
    found: str = Contestant.objects.get(slug="momentum").account_id
    return found


@pytest.fixture
def bound(account: str) -> str:
    """Return an account that is bound to a venue with real money, switched off."""
    VenueAccount.objects.create(
        account_id=account, feed="f", venue="binanceusdm", profile="live", created_wall_ms=0
    )
    return account


@pytest.fixture
def venue(settings: Any, tmp_path: Path) -> Iterator[VenueServer]:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"
    settings.ARENA_VENUE_KEYRING = read_keyring(f"venue1:{MASTER_KEY}")
    with VenueServer() as server:
        DOOR.settle = server.mount
        yield server
    DOOR.settle = None


def enabling(account: str, **changes: Any) -> None:
    """Switch an account on, as the command does once it has looked at the key."""
    usual = {"name": "momentum", "confirm": "LIVE momentum", "deployment": "live"}
    turn = Turn(account, "enabled", changes.pop("reason", "a test"), changes.pop("by", "ann"), 5)
    enable_venue(turn, **{**usual, **changes})


@given(ANY)
def test_permissions_are_stored_and_read_again(found: Permissions) -> None:
    assert read_permissions(write_permissions(found)) == found


@given(found=ANY, has_waiver=st.booleans())
def test_no_waiver_helps_a_key_that_moves_money_out(*, found: Permissions, has_waiver: bool) -> None:
    must_object = bool(found.withdraw or found.transfer or found.trade is False)
    needs_waiver = found.withdraw is None or found.transfer is None
    expected = must_object or (needs_waiver and not has_waiver)
    assert bool(objection_to(found, has_waiver=has_waiver)) == expected


@pytest.mark.parametrize("text", ["", "trade:1", "trade:2 withdraw:0 transfer:0 ip:1", "nonsense"])
def test_what_is_no_record_of_permissions_counts_as_never_looked_at(text: str) -> None:
    assert read_permissions(text) is None
    assert "never looked at" in objection_to(read_permissions(text), has_waiver=True)


@pytest.mark.django_db
def test_with_everything_in_order_it_is_switched_on_and_off_on_record(bound: str) -> None:
    note_permissions(bound, SAFE, 4)
    enabling(bound)
    assert VenueAccount.objects.get().enabled
    disable_venue(Turn(bound, "disabled", "enough", "bob", 6))
    assert not VenueAccount.objects.get().enabled
    found = ControlChange.objects.order_by("id").values_list("what", "before", "after", "changed_by")
    assert list(found) == [
        ("venue", "live disabled", "enabled", "ann"),
        ("venue", "live enabled", "disabled", "bob"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"confirm": ""}, 'type the exact words to go on: --confirm "LIVE momentum"'),
        ({"confirm": "live momentum"}, "exact words"),
        ({"confirm": "LIVE momentum "}, "exact words"),
        ({"deployment": "paper"}, "ARENA_TRADING=live, on purpose"),
        ({"deployment": "testnet"}, "ARENA_TRADING=live, on purpose"),
        ({"by": "arena"}, "by a person"),
        ({"by": ""}, "say who"),
        ({"reason": " "}, "say why"),
    ],
)
def test_each_condition_that_lacks_is_named_and_nothing_is_switched(
    bound: str, changes: dict[str, str], sentence: str
) -> None:
    note_permissions(bound, SAFE, 4)
    with pytest.raises(SwitchError, match=sentence):
        enabling(bound, **changes)
    assert not VenueAccount.objects.get().enabled
    assert not ControlChange.objects.exists()


@pytest.mark.django_db
def test_an_old_look_at_the_key_a_frozen_account_and_paper_are_refused(bound: str) -> None:
    with pytest.raises(SwitchError, match="never looked at"):
        enabling(bound)
    note_permissions(bound, SAFE, 5 - 600_001)
    with pytest.raises(SwitchError, match="probe it first"):
        enabling(bound)
    note_permissions(bound, SAFE, 5)
    VenueAccount.objects.update(state="frozen", frozen_reason="books differ")
    with pytest.raises(SwitchError, match="frozen: books differ"):
        enabling(bound)
    VenueAccount.objects.all().delete()
    with pytest.raises(SwitchError, match="trades on paper"):
        enabling(bound)


@pytest.mark.django_db
def test_a_key_that_turns_out_to_withdraw_switches_its_account_off(bound: str) -> None:
    note_permissions(bound, SAFE, 4)
    enabling(bound)
    note_permissions(bound, SAFE._replace(withdraw=True, transfer=True), 6)
    assert not VenueAccount.objects.get().enabled
    change = ControlChange.objects.order_by("-id")[0]
    assert change.changed_by == "arena"
    assert change.reason.startswith("auto: its key may withdraw and transfer money")
    waive_permissions(bound, "I know what I do", "ann", 7)
    with pytest.raises(SwitchError, match="withdraw and transfer"):
        enabling(bound)


@pytest.mark.django_db
def test_what_a_venue_cannot_tell_needs_somebody_who_answers_for_it(bound: str) -> None:
    note_permissions(bound, SAFE._replace(withdraw=None), 4)
    with pytest.raises(SwitchError, match="does not tell whether its key may withdraw"):
        enabling(bound)
    waive_permissions(bound, "looked at the venue's page", "ann", 5)
    enabling(bound)
    assert VenueAccount.objects.get().waiver == "ann: looked at the venue's page"


def venue_command(capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Run `arena venue`."""
    return arena(capsys, "venue", *words, "--season", SLUG)


@pytest.mark.django_db
def test_from_a_key_to_real_money_and_back_on_the_command_line(
    account: str, venue: VenueServer, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.ARENA_TRADING = "live"
    Position.objects.filter(account_id=account).delete()
    add = ("add", "momentum", "--venue", "binanceusdm", "--profile", "live", *WHO)
    assert "its key is not stored" in venue_command(capsys, *add).err
    store_venue_key(account, "binanceusdm", venue.credentials("binanceusdm"), "ann", 1)
    added = venue_command(capsys, *add)
    assert added.status == 0, added.err
    assert "momentum    binanceusdm     live  no  ready" in " ".join(added.out.split("\n")[2:3])
    assert Contestant.objects.get(slug="momentum").division == "live"
    asked = venue.counts("binanceusdm").total()
    refused = venue_command(capsys, "enable", "momentum", *WHO)
    assert 'type the words: --confirm "LIVE momentum"' in refused.err
    assert venue.counts("binanceusdm").total() == asked
    enabled = venue_command(capsys, "enable", "momentum", "--confirm", "LIVE momentum", *WHO)
    assert enabled.status == 0, enabled.err
    assert VenueAccount.objects.get().enabled
    off = venue_command(capsys, "disable", "momentum", *WHO, "--json")
    assert off.json["accounts"][0]["enabled"] is False
    secrets = venue.credentials("binanceusdm").values()
    assert not any(part in said.out + said.err for part in secrets for said in (added, enabled, off))


@pytest.mark.django_db
def test_on_paper_nothing_signed_leaves(
    account: str, venue: VenueServer, capsys: pytest.CaptureFixture[str]
) -> None:
    store_venue_key(account, "binanceusdm", venue.credentials("binanceusdm"), "ann", 1)
    said = venue_command(capsys, "add", "momentum", "--venue", "binanceusdm", *WHO)
    assert (said.status, "ARENA_TRADING=paper sends nothing signed" in said.err) == (2, True)
    assert venue.counts("binanceusdm").total() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", *WHO), "name the contestant"),
        (("add", "nobody", *WHO), "has no contestant nobody"),
        (("add", "momentum", "--venue", "mtgox", *WHO), "one of aster, binanceusdm, hyperliquid, weex"),
        (("enable", "momentum", *WHO), "it trades on paper"),
        (("disable", "momentum", *WHO), "trades on paper"),
        (("waive", "momentum", *WHO), "trades on paper"),
        (("unfreeze", "momentum", *WHO), "it trades on paper"),
        (("resolve", *WHO), "name the difference"),
        (("resolve", "x", *WHO), "no open difference is called x"),
    ],
)
def test_bad_input_is_answered_with_a_sentence(
    account: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    said = venue_command(capsys, *words)
    assert account
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err


@pytest.mark.django_db
def test_a_difference_is_listed_resolved_and_the_account_unfrozen(
    bound: str, capsys: pytest.CaptureFixture[str]
) -> None:
    VenueAccount.objects.update(state="frozen", frozen_reason="books differ")
    VenueMismatch.objects.create(
        id="d" * 32, account_id=bound, kind="money", ours=10**8, theirs=2 * 10**8, found_wall_ms=1
    )
    assert f"difference {'d' * 32}: money ours 1 theirs 2" in venue_command(capsys, "list").out
    assert "open differences" in venue_command(capsys, "unfreeze", "momentum", *WHO).err
    assert venue_command(capsys, "resolve", "d" * 32, *WHO).status == 0
    assert venue_command(capsys, "unfreeze", "momentum", *WHO).status == 0
    assert VenueAccount.objects.get().state == "ready"
