"""What the doctor says about one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing looked at. ``state``: 'ok', 'note' (nothing to mend) or 'problem'."""

    what: str
    state: str
    detail: str
    remedy: str = ""
