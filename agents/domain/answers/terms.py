"""How an open may fill, as an answer says it: a limit price, a trailing stop, a reversal."""

from typing import Any, Final, NamedTuple

from agents.domain.answers.figures import PERCENT, number_of, price_of
from agents.domain.strict_json import RefusedError
from kernel.units import SCALE
from trading.domain.terms import AT_MARKET, GTC, IOC, LIMIT, Terms

TERM_KEYS: Final = ("limit_price", "time_in_force", "post_only", "trailing_pct", "reverse")

LEAST_TRAIL: Final = SCALE // 1000
MOST_TRAIL: Final = SCALE // 5
"""0.1 % to 20 %: a stop nearer than the spread fires at once, one farther than that is none."""

_FARTHEST: Final = 2
"""As of stop and target: farther from the mark than mark / 2 is a slip; how far is too far the rules say."""


class OpenTerms(NamedTuple):
    """What an open adds to size and exits; ``trail`` is a ratio, 0 for none."""

    terms: Terms = AT_MARKET
    trail: int = 0
    reverse: bool = False


_PLAIN: Final = OpenTerms()


def terms_of(item: dict[str, Any], mark: int | None) -> OpenTerms:
    """Return the terms of an open; raises RefusedError for what is unclear or contradicts itself."""
    if all(item.get(key) is None for key in TERM_KEYS):
        return _PLAIN
    return OpenTerms(
        _limit_of(item, mark), _trail_of(item.get("trailing_pct")), _flag(item.get("reverse"), "reverse")
    )


def _limit_of(item: dict[str, Any], mark: int | None) -> Terms:
    price = price_of(item.get("limit_price"), "limit_price")
    force, post = _force_of(item.get("time_in_force")), _flag(item.get("post_only"), "post_only")
    if price is None:
        if post or force == GTC:
            raise RefusedError("terms_contradict")
        return AT_MARKET
    if mark and abs(price - mark) * _FARTHEST > mark:
        raise RefusedError("limit_price_too_far")
    if post and force == IOC:
        raise RefusedError("terms_contradict")
    return Terms(LIMIT, price, force or GTC, post)


def _force_of(value: Any) -> str:
    if value is None:
        return ""
    force = value.strip().lower() if isinstance(value, str) else ""
    if force not in {IOC, GTC}:
        raise RefusedError("time_in_force_unknown")
    return force


def _trail_of(value: Any) -> int:
    if value is None:
        return 0
    trail = number_of(value, "trailing_pct") // PERCENT
    if not LEAST_TRAIL <= trail <= MOST_TRAIL:
        raise RefusedError("trailing_pct_out_of_bounds")
    return trail


def _flag(value: Any, field: str) -> bool:
    if value is None or value is False or value is True:
        return bool(value)
    raise RefusedError(f"{field}_not_a_flag")
