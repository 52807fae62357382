"""What crosses the wire in one attempt, by lists of what may be kept; nothing else reaches the tape."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Protocol

from agents.domain.llm.exchange import Outcome, Wire

KEPT_OF_REQUEST: Final = frozenset({"accept", "content-type", "anthropic-version", "user-agent"})
KEPT_OF_RESPONSE: Final = frozenset(
    {
        "content-type",
        "date",  # a Retry-After written as a date is counted from here, so that a replay counts the same
        "retry-after",
        "retry-after-ms",
        "request-id",
        "x-request-id",
        "x-amzn-requestid",
        "x-amzn-errortype",
    }
)
_RATE_LIMITS: Final = ("x-ratelimit-", "anthropic-ratelimit-")
_MAX_HEADER: Final = 300
"""No header of the lists is longer than a request id or a media type; longer values are cut."""


class WireSource(Protocol):
    """Recorded attempts to answer from, instead of the network; it compares the question, body and all."""

    def find(self, seat_id: str, slot: int, attempt: int, request_body: bytes) -> Wire | None:
        """Return what crossed the wire then; None if the tape does not hold this question."""


@dataclass(slots=True)
class Exchange:
    """One attempt on its way: who asks, until when (on the loop's clock), and what crossed the wire so far.

    ``extra_headers`` are the names a model adds to the request, in small letters. ``status`` and ``answered``
    (its headers that may be recorded) are there from the head of an answer on, whatever becomes of its body.
    """

    seat_id: str
    slot: int
    attempt: int
    ends_at: float
    first_byte_by: float
    extra_headers: frozenset[str] = field(default_factory=frozenset)
    status: int = 0
    answered: tuple[tuple[str, str], ...] = ()
    wire: Wire | None = None
    is_unrecorded: bool = False


CURRENT: ContextVar[Exchange] = ContextVar("exchange")
"""The attempt that this task makes: how the transport under an SDK knows whose request it carries."""


class BrokenError(Exception):
    """No whole answer came back; ``outcome`` says which way, the text why."""

    def __init__(self, outcome: Outcome, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome

    @property
    def code(self) -> str:
        """How it stands on the tape; ``read_broken`` reads it back."""
        return f"{self.outcome}: {self}"


_BREAKS: Final = frozenset({Outcome.TIMEOUT, Outcome.NETWORK, Outcome.PROTOCOL, Outcome.ADDRESS})


def read_broken(code: str) -> tuple[Outcome, str]:
    """Return outcome and reason of an attempt that broke, from its line on the tape."""
    name, _, why = code.partition(": ")
    return (Outcome(name), why) if name in _BREAKS else (Outcome.PROTOCOL, code)


def kept(headers: Iterable[tuple[str, str]], names: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers that may be recorded, in small letters and in order of their names."""
    lower = ((name.lower(), value[:_MAX_HEADER]) for name, value in headers)
    return tuple(sorted((n, v) for n, v in lower if n in names or n.startswith(_RATE_LIMITS)))
