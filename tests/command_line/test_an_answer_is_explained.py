"""`manage.py arena parse`: which decisions stand, and why the others do not. No database is touched."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agents.domain.answers import REJECTION_CODES, UNREADABLE_CODES
from config.cli.parse import ContextError, context_of, report
from config.cli.parse_words import WORDS
from kernel.units import SCALE
from tests.factories.commands import ROOT, Said, environment

CONTEXT = {
    "requested_symbols": ["BTCUSDT", "ETH"],
    "mark": {"BTC": 65000.5, "ETH/USDT": "3000"},
    "positions": {"ETH-PERP": "long"},
}
BUY = {
    "action": "BUY",
    "symbol": "btc",
    "size_pct": 12.5,
    "leverage": "5x",
    "stop_loss": 63000.25,
    "take_profit": 69000,
    "confidence": 0.7,
}


def parse(folder: Path, said: bytes, *arguments: str) -> Said:
    """Run the command in an installation without a database, with this on its standard input."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "arena", "parse", *arguments],
        cwd=ROOT,
        env=environment(folder, DATABASE_URL="sqlite:////nowhere/at/all.sqlite3"),
        input=said,
        capture_output=True,
        check=False,
        timeout=300,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def context_file(tmp_path: Path) -> str:
    path = tmp_path / "context.json"
    path.write_text(json.dumps(CONTEXT), encoding="utf-8")
    return str(path)


def test_figures_come_as_numbers_under_the_name_that_was_requested(tmp_path: Path, context_file: str) -> None:
    items = [BUY, {"action": "close", "symbol": "ETHUSDT"}, {"action": "HOLD"}, {**BUY, "symbol": "SOL"}]
    said = parse(tmp_path, json.dumps({"decisions": items}).encode(), "--context", context_file)
    assert (said.status, said.err) == (0, "")
    assert said.json["accepted"] == [
        {**BUY, "action": "BUY", "symbol": "BTCUSDT", "leverage": 5},
        {**dict.fromkeys(BUY), "action": "CLOSE", "symbol": "ETH", "size_pct": 100},
        {**dict.fromkeys(BUY), "action": "HOLD"},
    ]
    sentence = "Decision 4 names no requested symbol; write one exactly as it was requested."
    assert said.json["rejected"] == [{"reason_code": "unknown_symbol", "message": sentence}]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"I would buy.", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (b" " * 70_000, "too_long"),
        (b"", "not_json"),
    ],
)
def test_an_unreadable_answer_is_one_rejection(
    said: bytes, code: str, tmp_path: Path, context_file: str
) -> None:
    answer = parse(tmp_path, said, "--context", context_file)
    assert (answer.status, answer.json["accepted"]) == (0, [])
    assert [item["reason_code"] for item in answer.json["rejected"]] == [code]


def test_each_line_is_answered_in_order_and_a_bad_one_by_a_rejection(tmp_path: Path) -> None:
    lines: list[bytes] = [
        json.dumps({"context": CONTEXT, "raw": json.dumps(BUY)}).encode(),
        b"no JSON",
        b"",
        b"[" * 3_000,
        b'{"raw": "\xff"}',
        b'{"raw": "x"}',
        b'{"context": {"requested_symbols": ["BTC"], "mark": {"BTC": 1e999999999}}, "raw": "x"}',
        b'{"context": {"requested_symbols": ["BTC"]}, "raw": 7}',
        b'{"context": {"requested_symbols": ["BTC"]}, "raw": {"base64": "/w=="}}',
        b'{"context": {"requested_symbols": ["BTC"]}, "raw": "\\ud800{\\"action\\": \\"WAIT\\"}"}',
    ]
    answer = parse(tmp_path, b"\n".join([*lines * 100, b""]), "--jsonl")
    found = [json.loads(line) for line in answer.out.splitlines()]
    assert (answer.status, answer.err, len(found)) == (0, "", 1_000)
    assert found[:10] * 100 == found
    assert found[0]["accepted"][0]["symbol"] == "BTCUSDT"
    codes = [[item["reason_code"] for item in each["rejected"]] for each in found[1:10]]
    assert codes == [["bad_line"]] * 7 + [["not_utf8"], []]
    assert found[9]["accepted"][0]["action"] == "HOLD"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read (No such file or directory); name a file"),
        (b"{", "is not JSON in UTF-8; it must hold"),
        (b"\xff", "is not JSON in UTF-8; it must hold"),
        (b"[]", "'requested_symbols' is no list of names"),
    ],
)
def test_a_context_that_cannot_be_used_is_refused_in_a_sentence(
    content: bytes | None, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "context.json"
    if content is not None:
        path.write_bytes(content)
    said = parse(tmp_path, b"{}", "--context", str(path))
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1


def test_a_context_must_be_named(tmp_path: Path) -> None:
    said = parse(tmp_path, b"{}")
    assert (said.status, said.out) == (2, "")
    assert "--context is missing" in said.err


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {"requested_symbols": "BTC"},
        {"requested_symbols": [1]},
        {"requested_symbols": [""]},
        {"requested_symbols": ["BTC"], "mark": [1]},
        {"requested_symbols": ["BTC"], "mark": {"BTC": 0}},
        {"requested_symbols": ["BTC"], "mark": {"BTC": -1}},
        {"requested_symbols": ["BTC"], "mark": {"BTC": True}},
        {"requested_symbols": ["BTC"], "mark": {"BTC": "dear"}},
        {"requested_symbols": ["BTC"], "mark": {"BTC": float("nan")}},
        {"requested_symbols": ["BTC"], "mark": {"BTC": 10**400}},
        {"requested_symbols": ["BTC"], "positions": ["BTC"]},
        {"requested_symbols": ["BTC"], "positions": {"BTC": "up"}},
        {"requested_symbols": ["BTC"], "positions": {"BTC": 1}},
    ],
)
def test_a_context_that_says_nothing_clear_is_not_guessed_at(context: Any) -> None:
    with pytest.raises(ContextError):
        context_of(context)


def test_symbols_that_were_not_requested_say_nothing() -> None:
    context = context_of({"requested_symbols": ["BTC"], "mark": {"SOL": "?"}, "positions": {"SOL": "?"}})
    assert (context.marks, context.sides) == ({}, {})


def test_a_mark_is_taken_exactly() -> None:
    context = context_of({"requested_symbols": ["BTC"], "mark": {"BTC": "65000.12345678"}})
    assert context.marks == {"BTC": 65_000 * SCALE + 12_345_678}


def test_without_mark_and_position_nothing_is_opened_or_closed() -> None:
    context = context_of({"requested_symbols": ["BTC"]})
    for item, code in ((BUY, "mark_missing"), ({"action": "CLOSE", "symbol": "BTC"}, "nothing_to_close")):
        found = report(json.dumps(item), context)
        assert [one["reason_code"] for one in found["rejected"]] == [code]


def test_every_code_has_its_sentence() -> None:
    assert set(WORDS) == {*UNREADABLE_CODES, *REJECTION_CODES, "bad_line"}
    assert all(";" in words or code == "bad_line" for code, words in WORDS.items())
