"""Log lines and error reports without keys: struck out by value, and hidden by name where none is known."""

import logging
import re
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from accounts.domain.scrubbing import KNOWN

_TRACEBACKS = logging.Formatter()


class ScrubbingFilter(logging.Filter):
    """Rewrites a record before it is written: message, traceback and stack hold no key."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without what it must not tell."""
        record.msg, record.args = KNOWN.scrub(_message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _TRACEBACKS.formatException(record.exc_info)
        # Formatters use the text that is there already, and look at the exception only without one.
        record.exc_text = KNOWN.scrub(record.exc_text) if record.exc_text else None
        record.stack_info = KNOWN.scrub(record.stack_info) if record.stack_info else None
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - a bad format string, or a secret that refused to be written
        return f"{record.msg} (not written: {type(error).__name__})"


class ScrubbingReporterFilter(SafeExceptionReporterFilter):
    """Hides settings, posted values and local variables under more names than Django's own list has."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE|SEED|MNEMONIC|WALLET|CREDENTIAL|_URL|DSN|DATABASE",
        flags=re.IGNORECASE,
    )

    def get_post_parameters(self, request: Any) -> Any:
        """Return what was posted, with values of such names hidden."""
        return self._hidden(super().get_post_parameters(request))

    def get_cleansed_multivaluedict(self, request: Any, multivaluedict: Any) -> Any:
        """Return a copy of such a dictionary, likewise."""
        return self._hidden(super().get_cleansed_multivaluedict(request, multivaluedict))

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        """Return a frame's variables, likewise."""
        found = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, self.cleanse_setting(name, value)) for name, value in found]

    def _hidden(self, posted: Any) -> Any:
        if not isinstance(posted, MultiValueDict):
            return posted
        cleansed = posted.copy()
        for name in cleansed:
            if self.hidden_settings.search(name):
                cleansed[name] = self.cleansed_substitute
        return cleansed


class ScrubbingReporter(ExceptionReporter):
    """Strikes the keys this process knows out of the finished report, wherever they stand in it."""

    def get_traceback_html(self) -> SafeString:
        """Return the report for a browser."""
        return SafeString(KNOWN.scrub(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """Return the report as text."""
        return SafeString(KNOWN.scrub(super().get_traceback_text()))
