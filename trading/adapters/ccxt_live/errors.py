"""What went wrong with a request: a definite no in our code, or nothing that anybody can know.

Definite is only what the venue itself has said, in an answer that could be read, with a code or a sentence
that is known to mean no (codes.py). Everything else is unclear: no answer, one by a gateway (5xx, 403
without words), a limit of requests, a redirect, a text nobody can read, the codes of a venue that does not
know itself, and every code and sentence that nobody has listed. The class of ccxt has no part in it: it
calls an unreadable answer definite and a refused key an outage.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from accounts.domain.scrubbing import KNOWN
from kernel.nesting import check_nesting
from trading.adapters.ccxt_live.codes import Words
from trading.adapters.ccxt_live.gate import TOO_MUCH, Heard
from trading.ports import VenueRefusedError

_MAX_TEXT: Final = 200

_NO_ANSWER: Final = frozenset({1, 3, 5})
"""Hundreds of an HTTP status that tell nothing about the order: a redirect, a gateway's failure."""

_FINE: Final = frozenset({"", "0", "200"})
"""Codes that are none."""

NOT_SENT: Final = frozenset(
    {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectTimeout"}
)
"""Errors of the transport before a connection stood: no byte of the request has left."""


class TroubleError(Exception):
    """A request that did not do what it was for. ``definite``: the venue said no, by ``code`` (ours)."""

    def __init__(self, code: str, text: str, *, definite: bool, sent: bool = True, wait_ms: int = 0) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code, self.text, self.definite, self.sent, self.wait_ms = code, text, definite, sent, wait_ms


class Said(NamedTuple):
    """What the venue's answer says was wrong: its code ('' for none) and its words."""

    code: str
    text: str


def trouble_of(error: Exception, heard: Heard | None, words: Words) -> TroubleError:
    """Return what an exception means for the request it came from."""
    if isinstance(error, VenueRefusedError):
        return TroubleError("permission", _clean(str(error)), definite=True, sent=False)
    if heard is None:
        reason = "time-out" if "Timeout" in _names(error) else "no answer"
        return TroubleError(reason, type(error).__name__, definite=False, sent=not _was_kept(error))
    said = said_in(heard.body)
    if heard.status in TOO_MUCH or heard.status // 100 in _NO_ANSWER:
        return _unclear(f"HTTP {heard.status}", said, heard)
    if said is None:
        return _unclear(f"HTTP {heard.status}, unreadable", said, heard)
    return _judged(said, heard, words)


def _judged(said: Said, heard: Heard, words: Words) -> TroubleError:
    if words.is_duplicate(said.code, said.text):
        return _unclear("duplicate", said, heard)
    if said.code in words.unclear and words.meant_by(said.text) is None:
        return _unclear("unknown execution", said, heard)
    typed = words.code_of(said.code, said.text)
    if typed is None:
        return _unclear("not a no that is known", said, heard)
    return TroubleError(typed, _clean(f"{said.code} {said.text}"), definite=True)


def _unclear(reason: str, said: Said | None, heard: Heard) -> TroubleError:
    text = _clean(f"{said.code} {said.text}") if said is not None else ""
    return TroubleError(reason, text, definite=False, wait_ms=heard.retry_after_ms)


def check_fields(row: Mapping[str, Any], words: Words) -> None:
    """Raise TroubleError for an answer with HTTP 200 whose fields say no (WEEX: success, errorCode)."""
    said = next(_errors_in(row), None)
    if said is None and row.get("success") is False:
        said = Said("", "refused without a reason")
    if said is not None:
        raise _judged(said, Heard(200, ""), words)


def said_in(body: str) -> Said | None:
    """Return the venue's error in a body of any of the four dialects; None where there is none to be read."""
    try:
        check_nesting(body.encode())
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(read, list) and read:
        read = read[0]
    return next(_errors_in(read), None) if isinstance(read, Mapping) else None


def _errors_in(read: Mapping[str, Any]) -> Iterator[Said]:
    """Yield what the fields of errors hold: code and msg, errorCode and errorMsg, or Hyperliquid's words."""
    for code, texts in (("code", ("msg",)), ("errorCode", ("errorMsg", "errorMessage"))):
        number = str(read.get(code) or "")
        words = " ".join(str(read[text]) for text in texts if read.get(text))
        if number not in _FINE or (words and not number):
            yield Said(number, words)
    if read.get("status") in {"err", "unknownOid"}:
        yield Said("", str(read.get("response") or read["status"]))
    answer = read.get("response")
    data = answer.get("data") if isinstance(answer, Mapping) else None
    for status in data.get("statuses", ()) if isinstance(data, Mapping) else ():
        if isinstance(status, Mapping) and status.get("error"):
            yield Said("", str(status["error"]))
    if isinstance(data, Mapping) and isinstance(data.get("status"), Mapping) and data["status"].get("error"):
        yield Said("", str(data["status"]["error"]))


def _names(error: Exception) -> set[str]:
    return {each.__name__ for each in type(error).__mro__}


def _was_kept(error: BaseException | None) -> bool:
    """Tell whether it is proven that no byte left: the connection itself could not be made."""
    for _ in range(6):
        if error is None:
            return False
        if type(error).__name__ in NOT_SENT:
            return True
        inner = getattr(error, "reason", None) or next(iter(getattr(error, "args", ())), None)
        error = inner if isinstance(inner, BaseException) else error.__cause__
    return False


def _clean(text: str) -> str:
    """Return one line of at most 200 signs without any key."""
    return KNOWN.scrub(" ".join(text.split()))[:_MAX_TEXT]
