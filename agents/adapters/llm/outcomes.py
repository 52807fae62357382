"""What a provider's answer amounts to: statuses, error codes and headers of every vendor, read by one table.

Read from the bytes, not from an SDK's exception: the SDKs return a page of HTML as a text, ``choices: null``
as an answer, and differ in what they raise. Sources: both SDKs (openai 3.52, anthropic 2.11) and the vendors'
documentation of errors.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

from agents.adapters.llm.written import load
from agents.domain.llm.exchange import NO_USAGE, Outcome, Usage

_BILLING_CODES: Final = ("insufficient_quota", "spend_limit", "billing", "payment_required", "quota_exceeded")
_BILLING_WORDS: Final = (
    "credit balance is too low",
    "insufficient balance",
    "insufficient credits",
)
_QUOTA_WORDS: Final = ("exceeded your current quota, please check your plan",)
"""Two vendors' sentence: money is gone at one; at Google, which names a wait with it, a minute's share."""
_FILTER_CODES: Final = ("content_filter", "content_policy", "responsibleaipolicy", "data_inspection_failed")
_FILTER_WORDS: Final = ("requires moderation", "was flagged", "content policy")
_LENGTH_CODES: Final = ("context_length", "string_above_max_length", "prompt_too_long", "request_too_large")
_LENGTH_WORDS: Final = (
    "prompt is too long",
    "maximum context length",
    "exceeds the context",
    "input is too long",
    "too many tokens",
)
_KEY_CODES: Final = ("invalid_api_key", "api_key_invalid", "authentication_error", "unrecognizedclient")
_KEY_WORDS: Final = ("incorrect api key", "api key not valid", "invalid api key")
"""Two vendors answer 400, not 401, to a key they do not know."""
_MODEL_CODES: Final = ("model_not_found", "model_not_available", "model_permission")
_MODEL_WORDS: Final = ("access to model", "access to the model", "not allowed to sample from this model")
"""A 403 about this model: the key is good, and serves others."""

_BY_STATUS: Final = {
    401: Outcome.AUTH,
    402: Outcome.BILLING,
    403: Outcome.AUTH,
    408: Outcome.OVERLOADED,
    409: Outcome.OVERLOADED,
    413: Outcome.PROMPT_TOO_LONG,
    425: Outcome.OVERLOADED,
    429: Outcome.RATE_LIMITED,
}

_LONGEST_SENTENCE: Final = 300


class Complaint(NamedTuple):
    """A provider's error in its own words: ``code`` joins all codes and kinds it gives.

    ``wait_s`` is how long it asks to wait in the document itself, None where it does not.
    """

    code: str
    message: str
    wait_s: float | None = None


class Reading(NamedTuple):
    """What stands in an answer's document."""

    outcome: Outcome
    text: str = ""
    detail: str = ""
    refusal: str = ""
    finish_reason: str = ""
    model: str = ""
    fingerprint: str = ""
    usage: Usage = NO_USAGE
    wait_s: float | None = None


def unusable(detail: str, about: Reading | None = None) -> Reading:
    """Return the reading of an answer that is of no use; ``about`` it stays what it cost and who gave it."""
    reading = Reading(Outcome.PROTOCOL) if about is None else about
    return reading._replace(outcome=Outcome.PROTOCOL, text="", detail=detail)


def read_document(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a body; None for whatever else stands there."""
    document = _loaded(body)
    return document if isinstance(document, dict) else None


def read_error(body: bytes) -> Complaint:
    """Return the complaint of an error's body. Google's OpenAI dialect wraps it in a list of one."""
    document = _loaded(body)
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    return read_complaint(document if isinstance(document, dict) else None)


def _loaded(body: bytes) -> Any:
    try:
        return load(body)
    except (ValueError, RecursionError):
        return None


def classify(status: int, complaint: Complaint, wait_s: float | None = None) -> Outcome:
    """Return what an error status means; the provider's code comes before the number.

    ``wait_s`` is the wait that a header names: who has run out of money is not told to come back in a minute.
    """
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects of HTTP
        return Outcome.ADDRESS
    code, message = complaint.code.lower(), complaint.message.lower()
    if status in {400, 402, 403, 429} and _is_about_money(
        code, message, complaint.wait_s if wait_s is None else wait_s
    ):
        return Outcome.BILLING
    if status == 403 and _is_about_the_request(code, message):  # noqa: PLR2004 - HTTP's Forbidden
        return _of_bad_request(code, message)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:  # noqa: PLR2004 - the server's own faults, 529 among them
        return Outcome.OVERLOADED
    return _of_bad_request(code, message)


def _is_about_money(code: str, message: str, wait_s: float | None) -> bool:
    if _has(code, _BILLING_CODES) or _has(message, _BILLING_WORDS):
        return True
    return wait_s is None and _has(message, _QUOTA_WORDS)


def _is_about_the_request(code: str, message: str) -> bool:
    """Return whether a refusal is about what was asked; one about the key would stop all who share it."""
    codes, words = _FILTER_CODES + _MODEL_CODES, _FILTER_WORDS + _MODEL_WORDS
    return (_has(code, codes) or _has(message, words)) and not (
        _has(code, _KEY_CODES) or _has(message, _KEY_WORDS)
    )


def _of_bad_request(code: str, message: str) -> Outcome:
    if _has(code, _FILTER_CODES) or _has(message, _FILTER_WORDS):
        return Outcome.CONTENT_FILTER
    if _has(code, _LENGTH_CODES) or _has(message, _LENGTH_WORDS):
        return Outcome.PROMPT_TOO_LONG
    if _has(code, _KEY_CODES) or _has(message, _KEY_WORDS):
        return Outcome.AUTH
    return Outcome.BAD_REQUEST


def _has(text: str, parts: tuple[str, ...]) -> bool:
    return any(part in text for part in parts)


def read_complaint(document: Mapping[str, Any] | None) -> Complaint:
    """Return code and message of an error document of any vendor."""
    if document is None:
        return Complaint("", "")
    error = document.get("error", document)
    if not isinstance(error, Mapping):
        return Complaint(text_in(document, "code"), error if isinstance(error, str) else "")
    details = error.get("details")
    inner = details if isinstance(details, list) else [details]
    found = [detail for detail in inner if isinstance(detail, Mapping)]
    codes = (
        *(text_in(detail, name) for detail in found for name in ("error_code", "reason")),
        *(text_in(error, name) for name in ("code", "error_code", "type", "status")),
    )
    waits = (_seconds(text_in(detail, "retryDelay")) for detail in found)
    return Complaint(
        " ".join(dict.fromkeys(code for code in codes if code)),
        text_in(error, "message"),
        next((wait for wait in waits if wait is not None), None),
    )


def _seconds(duration: str) -> float | None:
    """Return a duration as Google writes it in JSON, such as '34.07s'."""
    return _number(duration[:-1]) if duration.endswith("s") else None


def sentence(provider: str, status: int, complaint: Complaint) -> str:
    """Return one line for the operator; the provider's words are cut and cleaned."""
    answered = f"{provider} answered {status}"
    if 300 <= status < 400:  # noqa: PLR2004 - the redirects of HTTP
        answered += ", a redirect, which is not followed"
    said = ": ".join(part for part in (answered, complaint.code, complaint.message) if part)
    return "".join(c if c.isprintable() else " " for c in said)[:_LONGEST_SENTENCE]


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a provider asks to wait, however many; None where it names none.

    A date is counted from the Date of the same answer, so that no clock of ours takes part.
    """
    millis = _number(headers.get("retry-after-ms", ""))
    if millis is not None:
        return millis / 1000
    value = headers.get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is not None:
        return seconds
    until, since = read_date_ms(value), read_date_ms(headers.get("date", ""))
    return None if until is None or since is None else max(0.0, (until - since) / 1000)


def read_date_ms(value: str) -> int | None:
    """Return a date of HTTP as milliseconds since 1970; None for anything else."""
    try:
        return int(parsedate_to_datetime(value).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _number(text: str) -> float | None:
    plain = text.strip()
    if not plain.isascii() or not plain.replace(".", "", 1).isdigit():
        return None
    value = float(plain)
    return value if value != float("inf") else None


def text_in(document: Mapping[str, Any], name: str) -> str:
    """Return a text or number of a document as text; '' for anything else."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


_MOST_TOKENS: Final = 100_000_000
"""No call has so many: a figure beyond is a fault of the provider, not usage. A call's sums fit int4."""


def count_in(document: Any, *path: str) -> int:
    """Return a count of tokens from a document, 0 where it is missing, negative, broken or absurd."""
    for name in path:
        document = document.get(name) if isinstance(document, Mapping) else None
    if isinstance(document, float) and document.is_integer():
        document = int(document)
    if isinstance(document, bool) or not isinstance(document, int):
        return 0
    return document if 0 <= document <= _MOST_TOKENS else 0
