"""Log lines and error reports: keys are struck out by value, and hidden by name."""

import logging
import logging.config
import sys
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.views.debug import get_default_exception_reporter_filter, get_exception_reporter_class

from accounts.domain.secrets import SecretText
from config.env import know_secrets

LOGGING: Any = settings.LOGGING
KEY = "sk-logged-7731-abcd"
WORDS = ["twelve", "words", "that", "nobody", "may", "see"]
"""Apart, since a report shows the source too."""
SECRET = SecretText(KEY, "f" * 16)


@pytest.fixture
def written() -> Any:
    """Log through the filters and formatters of the settings, into a string."""
    stream, log = StringIO(), logging.getLogger("arena.test.keys")
    made = logging.config.DictConfigurator({**LOGGING, "loggers": {}, "root": {"handlers": []}})
    handler = logging.StreamHandler(stream)
    for name in LOGGING["handlers"]["stderr"]["filters"]:
        handler.addFilter(made.configure_filter(dict(LOGGING["filters"][name])))
    handler.setFormatter(made.configure_formatter(dict(LOGGING["formatters"]["line"])))
    log.addHandler(handler)
    log.propagate = False
    yield log, stream
    log.removeHandler(handler)
    log.propagate = True


def raise_with(text: str) -> None:
    raise RuntimeError(f"the provider said: {text}")


def test_a_key_is_struck_out_of_messages_arguments_and_tracebacks(written: Any) -> None:
    log, stream = written
    log.warning("key %s in %r", KEY, {"headers": [KEY]})
    try:
        raise_with(KEY)
    except RuntimeError:
        log.exception("broken", stack_info=True)
    text = stream.getvalue()
    assert KEY not in text
    assert text.count("[hidden]") == 3
    assert "RuntimeError: the provider said: [hidden]" in text


def test_a_secret_that_is_logged_by_mistake_is_not_written_and_stops_nothing(written: Any) -> None:
    log, stream = written
    log.warning("key %s", SECRET)
    assert "not written: TypeError" in stream.getvalue()
    assert KEY not in stream.getvalue()


def test_every_handler_of_the_settings_has_the_filter() -> None:
    assert {tuple(handler["filters"]) for handler in LOGGING["handlers"].values()} == {("keys",)}


def test_keys_of_the_environment_and_passwords_in_addresses_are_known() -> None:
    from accounts.domain.scrubbing import KNOWN  # noqa: PLC0415 - beside its one use

    know_secrets(
        {
            "SOME_VENDOR_API_KEY": "vk-environment-1",
            "DATABASE_URL": "postgres://me:p4ss-of-the-base@db/arena",
            "PATH": "/usr/local/bin",
        },
        "a-secret-key-of-django",
    )
    line = "vk-environment-1 p4ss-of-the-base a-secret-key-of-django /usr/local/bin"
    assert KNOWN.scrub(line) == "[hidden] [hidden] [hidden] /usr/local/bin"


def report_of(request: Any, form: str) -> str:
    wallet_seed = "-".join(WORDS)
    plain = f"Bearer {KEY}"
    try:
        raise_with(plain if wallet_seed else "")
    except RuntimeError:
        make: Any = get_exception_reporter_class(request)
        reporter = make(request, *sys.exc_info())
        return str(getattr(reporter, f"get_traceback_{form}")())
    raise AssertionError


@pytest.mark.parametrize("form", ["html", "text"])
@pytest.mark.parametrize("debug", [True, False])
def test_an_error_report_holds_no_key(settings: Any, form: str, debug: bool) -> None:  # noqa: FBT001 - a parameter of the test
    settings.DEBUG = debug
    settings.SOME_MNEMONIC = "another twelve words to hide"
    request = RequestFactory().post(
        "/x",
        {"key": "sk-posted-1234-abcd", "seed": "seed-posted-1234"},
        headers={"authorization": f"Bearer {KEY}"},
    )
    text = report_of(request, form)
    for secret in (KEY, "twelve-words-that", "another twelve words", "sk-posted-1234", "seed-posted"):
        assert secret not in text
    assert "the provider said" in text


def test_settings_are_hidden_under_more_names_than_django_has() -> None:
    shown = get_default_exception_reporter_filter().get_safe_settings()
    assert shown["DATABASES"] == shown["SECRET_KEY"] == shown["ARENA_KEYRING"] == "********************"
