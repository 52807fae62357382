"""How often an answer cites figures that it was never shown: the fabrication rate.

A figure of at least three significant digits in the summary or a reasoning is a citation. It is fabricated if
nothing the contestant was told rounds to it: no figure of the prompt, none of its own decision (its stop, its
target), none that follows from those in one step (distance to the mark, reward to risk). Signs and units are
ignored. An evidence key is a citation too, fabricated if the market part does not offer it. What that counts
and what it lets pass: docs/algorithms/prompt.md.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Final, NamedTuple

from agents.domain.answers import Answer
from agents.domain.llm.prompt import Prompt, evidence_keys
from kernel.units import DECIMALS, MAX_UNITS, SCALE
from trading.domain.decisions import Decision

LEAST_DIGITS: Final = 3
"""Significant digits from which a figure is a citation: 20x, RSI(14) and 'two bars' are counts and names."""

MAX_FIGURES: Final = 400
"""Citations of one answer that are looked at; an honest answer holds a dozen."""

_FIGURE: Final = re.compile(
    r"""
    \d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)? | \d{1,2}:\d\d(?::\d\d)?    # dates and times: no citation
    | (?<![\w.,])
      (?P<whole>\d{1,3}(?:,\d{3}){1,5}|\d{1,14})(?P<rest>\.\d{1,12})?
      (?P<unit>\s?%|(?:[kKMx]|USDT?|bps|pts)(?!\w)|)
      (?![\w]|[.,]\d)
    """,
    re.VERBOSE | re.ASCII,
)

_SPLIT: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
"""Its own earlier words, which the account quotes: what was made up once does not become true by it."""

_PERCENT: Final = 100
_TIMES: Final = {"k": 1_000, "K": 1_000, "M": 1_000_000}


class Citations(NamedTuple):
    """How many figures and keys an answer cites, and how many of them the prompt does not hold."""

    cited: int
    fabricated: int


class _Cited(NamedTuple):
    """One cited figure: its size in units, the worth of its last digit, whether it is per cent."""

    units: int
    quantum: int
    is_percent: bool


def count_citations(answer: Answer, prompt: Prompt) -> Citations:
    """Return what the answer cites and how much of that is fabricated. Pure; never raises."""
    keys = _known_keys(prompt.market)
    own = sorted(_own_figures(answer.decisions, keys))
    told = _figures_in(_QUOTED.sub("", prompt.account))
    shown = (_figures_of(prompt.market), _figures_of(prompt.system), told, own)
    cited = fabricated = 0
    texts = (answer.summary, *(decision.reasoning for decision in answer.decisions))
    for figure in islice(chain.from_iterable(map(_citations_in, texts)), MAX_FIGURES):
        cited += 1
        fabricated += not any(_holds(figures, figure) for figures in shown)
    evidence = [key for decision in answer.decisions for key in decision.evidence]
    unknown = sum(key.strip().casefold() not in keys for key in evidence)
    return Citations(cited + len(evidence), fabricated + unknown)


def _citations_in(text: str) -> Iterator[_Cited]:
    for match in _FIGURE.finditer(text):
        whole, rest = match["whole"], match["rest"] or ""
        if whole is not None and (figure := _cited(whole.replace(",", ""), rest, match["unit"].strip())):
            yield figure


def _cited(whole: str, rest: str, unit: str) -> _Cited | None:
    digits = (whole + rest[1:]).lstrip("0") if rest else whole.strip("0")
    if len(digits) < LEAST_DIGITS:
        return None
    times = _TIMES.get(unit, 1)
    zeros = 0 if rest else len(whole) - len(whole.rstrip("0"))
    if rest:
        decimals = rest[1 : DECIMALS + 1]
        units = int(whole) * SCALE + int(decimals.ljust(DECIMALS, "0"))
        quantum = 10 ** (DECIMALS - len(decimals))
    else:
        units, quantum = int(whole) * SCALE, SCALE * 10**zeros
    return _Cited(units * times, quantum * times, unit == "%")


def _holds(figures: "list[int] | tuple[int, ...]", cited: _Cited) -> bool:
    """Return whether some figure is the cited one rounded or cut to as many digits."""
    if _has_between(figures, cited.units - cited.quantum // 2, cited.units + cited.quantum):
        return True
    if not cited.is_percent:
        return False
    low, high = cited.units - cited.quantum // 2, cited.units + cited.quantum
    return _has_between(figures, low // _PERCENT, -(-high // _PERCENT))  # 65.0% of a confidence of 0.65


def _has_between(figures: "list[int] | tuple[int, ...]", low: int, high: int) -> bool:
    at = bisect_left(figures, low)
    return at < len(figures) and figures[at] < high


def _figures_in(text: str) -> tuple[int, ...]:
    """Return every figure that stands in a text, as sizes in units, sorted."""
    found = set(_SPLIT.findall(text))
    return tuple(sorted([_units(figure) for figure in found if len(figure) < len(str(MAX_UNITS))]))


def _units(figure: str) -> int:
    whole, _, rest = figure.partition(".")
    return int(whole) * SCALE + int(rest[:DECIMALS].ljust(DECIMALS, "0"))


@lru_cache(maxsize=64)
def _figures_of(shared: str) -> tuple[int, ...]:
    """Return the figures of a part that many contestants share, read once."""
    return _figures_in(shared)


@lru_cache(maxsize=16)
def _known_keys(market: str) -> dict[str, str]:
    return {key.casefold(): value for key, value in evidence_keys(market).items()}


def _own_figures(decisions: Iterable[Decision], keys: dict[str, str]) -> Iterator[int]:
    """Return what a contestant may say of its own decisions: their figures, distances, reward to risk."""
    for decision in decisions:
        yield from (decision.size * _PERCENT, decision.leverage * SCALE, decision.confidence)
        yield decision.confidence * _PERCENT
        prices = [price for price in (decision.stop_loss, decision.take_profit) if price is not None]
        if decision.watch is not None:
            prices.append(decision.watch.value)
        yield from prices
        mark = _units(keys.get(f"{decision.symbol}.mark".casefold(), "0"))
        yield from _distances(prices, mark)
        ratio = decision.reward_to_risk(mark)
        if ratio is not None:
            yield ratio


def _distances(prices: list[int], mark: int) -> Iterator[int]:
    for price in prices if mark else ():
        yield abs(price - mark)
        yield abs(price - mark) * _PERCENT * SCALE // mark
