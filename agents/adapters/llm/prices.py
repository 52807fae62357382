"""What tokens cost, by the price lists of genai-prices: dated, tiered, by the hour, and read offline.

The lists are those of the installed version: they are never fetched, so a season can be priced again later to
the same figures. ``source`` of each cost names version, provider and model.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final

from agents.domain.llm.catalogue import Catalogue
from agents.domain.llm.exchange import Cost, ModelRef, Usage
from kernel.time import SECOND_MS
from kernel.units import Rounding, div, to_units

CHARS_PER_TEN_TOKENS: Final = 16
"""Measured on our own prompts, which are mostly figures (o200k); plain prose has 4 characters a token."""

FREE: Final = Cost(0, "this machine")


@dataclass(frozen=True, slots=True)
class GenaiPriceBook:
    """The price lists, and where each model of the catalogue stands in them (agents.ports.PriceBook)."""

    catalogue: Catalogue

    def cost_of(self, model: ModelRef, model_returned: str, usage: Usage, at_ms: int) -> Cost | None:
        """Return what a call at this wall time cost in USD at 1e-8, rounded up; None where no price is known.

        The model that answered is charged for, where it has a price of its own; else the one that was asked.
        """
        if model.on_this_machine:
            return FREE
        asked = self.catalogue.price_id(model)
        provider, _, name = asked.partition("/")
        if not name:
            return None
        is_asked = not model_returned or f"/{model.model}".endswith(f"/{model_returned}")
        for candidate in (name,) if is_asked else (model_returned, name):
            cost = _cost(provider, candidate, usage, at_ms)
            if cost is not None:
                return cost
        return None

    def estimate(self, model: ModelRef, chars_in: int, max_output_tokens: int, at_ms: int) -> Cost | None:
        """Return what a call with so many characters of prompt costs at most, nothing of it in the cache."""
        tokens_in = div(chars_in * 10, CHARS_PER_TEN_TOKENS, Rounding.UP)
        return self.cost_of(model, "", Usage(input=tokens_in, output=max_output_tokens), at_ms)


def _cost(provider: str, name: str, usage: Usage, at_ms: int) -> Cost | None:
    import genai_prices  # noqa: PLC0415 - loaded at the first price, not at start

    tokens = genai_prices.Usage(
        input_tokens=usage.input,
        cache_read_tokens=usage.cached,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.output,
    )
    at = datetime.fromtimestamp(at_ms / SECOND_MS, tz=UTC)
    try:
        found: Any = genai_prices.calc_price(tokens, name, provider_id=provider, genai_request_timestamp=at)
    except (LookupError, ValueError):
        return None  # no such model in its list, or figures that cannot be: more cached than asked
    price = Decimal(found.total_price)
    return Cost(to_units(price, Rounding.UP), f"{_edition()} {found.provider.id}/{found.model.id}")


@lru_cache(maxsize=1)
def _edition() -> str:
    return f"genai-prices {version('genai-prices')}"
