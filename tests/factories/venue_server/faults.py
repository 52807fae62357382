"""What can go wrong between a client and a venue, scripted or drawn from a seed, and counted.

On the way: lose_request (closed before anything was done), lose_answer (done, then closed), slow_answer
(done, answered later), slow_request (done later: the client may long have given up), http_502 http_503
http_429 http_418 (nothing done), http_502_done http_503_done (done all the same), unknown_done unknown_lost
(the venue's "execution status unknown": done, or not), garbled_done garbled_lost (no JSON).

In the book, at orders: duplicate_fill (shown twice), late_fill (canceled, and filled afterwards), split_fill
(two fills), out_of_order (two fills, shown backwards), partial_cut (half, then canceled), stale_list (open
orders and history show it later), stale_order (nor is it found by its id until then), external_fill (somebody
else trades the symbol by hand just after it). How late is the market's ``late_s``, how stale its ``stale_s``.
"""

import random
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

WAY = (
    "lose_request", "lose_answer", "slow_answer", "slow_request",
    "http_502", "http_503", "http_429", "http_418", "http_502_done", "http_503_done",
    "unknown_done", "unknown_lost", "garbled_done", "garbled_lost",
)  # fmt: skip
BOOK = (
    "duplicate_fill", "late_fill", "split_fill", "out_of_order", "partial_cut",
    "stale_list", "stale_order", "external_fill",
)  # fmt: skip
KINDS = (*WAY, *BOOK)
NOT_DONE = {"lose_request", "http_502", "http_503", "http_429", "http_418", "unknown_lost", "garbled_lost"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; ``seconds`` is how long a slow one takes."""

    kind: str
    seconds: float = 0.0

    @property
    def of_the_book(self) -> bool:
        """True where the request goes well and the book is strange."""
        return self.kind in BOOK

    @property
    def done(self) -> bool:
        """True where the venue does what was asked."""
        return self.kind not in NOT_DONE


NONE = Fault("")


class Faults:
    """Faults to come. ``purpose`` names what is hit: 'order', 'cancel', 'fills', 'any' and so on.

    ``drawn`` counts what has been injected, by (venue, kind).
    """

    def __init__(self) -> None:
        self.drawn: Counter[tuple[str, str]] = Counter()
        self._queues: dict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self._plan: tuple[random.Random, float, tuple[str, ...], str, float] | None = None

    def next(
        self, venue: str, kind: str, times: int = 1, *, purpose: str = "order", seconds: float = 0.3
    ) -> None:
        """Let this happen to the next requests of a purpose at a venue."""
        self._queues[venue, purpose].extend([_known(kind, seconds)] * times)

    def plan(
        self, seed: int, rate: float, kinds: Sequence[str], *, purpose: str = "order", seconds: float = 0.3
    ) -> None:
        """Let one of these kinds hit so many of the requests of a purpose, the same for the same seed."""
        for kind in kinds:
            _known(kind, seconds)
        self._plan = random.Random(seed), rate, tuple(kinds), purpose, seconds  # noqa: S311 - a repeatable plan

    def stop(self) -> None:
        """Let everything go well from now on."""
        self._plan = None
        self._queues.clear()

    def draw(self, venue: str, purpose: str) -> Fault:
        """Return what happens to this request."""
        fault = self._scripted(venue, purpose) or self._planned(purpose)
        if fault.kind:
            self.drawn[venue, fault.kind] += 1
        return fault

    def _scripted(self, venue: str, purpose: str) -> Fault | None:
        for key in ((venue, purpose), (venue, "any")):
            if self._queues[key]:
                return self._queues[key].popleft()
        return None

    def _planned(self, purpose: str) -> Fault:
        if self._plan is None:
            return NONE
        chance, rate, kinds, hit, seconds = self._plan
        if hit not in (purpose, "any") or chance.random() >= rate:
            return NONE
        return Fault(chance.choice(kinds), seconds)


def _known(kind: str, seconds: float) -> Fault:
    if kind not in KINDS:
        raise ValueError(f"no such fault: {kind}; there are {', '.join(KINDS)}")
    return Fault(kind, seconds)
