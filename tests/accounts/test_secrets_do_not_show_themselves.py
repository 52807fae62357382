"""Secrets in use: they do not let themselves be shown, copied or walked; master keys are read strictly."""

import copy
import json
import os
import pickle
from base64 import b64encode
from collections.abc import Callable

import pytest

from accounts.domain.scrubbing import MARK, Scrubber
from accounts.domain.secrets import MasterKeyError, Place, SecretText, read_keyring

KEY = "sk-shown-4821-abcd"


def encoded(byte: int) -> str:
    return b64encode(bytes([byte]) * 32).decode()


ONE = f"one:{encoded(1)}"
RING = read_keyring(ONE)

SECRET = SecretText(KEY, "f" * 16)
LEAKS: dict[str, Callable[[], object]] = {
    "str": lambda: str(SECRET),
    "f-string": lambda: f"{SECRET}",
    "format": lambda: "{}".format(SECRET),  # noqa: UP032 - this is what is proved
    "percent": lambda: "%s" % SECRET,  # noqa: UP031 - likewise
    "join": lambda: ",".join([SECRET] * 2),  # type: ignore[list-item] # likewise
    "bytes": lambda: bytes(SECRET),
    "list": lambda: list(SECRET),
    "len": lambda: len(SECRET),
    "slice": lambda: SECRET[:4],
    "pickle": lambda: pickle.dumps(SECRET),
    "copy": lambda: copy.copy(SECRET),
    "deepcopy": lambda: copy.deepcopy({"key": SECRET}),
    "json": lambda: json.dumps({"key": SECRET}),
    "json with str": lambda: json.dumps({"key": SECRET}, default=str),
    "vars": lambda: vars(SECRET),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=list(LEAKS))
def test_a_secret_does_not_let_itself_be_shown(leak: Callable[[], object]) -> None:
    with pytest.raises(TypeError) as refused:
        leak()
    assert KEY not in str(refused.value)


def test_a_secret_is_hidden_in_what_shows_it_by_repr() -> None:
    assert repr({"key": SECRET, "more": [SECRET]}) == "{'key': <hidden secret>, 'more': [<hidden secret>]}"
    assert "%r" % SECRET == "<hidden secret>"  # noqa: UP031 - this is what is proved
    assert KEY not in repr(RING)


def test_a_secret_can_be_told_apart_without_being_shown() -> None:
    assert SecretText("a" * 20, "1") == SecretText("a" * 20, "1")
    assert SecretText("a" * 20, "1") != SecretText("b" * 20, "2")
    assert {SecretText("a" * 20, "1"), SecretText("a" * 20, "1")} == {SecretText("a" * 20, "1")}
    assert SecretText("a" * 20, "1")


def test_master_keys_are_neither_copied_nor_written() -> None:
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(RING)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "entry 1 has no id"),
        ("Big:" + encoded(1), "entry 1 has no id"),
        (f"{ONE},{encoded(2)}", "entry 2 has no id"),
        ("one:!!!!", "is not base64"),
        ("one:" + b64encode(b"short").decode(), "has 5 bytes"),
        (f"{ONE},{ONE}", "stands there twice"),
    ],
)
def test_master_keys_that_cannot_be_read_are_refused_without_telling_them(text: str, why: str) -> None:
    with pytest.raises(MasterKeyError, match=why) as refused:
        read_keyring(text)
    assert encoded(1) not in str(refused.value)


def test_master_keys_may_stand_in_lines_and_in_the_other_alphabet() -> None:
    urlsafe = b64encode(b"\xff" * 32).decode().replace("/", "_").replace("+", "-").rstrip("=")
    assert read_keyring(f"{ONE}\n\nthree:{urlsafe}\n").ids == ("one", "three")


def test_nonces_are_fresh_and_of_one_length() -> None:
    place = Place("t", "c", "r", "p", "o", "h")
    with pytest.raises(ValueError, match="12 bytes"):
        RING.seal(KEY, place, b"short")
    key_id, sealed = RING.seal(KEY, place, os.urandom(12))
    assert RING.open(sealed, key_id, place).reveal() == KEY


def test_values_are_struck_out_in_every_form_they_take() -> None:
    scrubber = Scrubber()
    scrubber.add('sk-"odd"/key&1234')
    for form in ('sk-"odd"/key&1234', 'sk-\\"odd\\"/key&1234', "sk-%22odd%22%2Fkey%261234"):
        assert scrubber.scrub(f"a {form} b") == f"a {MARK} b"
    assert scrubber.scrub_bytes(b'x sk-"odd"/key&1234 y') == b"x " + MARK.encode() + b" y"
    assert scrubber.scrub(b64encode(b'sk-"odd"/key&1234').decode().rstrip("=")) == MARK


def test_a_longer_value_is_struck_out_before_one_it_holds() -> None:
    scrubber = Scrubber()
    for value in ("sk-12345678", "sk-12345678-and-more"):
        scrubber.add(value)
    assert scrubber.scrub("sk-12345678-and-more") == MARK


def test_words_too_short_for_a_secret_stay() -> None:
    scrubber = Scrubber()
    scrubber.add("dummy")
    assert scrubber.scrub("a dummy here") == "a dummy here"
