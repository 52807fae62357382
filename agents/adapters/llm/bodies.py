"""The body of an answer, read and unpacked up to a limit."""

import zlib
from typing import Final

import aiohttp

from agents.adapters.llm.wire import BrokenError
from agents.domain.llm.exchange import Outcome

MAX_BODY: Final = 1024 * 1024
"""Bytes, unpacked. 16,384 tokens of output are about 64 KiB; sixteen times that is no answer any more."""

_PACKED: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """Return the whole body, unpacked. Raises BrokenError past the limit or for an unknown packing."""
    if (response.content_length or 0) > MAX_BODY:
        raise _too_large()
    body, received = bytearray(), 0
    unpack = _unpacker(response.headers.get("Content-Encoding", "").strip().lower())
    async for chunk in response.content.iter_any():
        received += len(chunk)
        body += chunk if unpack is None else _unpacked(unpack, chunk, MAX_BODY + 1 - len(body))
        if max(len(body), received) > MAX_BODY:
            raise _too_large()
    if unpack is not None and not unpack.eof:
        raise BrokenError(Outcome.NETWORK, "the packed answer ended before its end")
    return bytes(body)


def _unpacker(encoding: str) -> "zlib._Decompress | None":
    if encoding in {"", "identity"}:
        return None
    if encoding not in _PACKED:
        raise BrokenError(Outcome.PROTOCOL, "the answer is packed in a way that was not asked for")
    return zlib.decompressobj(_PACKED[encoding])


def _unpacked(unpack: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    """Return at most ``room`` bytes: a bomb stops here, however far it would unpack.

    Bytes behind the end would be kept, copied again with every chunk, and be no part of the answer.
    """
    try:
        unpacked = unpack.decompress(chunk, room)
    except zlib.error:
        raise BrokenError(Outcome.PROTOCOL, "the answer cannot be unpacked") from None
    if unpack.unused_data:
        raise BrokenError(Outcome.PROTOCOL, "the packed answer goes on after its end")
    return unpacked


def _too_large() -> BrokenError:
    return BrokenError(
        Outcome.PROTOCOL, f"the answer is larger than {MAX_BODY} bytes and was not read to its end"
    )
