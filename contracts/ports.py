"""What a round asks of a chain."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProofReceipt:
    """What became of a commitment. ``state``: 'not_proven', 'proven' or 'refused'."""

    state: str
    root: str
    reference: str


class Chain(Protocol):
    """Where commitments go before execution and results after it."""

    @property
    def name(self) -> str:
        """Word the site shows: 'none', 'embedded' or the chain's name."""

    def commit_root(self, round_id: str, root: str) -> ProofReceipt:
        """Commit a round's root before anything is executed."""

    def record_results(self, round_id: str, digest: str) -> ProofReceipt:
        """Record a round's results after execution."""
