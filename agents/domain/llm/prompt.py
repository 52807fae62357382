"""The question every language model is asked: one versioned template for all (docs/algorithms/prompt.md).

Three parts, from what never changes to what is newest: the system text (rules, answer form, season: the same
bytes all season, so that providers can cache it), the market (rendered once a round for everybody) and the
contestant's own account with the time last. Pure: the same observation gives the same bytes.
"""

from dataclasses import dataclass

from agents.domain.llm.prompt_account import render_account
from agents.domain.llm.prompt_market import evidence_keys, render_market
from agents.domain.llm.prompt_news import render_news
from agents.domain.llm.prompt_system import CUSTOM_LENGTH, PROMPT_VERSION, render_system
from kernel.canonical import canonical_bytes, sha256_hex

CHARS_PER_TOKEN_X10 = 16
"""Ten times the signs a token holds, rounded down: numeric prompts hold far fewer than the usual four."""

__all__ = [
    "CHARS_PER_TOKEN_X10",
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
    """Return an upper estimate of a text's tokens, for budgets: no tokenizer is asked."""
    return -(-len(text) * 10 // CHARS_PER_TOKEN_X10)
