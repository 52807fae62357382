"""Keys: as values that do not let themselves be shown, and at rest under master keys.

At rest a key is AES-256-GCM (NIST SP 800-38D) with a fresh 96-bit nonce. The additional data binds it to its
table, column, row, purpose, owner, host and master key: copied to another row or host, it cannot be opened.
"""

import hmac
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, NoReturn

from accounts.domain.scrubbing import KNOWN, MIN_LENGTH
from kernel.canonical import canonical_bytes

MASTER_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
MAX_BYTES: Final = 4 * 1024
MIN_HINTED: Final = 12
"""Signs of the shortest key whose last four are shown."""

MIN_RANDOM: Final = 16
"""Signs from which a text of letters alone may be a key."""

_FORM: Final = b"\x01"
"""First byte of what is stored: this module's form."""

_KEY_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,23}")
_SHAPE: Final = "use ID:BASE64,ID2:BASE64 with 32 bytes each (the first seals, all open)"


class SecretError(Exception):
    """One sentence for the operator; it never holds a secret.

    SecretError
     ├── MasterKeyError        no master key, one that cannot be read, or not the one a key was sealed under
     └── UnusableSecretError   a text that cannot be a key
    """


class MasterKeyError(SecretError):
    """The master keys cannot do what is asked."""


class UnusableSecretError(SecretError, ValueError):
    """A text that cannot be a key."""


class SecretText:
    """A secret in use. Only ``reveal`` tells it; showing, writing, copying and walking it are refused.

    ``fingerprint`` names it without telling it; ``last4`` is '' for a short one.
    """

    __slots__ = ("_text", "fingerprint", "last4")

    def __init__(self, text: str, fingerprint: str) -> None:
        KNOWN.add(text)
        self._text = text
        self.fingerprint = fingerprint
        self.last4 = last4_of(text)

    def reveal(self) -> str:
        """Return the secret: for the one who sends it to its host."""
        return self._text

    def __repr__(self) -> str:
        return "<hidden secret>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and hmac.compare_digest(
            self._text.encode(), other.reveal().encode()
        )

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __bool__(self) -> bool:
        return True

    def _refuse(self, *_: Any) -> NoReturn:
        raise TypeError("a secret is not shown, copied or written; reveal() is for who sends it to its host")

    __str__ = __format__ = __bytes__ = __iter__ = __len__ = __getitem__ = __contains__ = _refuse
    __copy__ = __deepcopy__ = __reduce__ = __reduce_ex__ = __getstate__ = _refuse


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is at rest; all of it is bound into the seal."""

    table: str
    column: str
    row: str
    purpose: str
    owner: str
    host: str

    def bound_to(self, master_key: str) -> bytes:
        """Return the additional data of the seal."""
        names = ("table", "column", "row", "purpose", "owner", "host")
        return canonical_bytes({**{name: getattr(self, name) for name in names}, "master_key": master_key})


class Keyring:
    """The master keys by id: the first seals, all open. Its bytes are never shown."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, the sealing one first."""
        return tuple(self._keys)

    def __repr__(self) -> str:
        return f"<master keys: {', '.join(self._keys) or 'none'}>"

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError("master keys are not copied or written")

    def fingerprint(self, text: str) -> str:
        """Return 16 hex digits that name a secret; nobody without the master key can search for it."""
        return _fingerprint(text, self._keys[self._first()])

    def hold(self, text: str) -> SecretText:
        """Return a text from outside as a secret; raises UnusableSecretError, MasterKeyError."""
        return SecretText(checked_secret(text), self.fingerprint(text))

    def seal(self, secret: str, place: Place, nonce: bytes) -> tuple[str, bytes]:
        """Return the master key's id and the sealed bytes. ``nonce`` is fresh: 96 bits, never used before."""
        if len(nonce) != NONCE_BYTES:
            raise ValueError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
        key_id = self._first()
        body = _cipher(self._keys[key_id]).encrypt(nonce, secret.encode(), place.bound_to(key_id))
        return key_id, _FORM + nonce + body

    def open(self, sealed: bytes, key_id: str, place: Place) -> SecretText:
        """Return what was sealed at this place; raises MasterKeyError, never anything unsealed wrongly."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - 90 modules that few commands need

        remedy = "restore it (docs/keys.md), or set the key anew"
        if key_id not in self._keys:
            known = ", ".join(self._keys) or "none"
            raise MasterKeyError(
                f"the key of {place.owner} is sealed under master key {key_id}, which is not there "
                f"(there: {known}); {remedy}"
            )
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            if sealed[:1] != _FORM or len(nonce) < NONCE_BYTES:
                raise InvalidTag  # noqa: TRY301 - one way out for all that is not ours
            text = _cipher(self._keys[key_id]).decrypt(nonce, body, place.bound_to(key_id)).decode()
        except InvalidTag:
            raise MasterKeyError(
                f"the key of {place.owner} cannot be opened: master key {key_id} is not the one it was "
                f"sealed under, or the row was changed or moved; {remedy}"
            ) from None
        return SecretText(text, _fingerprint(text, self._keys[key_id]))

    def _first(self) -> str:
        if not self._keys:
            raise MasterKeyError(
                "there is no master key, so no key can be stored; run bin/setup, which makes one, "
                "or set ARENA_MASTER_KEYS"
            )
        return next(iter(self._keys))


def read_keyring(text: str) -> Keyring:
    """Return the master keys of 'id:base64,id2:base64' (commas or lines); '' holds none.

    Raises MasterKeyError in a sentence without any key.
    """
    keys: dict[str, bytes] = {}
    for number, part in enumerate(text.replace(",", "\n").split(), 1):
        key_id, colon, encoded = part.partition(":")
        if not colon or not _KEY_ID.fullmatch(key_id):
            raise MasterKeyError(f"entry {number} has no id of small letters, digits, . _ and -; {_SHAPE}")
        if key_id in keys:
            raise MasterKeyError(f"the id {key_id} stands there twice; {_SHAPE}")
        keys[key_id] = _master_key(encoded, key_id)
        KNOWN.add(encoded)
        KNOWN.add(encoded.rstrip("="))
    return Keyring(keys)


def _master_key(encoded: str, key_id: str) -> bytes:
    plain = encoded.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except Base64Error:
        raise MasterKeyError(f"the key of id {key_id} is not base64; {_SHAPE}") from None
    if len(key) != MASTER_KEY_BYTES:
        raise MasterKeyError(f"the key of id {key_id} has {len(key)} bytes; {_SHAPE}")
    return key


def checked_secret(text: str) -> str:
    """Return a text that can be a key; raises UnusableSecretError for any other, without telling it."""
    reason = _reason_against(text)
    if reason:
        raise UnusableSecretError(f"this is no key: it {reason}; paste the key alone, as its issuer shows it")
    return text


def _reason_against(text: str) -> str:
    if not text:
        return "is empty"
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return f"is longer than {MAX_BYTES} bytes"
    if any(sign.isspace() for sign in text):
        return "holds a blank or a line break"
    if not (text.isascii() and text.isprintable()):
        return "holds signs that no key has (only printable ASCII)"
    return _reason_against_signs(text)


def _reason_against_signs(text: str) -> str:
    if any(sign in '"\\{}[]' for sign in text):
        return "holds signs of JSON, which no key has"
    # Struck out by value, an ordinary word would take the same word out of every answer.
    if MIN_LENGTH <= len(text) < MIN_RANDOM and text.replace("_", "").isalpha():
        return "is an ordinary word"
    return ""


def last4_of(text: str) -> str:
    """Return the last four signs of a key; '' for one so short that they would tell too much."""
    return text[-4:] if len(text) >= MIN_HINTED else ""


def _fingerprint(text: str, pepper: bytes) -> str:
    # Its own derived key, so that the fingerprint tells nothing about the sealing one.
    derived = hmac.new(pepper, b"arena secret fingerprint", sha256).digest()
    return hmac.new(derived, text.encode(), sha256).hexdigest()[:16]


def fingerprint_under(text: str, pepper: str) -> str:
    """Return the fingerprint of a key that is not stored, where there is no master key."""
    return _fingerprint(text, pepper.encode())


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

    return AESGCM(key)
