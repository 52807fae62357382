"""An agent that plays a list of answers, and faults on demand: for demonstrations and tests.

Configuration: ``answers`` is a list; a string is played as it is, an object as its canonical JSON, and
``{"fault": NAME}`` breaks in one of the ways of ``FAULTS``. With ``from_slot`` the first answer belongs to
that slot, one follows a slot, and after the last it holds; without it the list repeats, slot by slot.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from agents.domain.answers import encode_answer
from agents.domain.specs import SpecConfig
from agents.domain.strict_json import MAX_BYTES
from kernel.canonical import canonical_bytes
from trading.domain.observation import Observation

HOLD: Final = encode_answer("Holds: nothing is scripted for this slot.", ())
MAX_SLEEP_MS: Final = 3_600_000


class ScriptedFailureError(RuntimeError):
    """Raised because the script says so."""


def _raise(_fault: dict[str, Any]) -> bytes:
    raise ScriptedFailureError("the script says: raise")


def _sleep(fault: dict[str, Any]) -> bytes:
    time.sleep(fault.get("ms", 1_000) / 1_000)
    return HOLD


FAULTS: Final[dict[str, Callable[[dict[str, Any]], bytes]]] = {
    "raise": _raise,
    "sleep": _sleep,
    "empty": lambda _fault: b"",
    "nonsense": lambda _fault: b"\xff\xfe buy everything {{{",
    "too_long": lambda _fault: b" " * (MAX_BYTES + 1),
}


class ScriptedAgent:
    """Plays the answers of its configuration; raises ValueError for a configuration it cannot play."""

    def __init__(self, spec: SpecConfig) -> None:
        unknown = set(spec.config) - {"answers", "from_slot"}
        self._answers: list[Any] = spec.config.get("answers", [])
        self._from_slot: int | None = spec.config.get("from_slot")
        if unknown or not isinstance(self._answers, list) or not all(map(_is_playable, self._answers)):
            raise ValueError(
                f"scripted: 'answers' must be a list of texts, objects and faults ({', '.join(FAULTS)}), "
                "beside it only 'from_slot' is known"
            )
        if self._from_slot is not None and type(self._from_slot) is not int:
            raise ValueError("scripted: 'from_slot' must be a whole number")
        self.blocking = any(_fault_of(answer) == "sleep" for answer in self._answers)

    def decide(self, observation: Observation) -> bytes:
        """Return the answer of this slot."""
        answer = self._answer_at(observation.market.slot)
        if isinstance(answer, str):
            return answer.encode("utf-8", "surrogatepass")
        if answer is None:
            return HOLD
        fault = _fault_of(answer)
        return FAULTS[fault](answer) if fault else canonical_bytes(answer)

    def _answer_at(self, slot: int) -> Any:
        if not self._answers:
            return None
        if self._from_slot is None:
            return self._answers[slot % len(self._answers)]
        place = slot - self._from_slot
        return self._answers[place] if 0 <= place < len(self._answers) else None


def _fault_of(answer: Any) -> str:
    return str(answer["fault"]) if isinstance(answer, dict) and "fault" in answer else ""


def _is_playable(answer: Any) -> bool:
    fault = _fault_of(answer)
    if fault:
        pause = answer.get("ms", 0)
        return fault in FAULTS and type(pause) is int and 0 <= pause <= MAX_SLEEP_MS
    return isinstance(answer, str | dict)
