"""How much of a server process one visitor, and all together, may take."""

from collections import Counter, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the live feed in one process."""

    sockets: int = 500
    """About 20 kB each in the server: 10 MB in all. A bigger audience gets more processes."""
    per_address: int = 20
    """A household or small office behind one address with a few tabs each. Behind a proxy the server has to
    be told to trust its forwarded address, or all visitors share this bound."""
    message_bytes: int = 1024
    """A client has a ping to send and nothing longer."""
    messages: int = 10
    window_s: float = 10.0
    """A client pings every 20 seconds or so; ten messages in ten seconds is a flood."""


class Door:
    """Counts who is in; one a process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._inside: Counter[str] = Counter()
        self._total = 0

    def admit(self, address: str) -> bool:
        """Let one more socket of an address in, unless the process or the address is full."""
        if self._total >= self._limits.sockets or self._inside[address] >= self._limits.per_address:
            return False
        self._inside[address] += 1
        self._total += 1
        return True

    def leave(self, address: str) -> None:
        """Take back one admission."""
        self._total -= 1
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]


class Meter:
    """Judges what one client sends."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._arrived: deque[float] = deque(maxlen=limits.messages)

    def refuse(self, size: int, now_s: float) -> int | None:
        """Return the close code for a message of ``size`` bytes at this monotonic moment, or None."""
        if size > self._limits.message_bytes:
            return 1009
        is_flood = (
            len(self._arrived) == self._limits.messages and now_s - self._arrived[0] < self._limits.window_s
        )
        self._arrived.append(now_s)
        return 1008 if is_flood else None
