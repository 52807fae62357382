"""Typed settings from the environment; a bad value is named with its variable and the remedy.

``NAME_FILE`` may stand in for ``NAME`` where a secret lives in a file.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from accounts.domain.scrubbing import KNOWN
from accounts.domain.secrets import Keyring, MasterKeyError, read_keyring
from config.refusal import NOT_SAFE, USAGE
from trading.domain.venue_fields import VENUE_ROLES


class SettingError(Exception):
    """One sentence: which variable, what is wrong, what would be right; ``code`` is the exit status."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.code = code


def read_text(environ: Mapping[str, str], name: str, default: str = "") -> str:
    """Return the variable, or the contents of the file that NAME_FILE names."""
    path = environ.get(f"{name}_FILE", "")
    if not path:
        return environ.get(name, "") or default
    if environ.get(name):
        raise SettingError(f"{name} and {name}_FILE are both set; keep one")
    try:
        return Path(path).read_text(encoding="utf-8").strip() or default
    except OSError as error:
        raise SettingError(f"{name}_FILE: cannot read {path} ({error.strerror})") from error
    except UnicodeDecodeError:
        # Not chained: the error holds the bytes of the file, which was meant to hold a secret.
        raise SettingError(f"{name}_FILE: {path} is no text in UTF-8") from None


def read_bool(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    """Return 1/true/yes/on as True and 0/false/no/off as False."""
    text = read_text(environ, name).lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise SettingError(f"{name}={text} is not a yes or no; use 1 or 0")


def read_int(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """Return a whole number within bounds."""
    text = read_text(environ, name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingError(f"{name}={text} must be a whole number from {low} to {high}")
    return int(text)


def read_choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices; the first is the default."""
    text = read_text(environ, name, choices[0])
    if text not in choices:
        raise SettingError(f"{name}={text} is not known; use one of {', '.join(choices)}")
    return text


def read_list(environ: Mapping[str, str], name: str, default: str) -> list[str]:
    """Return a comma-separated list without blanks."""
    return [part.strip() for part in read_text(environ, name, default).split(",") if part.strip()]


def read_market(environ: Mapping[str, str], name: str) -> str:
    """Return a market's specification; whether it can be used is found out when it is opened."""
    text = read_text(environ, name, "auto")
    kind, _, rest = text.partition(":")
    if text in {"auto", "simulated"} or (kind in {"tape", "ccxt"} and rest):
        return text
    raise SettingError(f"{name}={text} is no market; use auto, simulated, tape:FILE[,FILE] or ccxt:VENUE")


def read_redis(environ: Mapping[str, str], name: str) -> str:
    """Return the address of a broker; empty where there is no broker."""
    url = read_text(environ, name)
    if url and url.partition(":")[0].lower() not in {"redis", "rediss", "unix"}:
        raise SettingError(f"{name} is no address of a broker; use redis://HOST:PORT/0, rediss:// or unix://")
    return url


def read_secret_key(environ: Mapping[str, str], name: str, data_dir: Path) -> str:
    """Return the secret key, else what bin/setup has written into the data folder."""
    key = read_text(environ, name)
    path = data_dir / "secret_key"
    if key or not path.exists():
        return key
    return read_text({f"{name}_FILE": str(path)}, name)


_SECRET_NAMES = ("_KEY", "_KEYS", "_TOKEN", "_SECRET", "_PASSWORD")


def know_secrets(environ: Mapping[str, str], *more: str) -> None:
    """Have every secret of the environment struck out of logs and reports, and ``more`` beside them."""
    named = [value for name, value in environ.items() if name.endswith(_SECRET_NAMES)]
    addresses = [_password_of(environ.get(name, "")) for name in ("DATABASE_URL", "REDIS_URL")]
    for value in (*named, *addresses, *more):
        KNOWN.add(value)


def _password_of(address: str) -> str:
    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""  # refused in a sentence where the address is read


def read_master_keys(
    environ: Mapping[str, str], name: str, data_dir: Path, file: str = "master_keys"
) -> Keyring:
    """Return the keys that seal stored keys, else those that bin/setup has written into the data folder."""
    text, path, source = read_text(environ, name), data_dir / file, name
    if not text and path.exists():
        text, source = read_text({f"{name}_FILE": str(path)}, name), str(path)
    try:
        return read_keyring(text)
    except MasterKeyError as problem:
        raise SettingError(f"{source}: {problem}") from None


TRADING: Final = ("paper", "testnet", "live")
"""What a deployment is for; the first is the default. Signed requests leave it in the others only."""

ROLES: Final = ("all", "models", "trade", "web", "beat")
"""What a process does: everything, ask models, send orders, serve pages, or ring."""

VENUE_KEYS_FILE: Final = "venue_master_keys"


def read_venue_keys(environ: Mapping[str, str], name: str, data_dir: Path, role: str) -> Keyring:
    """Return the keys that seal the exchanges' keys; none in a process that has no business with them.

    A process that asks models, serves pages or rings refuses to start with them in its environment: what it
    does not hold, no mistake of a model's answer or a page can give away.
    """
    if role in VENUE_ROLES:
        path = data_dir / VENUE_KEYS_FILE
        if not environ.get(name) and path.exists() and path.stat().st_mode & 0o077:
            raise SettingError(f"others can read {path}; chmod 600 {path}", NOT_SAFE)
        return read_master_keys(environ, name, data_dir, VENUE_KEYS_FILE)
    for found in (name, f"{name}_FILE"):
        if environ.get(found):
            raise SettingError(
                f"{found} is set in a process with ARENA_ROLE={role}, which must not hold it; take it out of "
                f"its environment and give it to {' or '.join(VENUE_ROLES)} only",
                NOT_SAFE,
            )
    return read_keyring("")


def check_trading(*, trading: str, debug: bool, https: bool, host: str, role: str, keyring: Keyring) -> None:
    """Refuse a deployment for real money that could be looked into or could not keep its keys."""
    if trading != "live":
        return
    if debug:
        raise SettingError(
            "ARENA_TRADING=live is refused with DEBUG=1, which shows details of errors", NOT_SAFE
        )
    if not https and host not in {"127.0.0.1", "localhost", "::1"}:
        raise SettingError(
            f"ARENA_TRADING=live is refused with ARENA_HOST={host} and HTTPS=0: who turns its switches must "
            "come by https; put a TLS proxy before it and set HTTPS=1, or listen on 127.0.0.1",
            NOT_SAFE,
        )
    if role in VENUE_ROLES and not keyring.ids:
        raise SettingError(
            "ARENA_TRADING=live needs the keys that seal the exchanges' keys; run bin/setup, which makes "
            "one, or set ARENA_VENUE_MASTER_KEYS",
            NOT_SAFE,
        )


def read_database(environ: Mapping[str, str], data_dir: Path) -> dict[str, object]:
    """Return Django's database settings for DATABASE_URL: sqlite:///path or postgres://user:pw@host:port/name."""
    url = read_text(environ, "DATABASE_URL", f"sqlite:///{data_dir / 'arena.sqlite3'}")
    shape = "sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME"
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:
        # Not chained and not shown: the address holds a password.
        raise SettingError(f"DATABASE_URL has a host or a port that cannot be read; use {shape}") from None
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path)[1:])
    if parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": port,
            # Persistent connections fail under ASGI; the pool does not (docs/adr/0005).
            # After a restart of the server the pool would hand out its dead connections, one after the other.
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 16, "timeout": 30}},
        }
    raise SettingError(f"DATABASE_URL starts with {parts.scheme or 'nothing'}; use {shape}")


def _sqlite(path: str) -> dict[str, object]:
    if not path:
        raise SettingError(
            "DATABASE_URL names no file; use sqlite:///FILE (four slashes for an absolute path)"
        )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # DEFERRED lost two thirds of the writes of four processes, IMMEDIATE none (docs/adr/0005).
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
                # Without it INSERT OR REPLACE deletes rows behind the back of the delete triggers.
                "PRAGMA recursive_triggers=ON"
            ),
        },
    }


MIN_SECRET = 50
"""Characters of a secret key that Django's own deployment check asks for."""


def check_together(*, runner: str, redis_url: str, hosts: list[str], secret_key: str, debug: bool) -> None:
    """Refuse settings that are fine alone and unsafe or useless together."""
    if runner == "celery" and not redis_url:
        raise SettingError("ARENA_RUNNER=celery needs REDIS_URL, for example redis://127.0.0.1:6379/0")
    if "*" in hosts and not debug:
        raise SettingError("ALLOWED_HOSTS=* is refused outside DEBUG; name the hosts", NOT_SAFE)
    if not secret_key:
        raise SettingError(
            "SECRET_KEY is not set and the data folder holds none; run bin/setup, which makes one", NOT_SAFE
        )
    if len(secret_key) < MIN_SECRET and not debug:
        raise SettingError(
            f"SECRET_KEY is shorter than {MIN_SECRET} characters; delete it and run bin/setup", NOT_SAFE
        )
