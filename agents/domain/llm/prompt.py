"""The question every language model is asked: one versioned template for all (docs/algorithms/prompt.md).

Three parts, from what never changes to what is newest: the system text (rules, answer form, season: the same
bytes all season, so that providers can cache it), the market (rendered once a round for everybody) and the
contestant's own account with the time last. Pure: the same observation gives the same bytes.
"""

import string
from dataclasses import dataclass
from typing import Final

from agents.domain.llm.prompt_account import render_account
from agents.domain.llm.prompt_market import evidence_keys, render_market
from agents.domain.llm.prompt_news import render_news
from agents.domain.llm.prompt_system import CUSTOM_LENGTH, PROMPT_VERSION, render_system
from kernel.canonical import canonical_bytes, sha256_hex

_WORDS: Final = (string.ascii_letters + " \n").encode()
_LETTERS_A_TOKEN: Final = 4
_MARGIN: Final = (11, 10)

__all__ = [
    "CUSTOM_LENGTH",
    "PROMPT_VERSION",
    "Prompt",
    "estimate_tokens",
    "evidence_keys",
    "render_account",
    "render_market",
    "render_news",
    "render_system",
]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question as sent: ``system`` and ``user`` are the two texts a provider is given."""

    system: str
    market: str
    account: str

    @property
    def user(self) -> str:
        """Market and account: all that is data, the newest last."""
        return f"{self.market}\n\n{self.account}"

    def parts_sha256(self) -> tuple[str, str, str]:
        """Return the hashes of system, market and account, each as the UTF-8 bytes that are stored."""
        return (
            sha256_hex(self.system.encode()),
            sha256_hex(self.market.encode()),
            sha256_hex(self.account.encode()),
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical list of the parts."""
        return sha256_hex(canonical_bytes([self.system, self.market, self.account]))


def estimate_tokens(text: str) -> int:
    """Return an upper estimate of a text's tokens, for budgets, without asking a tokenizer.

    Some tokenizers take every digit for a token, so a rule of signs a token fails on prices: here each digit,
    mark and byte beyond ASCII is one, four letters or spaces are one, and a tenth is added.
    """
    raw = text.encode("utf-8", "surrogatepass")
    marks = len(raw.translate(None, _WORDS))
    quarters = marks * _LETTERS_A_TOKEN + len(raw) - marks
    return -(-quarters * _MARGIN[0] // (_LETTERS_A_TOKEN * _MARGIN[1]))
