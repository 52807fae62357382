"""Texts that nest too deep are refused before a reader in C meets them, whatever the recursion limit is."""

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.nesting import MAX_NESTING, TooDeepError, check_nesting

DEEP = b"[" * 200_000

ANY_JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(ANY_JSON)
def test_what_is_meant_to_be_read_passes(value: object) -> None:
    check_nesting(json.dumps(value).encode())


@pytest.mark.parametrize("text", [DEEP, b'{"a":' * 200, b"[" * MAX_NESTING + b"{"])
def test_what_nests_deeper_is_refused(text: bytes) -> None:
    with pytest.raises(TooDeepError):
        check_nesting(text)


def test_brackets_in_texts_and_beside_each_other_are_no_nesting() -> None:
    check_nesting(json.dumps(["[" * 500, '"]{', [[]] * 500]).encode())


def test_a_long_text_is_looked_at_in_linear_time() -> None:
    began_s = time.process_time()
    check_nesting(b'["' + b"[\\\\" * 250_000 + b'"]')
    assert time.process_time() - began_s < 1


def test_a_provider_cannot_break_a_process_whose_recursion_limit_was_raised() -> None:
    code = (
        "import sys; sys.setrecursionlimit(10**6)\n"
        "from agents.adapters.llm.outcomes import read_document\n"
        "print(read_document(b'[' * 900_000))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (run.returncode, run.stdout.strip()) == (0, "None")
