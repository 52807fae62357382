"""Tables of the deciders."""

from agents.models.calls import Breaker, Budget, ModelCall, ModelTally, Reservation, TapeLine
from agents.models.drafts import Errand, Strategy
from agents.models.seats import Invitation, Seat, Submission
from agents.models.specs import AgentSpec

__all__ = [
    "AgentSpec",
    "Breaker",
    "Budget",
    "Errand",
    "Invitation",
    "ModelCall",
    "ModelTally",
    "Reservation",
    "Seat",
    "Strategy",
    "Submission",
    "TapeLine",
]
