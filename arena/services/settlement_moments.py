"""What was recorded of a stretch of time, cut into the moments at which something may happen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from arena.models import Contestant
from arena.selectors.roster import SeasonFacts
from trading.domain.engine import Moment
from trading.domain.funding import FundingRate
from trading.domain.market import Tick
from trading.domain.spans import LastPrice, Span, spans_of
from trading.selectors import DueCommand, due_commands, funding_rates, ticks


class TimedCommand(NamedTuple):
    """A command that takes effect at a moment of a stretch; where ``is_new`` it is not written down yet."""

    id: int
    scope: str
    kind: str
    at_ms: int
    is_new: bool


@dataclass(frozen=True)
class Stretch:
    """Everything recorded after the cursor: ticks, settlements of funding and commands, oldest first."""

    season_id: str
    ticks: tuple[Tick, ...]
    funding: tuple[FundingRate, ...]
    commands: tuple[TimedCommand, ...]

    @property
    def reached_ms(self) -> int:
        """The last moment at which anything happens: where the cursor goes."""
        last = [self.ticks[-1].market_ms] if self.ticks else []
        return max([*last, *(rate.market_ms for rate in self.funding)])

    @property
    def begun(self) -> dict[int, int]:
        """The rows of the commands that had no moment before this stretch, and the one they have in it."""
        return {command.id: command.at_ms for command in self.commands if command.is_new}

    @property
    def funded_symbols(self) -> set[str]:
        """The symbols with a settlement of funding."""
        return {rate.symbol for rate in self.funding}

    @cached_property
    def extremes(self) -> dict[str, tuple[int, int]]:
        """Each symbol's lowest low and highest high: what lies outside cannot have fired."""
        extremes: dict[str, tuple[int, int]] = {}
        for tick in self.ticks:
            for part in tick.symbols:
                low, high = extremes.get(part.symbol, (part.low, part.high))
                extremes[part.symbol] = (min(low, part.low), max(high, part.high))
        return extremes

    @cached_property
    def holders(self) -> list[str]:
        """The accounts that the commands are for, none where there are none."""
        if any(command.scope == "global" for command in self.commands):
            rows = Contestant.objects.filter(season_id=self.season_id)
            return list(rows.values_list("account_id", flat=True))
        return [command.scope for command in self.commands]


def read_stretch(season: SeasonFacts, until_ms: int, *, funded: bool) -> Stretch | None:
    """Return what was recorded since the season's cursor; None where there is nothing."""
    found, rates = _recorded(season, until_ms, funded=funded)
    if not (found or rates):
        return None
    last_ms = max([found[-1].market_ms if found else 0, *(rate.market_ms for rate in rates)])
    due = due_commands(season.id, season.settled_ms, last_ms) if found else []
    return Stretch(season.id, found, rates, _timed(due, found))


def _timed(due: Iterable[DueCommand], found: Sequence[Tick]) -> tuple[TimedCommand, ...]:
    """Return the commands that take effect among these ticks.

    One without a moment takes the first tick later than all that was recorded when it was asked: nobody acts
    at a price that was there to be seen. Where none is later it waits on.
    """
    timed = []
    for row, scope, kind, asked_ms, effective_ms in due:
        later = (tick.market_ms for tick in found if tick.market_ms > asked_ms)
        at_ms = next(later, None) if effective_ms is None else effective_ms
        if at_ms is not None:
            timed.append(TimedCommand(row, scope, kind, at_ms, effective_ms is None))
    return tuple(timed)


def _recorded(
    season: SeasonFacts, until_ms: int, *, funded: bool
) -> tuple[tuple[Tick, ...], tuple[FundingRate, ...]]:
    """Return ticks and settlements as they were recorded together: the cursor must pass none of them unseen.

    Both are written at once but read one after the other, so ticks are read again until nothing came between.
    """
    span = (season.id, season.settled_ms, until_ms)
    found = tuple(ticks(*span))
    rates = tuple(funding_rates(*span)) if funded else ()
    while rates and (again := tuple(ticks(*span))) != found:
        found, rates = again, tuple(funding_rates(*span))
    return found, rates


def moments_of(stretch: Stretch, account_id: str, before: Mapping[str, LastPrice]) -> list[Moment]:
    """Return the moments of a stretch in order, with the commands that are for this account ('' for all).

    ``before`` holds the last prices before it.
    """
    spans = _spans_by_moment(stretch.ticks, before)
    rates: dict[int, list[FundingRate]] = {}
    for rate in stretch.funding:
        rates.setdefault(rate.market_ms, []).append(rate)
    kinds: dict[int, list[str]] = {}
    for command in stretch.commands:
        if command.scope in {"global", account_id}:
            kinds.setdefault(command.at_ms, []).append(command.kind)
    return [
        Moment(at_ms, spans.get(at_ms, {}), tuple(rates.get(at_ms, ())), tuple(kinds.get(at_ms, ())))
        for at_ms in sorted({*spans, *rates, *kinds})
    ]


def _spans_by_moment(found: Sequence[Tick], before: Mapping[str, LastPrice]) -> dict[int, dict[str, Span]]:
    moments: dict[int, dict[str, Span]] = {tick.market_ms: {} for tick in found}
    for symbol, spans in spans_of(found, before).items():
        for span in spans:
            moments[span.market_ms][symbol] = span
    return moments
