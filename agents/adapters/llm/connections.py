"""How many connections this process may have open to providers, counted over all of them."""

import asyncio
import contextlib
import resource
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

MOST_CONNECTIONS: Final = 2048
_OTHER_FILES: Final = 256
"""Files and sockets left to the rest of the process; calls beyond the connections wait for one."""

_ENOUGH_FILES: Final = 8 * MOST_CONNECTIONS
"""With fewer no connection is kept after its call: eight providers' idle ones would count, too. A round comes
every few minutes and servers close idle connections sooner, so little is lost."""


class Room(NamedTuple):
    """Connections at once under a limit of open files; ``keeps_idle`` where idle ones need not be counted."""

    connections: int
    keeps_idle: bool


class _Shared(NamedTuple):
    room: Room
    slots: asyncio.Semaphore


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, _Shared] = WeakKeyDictionary()
"""By loop, since a semaphore belongs to one; models are asked on one loop in a process."""


def shared_slots() -> asyncio.Semaphore:
    """Return what a call holds as long as its connection is in use, whoever it asks."""
    return _of_this_loop().slots


def keeps_idle_connections() -> bool:
    """Return whether a connection may outlive its call."""
    return _of_this_loop().room.keeps_idle


def _of_this_loop() -> _Shared:
    loop = asyncio.get_running_loop()
    shared = _shared.get(loop)
    if shared is None:
        raise_file_limit()
        room = room_for(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        shared = _shared[loop] = _Shared(room, asyncio.Semaphore(room.connections))
    return shared


def raise_file_limit() -> None:
    """Raise the soft limit of open files towards the hard one, as far as there is use for; never lower it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH_FILES + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # some systems refuse what they name: fewer must do
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def room_for(files: int) -> Room:
    """Return the room that so many open files leave (RLIM_INFINITY: as many as one likes)."""
    if files == resource.RLIM_INFINITY:
        return Room(MOST_CONNECTIONS, keeps_idle=True)
    left = files - _OTHER_FILES
    return Room(max(16, min(MOST_CONNECTIONS, left)), keeps_idle=left >= _ENOUGH_FILES)
