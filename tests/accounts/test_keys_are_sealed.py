"""Keys at rest: one opens at its own place only, under its own master key, and is told to nobody."""

from base64 import b64encode
from typing import Any

import pytest
from django.db import transaction

from accounts.domain.secrets import (
    Keyring,
    MasterKeyError,
    SecretError,
    UnusableSecretError,
    read_keyring,
)
from accounts.models import Secret
from accounts.selectors import open_secrets, secret_hints, secrets_of
from accounts.services import drop_secret, keep_host, mark_checked, rotate_secrets, store_secret

KEY = "sk-sealed-4821-abcd"
HOST = "api.example.com"


def encoded(byte: int) -> str:
    return b64encode(bytes([byte]) * 32).decode()


ONE = f"one:{encoded(1)}"
TWO = f"two:{encoded(2)}"
RING = read_keyring(ONE)


def stored(owner: str = "agent:claude", text: str = KEY, ring: Keyring = RING) -> Secret:
    store_secret("provider", owner, text, HOST, 1_000, ring)
    return Secret.objects.get(owner=owner)


def opened(owner: str = "agent:claude", ring: Keyring = RING) -> str:
    return secrets_of("provider", [owner], ring)[owner].reveal()


@pytest.mark.django_db
def test_a_key_opens_where_it_was_stored_and_stands_nowhere_in_its_row() -> None:
    row = stored()
    assert opened() == KEY
    assert KEY.encode() not in bytes(row.sealed)
    assert (row.last4, row.host, row.master_key, row.check_state) == ("abcd", HOST, "one", "")
    assert KEY not in repr(vars(row))


@pytest.mark.django_db
def test_two_keys_that_are_equal_are_sealed_differently_and_named_alike() -> None:
    first, second = stored("agent:a"), stored("agent:b")
    assert bytes(first.sealed) != bytes(second.sealed)
    assert first.fingerprint == second.fingerprint


@pytest.mark.django_db
def test_a_fingerprint_cannot_be_searched_for_without_the_master_key() -> None:
    assert RING.fingerprint(KEY) != read_keyring(TWO).fingerprint(KEY)


MOVES: dict[str, dict[str, Any]] = {
    "owner": {"owner": "agent:thief"},
    "host": {"host": "evil.example.com"},
    "purpose": {"purpose": "venue"},
    "master key id": {"master_key": "two"},
    "row": {"id": "f" * 32},
}


@pytest.mark.django_db
@pytest.mark.parametrize("changes", MOVES.values(), ids=list(MOVES))
def test_a_row_that_was_moved_or_changed_does_not_open(changes: dict[str, Any]) -> None:
    stored()
    Secret.objects.update(**changes)
    row = Secret.objects.get()
    found = open_secrets(row.purpose, [row.owner], read_keyring(f"{ONE},{TWO}"))
    assert found.found == {}
    assert "cannot be opened" in found.problems[row.owner]
    assert KEY not in str(found)


@pytest.mark.django_db
def test_a_seal_copied_from_another_row_does_not_open() -> None:
    rich, poor = stored("agent:rich"), stored("agent:poor", "sk-of-the-poor-one")
    Secret.objects.filter(pk=poor.pk).update(sealed=rich.sealed)
    with pytest.raises(SecretError, match="cannot be opened"):
        opened("agent:poor")


@pytest.mark.django_db
@pytest.mark.parametrize("place", [0, 1, 12, 13, -1])
def test_one_flipped_bit_is_noticed(place: int) -> None:
    row = stored()
    spoilt = bytearray(row.sealed)
    spoilt[place] ^= 1
    Secret.objects.update(sealed=bytes(spoilt))
    assert open_secrets("provider", [row.owner], RING).found == {}


@pytest.mark.django_db
@pytest.mark.parametrize("length", [0, 1, 12, 28])
def test_a_seal_that_was_cut_is_refused_in_a_sentence(length: int) -> None:
    row = stored()
    Secret.objects.update(sealed=bytes(row.sealed)[:length])
    assert "cannot be opened" in open_secrets("provider", [row.owner], RING).problems[row.owner]


@pytest.mark.django_db
def test_a_wrong_master_key_of_the_same_name_is_told_as_such() -> None:
    stored()
    problem = open_secrets("provider", ["agent:claude"], read_keyring(f"one:{encoded(9)}")).problems
    assert "master key one is not the one it was sealed under" in problem["agent:claude"]


@pytest.mark.django_db
def test_a_missing_master_key_is_named() -> None:
    stored()
    problem = open_secrets("provider", ["agent:claude"], read_keyring(TWO)).problems
    assert "sealed under master key one, which is not there (there: two)" in problem["agent:claude"]


@pytest.mark.django_db
def test_one_key_that_does_not_open_keeps_no_other_from_opening() -> None:
    stored("agent:a")
    stored("agent:b", ring=read_keyring(TWO))
    found = open_secrets("provider", ["agent:a", "agent:b"], RING)
    assert (set(found.found), set(found.problems)) == ({"agent:a"}, {"agent:b"})


@pytest.mark.django_db
def test_without_a_master_key_nothing_is_stored() -> None:
    with pytest.raises(MasterKeyError, match="run bin/setup"):
        stored(ring=read_keyring(""))
    assert not Secret.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        (" sk-1234", "holds a blank"),
        ("sk-12\n34", "holds a blank"),
        ("sk-1234\x00", "signs that no key has"),
        ("sk-1234é", "signs that no key has"),
        ("sk-1234\u200b", "signs that no key has"),
        ("\ud800sk-1234", "signs that no key has"),
        ("k" * 4097, "longer than 4096 bytes"),
    ],
)
def test_what_is_no_key_is_refused_without_telling_it(text: str, why: str) -> None:
    with pytest.raises(UnusableSecretError, match=why) as refused:
        stored(text=text)
    assert not text or text.strip() not in str(refused.value)
    assert not Secret.objects.exists()


@pytest.mark.django_db
def test_a_key_of_the_longest_length_is_kept() -> None:
    stored(text="k" * 4096)
    assert opened() == "k" * 4096


@pytest.mark.django_db
def test_a_new_key_replaces_the_old_one_and_nobody_has_tried_it_yet() -> None:
    row = stored()
    mark_checked("provider", row.owner, fingerprint=row.fingerprint, state="accepted", wall_ms=5)
    assert Secret.objects.get().check_state == "accepted"
    stored(text="sk-another-9999-wxyz")
    row = Secret.objects.get()
    assert (row.last4, row.check_state, row.checked_wall_ms) == ("wxyz", "", None)


@pytest.mark.django_db
def test_the_test_of_a_replaced_key_marks_nothing() -> None:
    old = stored()
    stored(text="sk-another-9999-wxyz")
    assert not mark_checked("provider", old.owner, fingerprint=old.fingerprint, state="refused", wall_ms=5)
    assert Secret.objects.get().check_state == ""


@pytest.mark.django_db
def test_another_host_forgets_the_key_and_the_same_one_keeps_it() -> None:
    stored()
    assert not keep_host("provider", "agent:claude", HOST)
    assert keep_host("provider", "agent:claude", "evil.example.com")
    assert not Secret.objects.exists()


@pytest.mark.django_db
def test_a_dropped_key_is_gone() -> None:
    stored()
    assert drop_secret("provider", "agent:claude")
    assert not drop_secret("provider", "agent:claude")
    assert secret_hints("provider") == ()


@pytest.mark.django_db
def test_short_keys_show_no_end() -> None:
    stored(text="sk-12345678")
    assert secret_hints("provider")[0].last4 == ""


@pytest.mark.django_db
def test_rotation_seals_every_key_under_the_first_master_key() -> None:
    for number in range(5):
        stored(f"agent:{number}", f"sk-rotated-{number}-000")
    both = read_keyring(f"{TWO},{ONE}")
    count = rotate_secrets(both)
    assert (count.sealed_anew, count.by_master_key, count.problems) == (5, {"two": 5}, ())
    alone = read_keyring(TWO)
    assert [opened(f"agent:{number}", alone) for number in range(5)] == [
        f"sk-rotated-{number}-000" for number in range(5)
    ]
    assert rotate_secrets(both).sealed_anew == 0


@pytest.mark.django_db(transaction=True)
def test_a_rotation_that_was_cut_off_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        stored(f"agent:{number}", f"sk-rotated-{number}-000")
    both, saved = read_keyring(f"{TWO},{ONE}"), Secret.save
    calls = iter(range(100))

    def fails_at_the_third(row: Secret, *args: Any, **options: Any) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        saved(row, *args, **options)

    monkeypatch.setattr(Secret, "save", fails_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        rotate_secrets(both)
    assert Secret.objects.filter(master_key="two").count() == 2
    assert len(open_secrets("provider", [f"agent:{n}" for n in range(4)], both).found) == 4
    assert rotate_secrets(both).sealed_anew == 2
    assert rotate_secrets(read_keyring(TWO)).by_master_key == {"two": 4}


@pytest.mark.django_db
def test_rotation_reports_what_it_cannot_open_and_leaves_it() -> None:
    stored("agent:lost", ring=read_keyring(f"three:{encoded(3)}"))
    stored("agent:kept")
    count = rotate_secrets(read_keyring(f"{TWO},{ONE}"))
    assert (count.sealed_anew, count.by_master_key) == (1, {"three": 1, "two": 1})
    assert "agent:lost" in count.problems[0]


@pytest.mark.django_db
def test_thousands_of_owners_cost_one_query(django_assert_num_queries: Any) -> None:
    stored()
    with django_assert_num_queries(1):
        found = secrets_of("provider", [f"agent:{n}" for n in range(3_000)] + ["agent:claude"], RING)
    assert list(found) == ["agent:claude"]


@pytest.mark.django_db
def test_a_failed_transaction_leaves_the_old_key() -> None:
    stored()

    def fail() -> None:
        with transaction.atomic():
            stored(text="sk-another-9999-wxyz")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert opened() == KEY
