"""No chain: every receipt says 'not proven', and the site shows it so."""

from contracts.ports import ProofReceipt


class NoChain:
    """The honest absence of a proof."""

    name = "none"

    def commit_root(self, round_id: str, root: str) -> ProofReceipt:
        """Return a receipt that proves nothing."""
        return ProofReceipt("not_proven", root, f"round {round_id}: no chain configured")

    def record_results(self, round_id: str, digest: str) -> ProofReceipt:
        """Return a receipt that proves nothing."""
        return ProofReceipt("not_proven", digest, f"round {round_id}: no chain configured")
