"""Odd answers as models give them: every good one is taken as it was meant, no bad one becomes an order."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.domain.answers import REJECTION_CODES, UNREADABLE_CODES
from config.cli.parse import context_of, report

CORPUS = Path(__file__).parent / "corpus"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (CORPUS / "answers.jsonl").read_text(encoding="utf-8").splitlines()
]
CONTEXTS = {
    name: context_of(value)
    for name, value in json.loads((CORPUS / "contexts.json").read_text(encoding="utf-8")).items()
}
TOO_MANY = {"too_many_values", "too_many_decisions"}
Said = tuple[list[list[Any]], list[str]]
Parser = Callable[[dict[str, Any]], Said]


def our_parser(case: dict[str, Any]) -> Said:
    """Return the accepted figures and the reason codes of what is void."""
    found = report(case["raw"], CONTEXTS[case["context"]])
    codes = [item["reason_code"] for item in found["rejected"]]
    return [list(item.values()) for item in found["accepted"]], codes


def naive_parser(case: dict[str, Any]) -> Said:
    """Read as most do: what the JSON reader takes is an order, as long as its fields have the right type."""
    try:
        document = json.loads(case["raw"])
        items = document.get("decisions", [document])
        return [[i["action"], i["symbol"], float(i["size_pct"]), int(i["leverage"])] for i in items], []
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [], ["not_json"]


def unsafe(parser: Parser) -> list[str]:
    """Return the names of the bad answers that a parser turns into an order."""
    return [case["name"] for case in CASES if not is_good(case) and parser(case)[0]]


def lost(parser: Parser) -> list[str]:
    """Return the names of the good answers that a parser takes nothing from."""
    return [case["name"] for case in CASES if case["accepted"] and not parser(case)[0]]


def is_good(case: dict[str, Any]) -> bool:
    return bool(case["accepted"]) or not case["rejected"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_is_read_as_the_policy_says(case: dict[str, Any]) -> None:
    assert our_parser(case) == (case["accepted"], case["rejected"])


def test_no_bad_answer_becomes_an_order_and_no_good_one_is_lost() -> None:
    assert unsafe(our_parser) == []
    assert lost(our_parser) == []


def test_the_corpus_is_large_mixed_and_shows_nearly_every_code() -> None:
    good = sum(map(is_good, CASES))
    assert len(CASES) >= 150
    assert good >= 75
    assert len(CASES) - good >= 75
    shown = {code for case in CASES for code in case["rejected"]}
    # Made of bytes or of thousands of signs: tests/agents/test_answers_are_read_strictly.py has them.
    assert shown == {*UNREADABLE_CODES, *REJECTION_CODES} - {"too_long", "not_utf8", *TOO_MANY}


def test_a_naive_parser_fails_on_the_corpus() -> None:
    assert len(unsafe(naive_parser)) >= 40
    assert len(lost(naive_parser)) >= 40
