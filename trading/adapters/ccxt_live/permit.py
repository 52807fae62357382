"""Leave to send a signed request: two switches that agree, or nothing leaves.

The deployment says what it is for (paper, testnet or live); the account says which of them it trades at and
whether it is switched on. A Permit exists only where both agree, and a client without one refuses to sign, to
send, and, below both, to open a connection for anything that carries a key or a signature.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from trading.ports import VenueRefusedError

PAPER: Final = "paper"
TESTNET: Final = "testnet"
LIVE: Final = "live"

ALLOWED: Final[dict[str, frozenset[str]]] = {
    PAPER: frozenset(),
    TESTNET: frozenset({TESTNET}),
    LIVE: frozenset({TESTNET, LIVE}),
}
"""Deployment profile -> the account profiles that may send signed requests from it."""

_SEALING: Final = secrets.token_bytes(32)
"""Of this process alone: what it has sealed holds nowhere else."""


class PermitRefusedError(VenueRefusedError):
    """Signed requests are not allowed here; the text is one sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for accounts of one profile, 'testnet' or 'live'; only ``grant_permit`` makes one."""

    deployment: str
    profile: str
    seal: bytes = field(repr=False, compare=False)
    """Made of the two words above, so that a copy of a permit with another profile is none."""

    def __post_init__(self) -> None:
        """Refuse to exist without ``grant_permit``, or for anything but what it was granted for."""
        expected = _seal_of(self.deployment, self.profile)
        if not isinstance(self.seal, bytes) or not hmac.compare_digest(self.seal, expected):
            raise TypeError("a Permit comes from grant_permit(); nothing else may build one")


def _seal_of(deployment: str, profile: str) -> bytes:
    return hmac.digest(_SEALING, repr((deployment, profile)).encode(), "sha256")


def grant_permit(deployment_profile: str, account_profile: str, enabled: bool) -> Permit:  # noqa: FBT001 - agreed with those who call it
    """Return the leave for an account's profile; raises PermitRefusedError where one switch says no."""
    if account_profile not in ALLOWED.get(deployment_profile, frozenset()):
        raise PermitRefusedError(
            f"a deployment with ARENA_TRADING={deployment_profile} sends nothing signed for an account whose "
            f"profile is {account_profile!r}; set ARENA_TRADING to that, on purpose"
        )
    if not enabled:
        raise PermitRefusedError(
            f"the account's own switch is off: enable it before it trades at a {account_profile} venue"
        )
    return Permit(deployment_profile, account_profile, _seal_of(deployment_profile, account_profile))
