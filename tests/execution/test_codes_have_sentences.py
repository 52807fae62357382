"""Every code that an order at a venue can end with has a sentence for people."""

from interfaces.sentences import exit_phrase, reason_sentence
from trading.adapters.ccxt_live.codes import WORDS
from trading.domain.gating import DENIALS


def test_every_denial_and_every_refusal_of_a_venue_has_a_sentence() -> None:
    refusals = {code for words in WORDS.values() for code in words.codes.values()}
    refusals |= {code for words in WORDS.values() for _, code in words.phrases}
    for code in {*DENIALS, *refusals, "never_arrived", "rejected"}:
        assert reason_sentence(code).endswith("."), code


def test_an_adjustment_has_a_phrase() -> None:
    assert exit_phrase("adjustment") == "was adjusted to what the venue shows"
