"""The price report of a snapshot: what each source said, the agreed median, and who signed.

Today every report is unsigned and says so; the form already has the place for signatures, so that a
signed report is a new value here and not a new shape elsewhere.
"""

from dataclasses import dataclass

from kernel.canonical import canonical_bytes, sha256_hex


@dataclass(frozen=True, slots=True)
class PriceReport:
    """Agreed marks of one moment in units of 1e-8. ``signers`` is empty on an unsigned report."""

    market_ms: int
    sources: tuple[str, ...]
    marks: tuple[tuple[str, int], ...]
    signers: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form: what signers will sign."""
        form = {"market_ms": self.market_ms, "sources": list(self.sources), "marks": dict(self.marks)}
        return sha256_hex(canonical_bytes(form))


def median(prices: list[int]) -> int:
    """Return the median, rounded down between the two middle prices of an even number."""
    if not prices:
        raise ValueError("a median needs at least one price")
    ordered = sorted(prices)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2


def agree_on_prices(market_ms: int, quotes: dict[str, dict[str, int]]) -> PriceReport:
    """Return the report of the median mark per symbol over the sources that quote it.

    ``quotes`` is source -> symbol -> mark. Raises ValueError where no source quotes anything.
    """
    symbols = sorted({symbol for marks in quotes.values() for symbol in marks})
    if not symbols:
        raise ValueError("no source gave a price")
    agreed = tuple(
        (symbol, median([marks[symbol] for marks in quotes.values() if symbol in marks]))
        for symbol in symbols
    )
    return PriceReport(market_ms, tuple(sorted(quotes)), agreed)
