"""A round's stored stages: each names what is in the database once it is reached."""

from typing import Final

OPENED: Final = "opened"
FROZEN: Final = "frozen"
ANSWERED: Final = "answered"
REVIEWED: Final = "reviewed"
COMMITTED: Final = "committed"
PRICED: Final = "priced"
ORDERED: Final = "ordered"
BOOKED: Final = "booked"
CLOSED: Final = "closed"

STAGES: Final = (OPENED, FROZEN, ANSWERED, REVIEWED, COMMITTED, PRICED, ORDERED, BOOKED, CLOSED)


def next_stage(stage: str) -> str:
    """Return the stage that follows; raises ValueError after the last."""
    index = STAGES.index(stage)
    if index + 1 == len(STAGES):
        raise ValueError("a closed round has no next stage")
    return STAGES[index + 1]


def reached(stage: str, wanted: str) -> bool:
    """Return whether a round at ``stage`` has been through ``wanted``."""
    return STAGES.index(stage) >= STAGES.index(wanted)
