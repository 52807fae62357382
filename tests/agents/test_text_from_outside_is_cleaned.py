"""Words of contestants are shown to people: nothing invisible, nothing that reorders, nothing endless."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.domain.text import clean_text

HIDDEN = {"Cc", "Cf", "Cs"}


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("plain words", "plain words"),
        ("two\n\tlines", "two lines"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("escape \x1b[31mred", "escape [31mred"),
        ("bidi \u202eolleh\u202c \u2066x\u2069", "bidi olleh x"),
        ("zero\u200bwidth\u2060\ufeff", "zerowidth"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("selector\ufe0f\U000e0100", "selector"),
        ("filler\u3164\u115f", "filler"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("line\u2028separator\u00a0and   spaces", "line separator and spaces"),
        ("Größe 数量 число", "Größe 数量 число"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_signs_that_hide_or_reorder_are_stripped(dirty: str, clean: str) -> None:
    assert clean_text(dirty, 100) == clean


@pytest.mark.parametrize("value", [None, 7, True, ["text"], {"a": 1}, b"bytes", ""])
def test_what_is_no_text_becomes_none(value: object) -> None:
    assert clean_text(value, 100) == ""


def test_text_is_cut_at_its_length() -> None:
    assert clean_text("abcdef", 3) == "abc"
    assert clean_text("ab cdef", 3) == "ab"


@given(st.text(), st.integers(1, 50))
def test_cleaning_twice_changes_nothing_more(text: str, length: int) -> None:
    once = clean_text(text, length)
    assert len(once) <= length
    assert clean_text(once, length) == once


def test_no_control_format_or_surrogate_sign_of_unicode_gets_through() -> None:
    hidden = [sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign) in HIDDEN]
    assert len(hidden) > 2_000
    assert [sign for sign in hidden if clean_text(f"a{sign}b", 9) not in {"ab", "a b"}] == []
