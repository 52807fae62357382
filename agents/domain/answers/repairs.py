"""Reads what is JSON but for its dress: repairs that lose nothing, and no others.

Taken as meant: a trailing comma, comments, single, curly and full-width quotes, full-width structural
punctuation, Python's True, False and None, keys without quotes, raw newlines in strings. Refused as ever:
a missing brace, comma or quote, a value that is a bare word, a formula. Strings are kept sign by sign.
"""

import re
from json import JSONDecoder
from typing import Any, Final

from agents.domain.strict_json import MAX_DEPTH, NOT_FINITE, NumberText, RefusedError, object_of

MAX_TOKENS: Final = 1_536
_MAX_ESCAPES: Final = 256

_TOKEN: Final = re.compile(
    r"""[ \t\r\n\u00a0\u3000]*+
    (?: (?P<mark>[{}\[\]:,\uff5b\uff5d\uff3b\uff3d\uff1a\uff0c])
      | (?P<double>"[^"\\]*+(?:\\.[^"\\]*+)*+")
      | (?P<other>'[^'\\]*+(?:\\.[^'\\]*+)*+'
                 |[\u201c\u201d][^\u201c\u201d"\\]*+(?:\\.[^\u201c\u201d"\\]*+)*+[\u201c\u201d]
                 |[\u2018\u2019][^\u2018\u2019'\\]*+(?:\\.[^\u2018\u2019'\\]*+)*+[\u2018\u2019]
                 |\uff02[^\uff02"\\]*+(?:\\.[^\uff02"\\]*+)*+\uff02)
      | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?
                   (?=[ \t\r\n\u00a0\u3000,}\]\uff0c\uff5d\uff3d]|\Z))
      | (?P<word>-?[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<comment>//[^\n]*|/\*.*?\*/|\#[^\n]*)
    )""",
    re.DOTALL | re.VERBOSE,
)
_ASCII_MARK: Final = dict(zip("\uff5b\uff5d\uff3b\uff3d\uff1a\uff0c", "{}[]:,", strict=True))
_LITERALS: Final[dict[str, Any]] = {
    "true": True, "false": False, "null": None, "True": True, "False": False, "None": None,
    "NaN": NOT_FINITE, "Infinity": NOT_FINITE, "-Infinity": NOT_FINITE,
}  # fmt: skip
_LENIENT: Final = JSONDecoder(strict=False)
"""Takes raw newlines in strings."""

_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED: Final = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\", '"': '"', "'": "'",
}  # fmt: skip
_FORMULA: Final = re.compile(r"[/*#\s]*[-+]?[0-9.]")

Token = tuple[str, Any]
"""(kind, value): kind is the mark itself, 'string', 'number', 'word' or ''."""

_NOTHING: Final[Token] = ("", None)


class _Reader:
    """Walks the tokens of one value; raises RefusedError where it is more than a matter of dress."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._left = MAX_TOKENS
        self.end = start
        self._was_number = False

    def token(self) -> Token:
        """Return the next token; comments count as blanks."""
        while True:
            found = _TOKEN.match(self._text, self.end)
            if found is None:
                raise RefusedError("not_json")
            self._left -= 1
            if self._left < 0:
                raise RefusedError("too_many_values")
            kind = found.lastgroup or ""
            body = found.group(kind)
            if kind != "comment":
                self.end = found.end()
                self._was_number = kind == "number"
                return _token_of(kind, body)
            self._skip_comment(body, found.start(kind), found.end())

    def _skip_comment(self, body: str, start: int, end: int) -> None:
        # `10 // 2` is a formula in some languages: a comment behind a number must begin with a word.
        behind = self._was_number and "\n" not in self._text[self.end : start]
        if behind and _FORMULA.match(body):
            raise RefusedError("not_json")
        # A comment that touches what it follows is no comment: `"BTC"#2`.
        if start == self.end and start and self._text[start - 1] not in "{[,:\n}]":
            raise RefusedError("not_json")
        self.end = end

    def value(self, token: Token, depth: int) -> Any:
        """Return the value that begins with this token."""
        kind, body = token
        if kind in {"{", "["}:
            if depth >= MAX_DEPTH:
                raise RefusedError("too_deep")
            return self._object(depth + 1) if kind == "{" else self._array(depth + 1)
        if kind == "word" and body in _LITERALS:
            return _LITERALS[body]
        if kind not in {"string", "number"}:
            raise RefusedError("not_json")
        return body

    def _object(self, depth: int) -> dict[str, Any]:
        pairs: list[tuple[str, Any]] = []
        token = self.token()
        while token[0] != "}":
            if token[0] not in {"string", "word"} or self.token()[0] != ":":
                raise RefusedError("not_json")
            pairs.append((token[1], self.value(self.token(), depth)))
            token = self._after("}")
        return object_of(pairs)

    def _array(self, depth: int) -> list[Any]:
        values: list[Any] = []
        token = self.token()
        while token[0] != "]":
            values.append(self.value(token, depth))
            token = self._after("]")
        return values

    def _after(self, closing: str) -> Token:
        """Return the closing mark, or what follows the comma."""
        token = self.token()
        if token[0] == ",":
            return self.token()
        if token[0] != closing:
            raise RefusedError("not_json")
        return token


def _token_of(kind: str, body: str) -> Token:
    if kind == "mark":
        return _ASCII_MARK.get(body, body), None
    if kind == "double":
        return "string", _scanned(body) if "\\" in body else body[1:-1]
    if kind == "other":
        return "string", _unescaped(body[1:-1])
    return kind, NumberText(body) if kind == "number" else body


def _scanned(body: str) -> str:
    try:
        return str(_LENIENT.decode(body))
    except ValueError:
        raise RefusedError("not_json") from None


def _unescaped(body: str) -> str:
    if "\\" not in body:
        return body
    if body.count("\\") > _MAX_ESCAPES:
        raise RefusedError("too_many_values")
    text = _ESCAPE.sub(_sign_of, body)
    # Two escaped halves make one sign; a half alone stays what it is.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _sign_of(found: re.Match[str]) -> str:
    name = found.group(1)
    if len(name) > 1:
        return chr(int(name[1:], 16))
    if name not in _ESCAPED:
        raise RefusedError("not_json")
    return _ESCAPED[name]


def repaired_at(text: str, start: int) -> tuple[Any, int]:
    """Return the object or list that begins at ``start`` and where it ends; raises RefusedError."""
    reader = _Reader(text, start)
    value = reader.value(reader.token(), 0)
    return value, reader.end
