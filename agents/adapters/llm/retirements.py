"""When models end, as the installed SDKs tell: read from their files, so that neither is loaded.

anthropic keeps a table; openai says it in the text beside its list of chat models. A file that one day
looks different tells nothing, and the catalogue's own dates stand.
"""

import ast
import importlib.util
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

_ANTHROPIC: Final = ("anthropic", "_data/deprecated_models.py")
_OPENAI: Final = ("openai", "types/shared/chat_model.py")

_OPENAI_ENTRY: Final = re.compile(
    r'- ((?:"[^"]+",?\s*)+):\s*Announced\s+shutdown\s+date:\s*(\d{4}-\d{2}-\d{2})', re.MULTILINE
)
_ORDINAL: Final = re.compile(r"(\d)(?:st|nd|rd|th)\b")


@lru_cache(maxsize=1)
def sdk_retirements() -> Mapping[tuple[str, str], date]:
    """Return (kind, model id) -> last day, for all that the SDKs know about."""
    found = {("openai", name): day for name, day in read_openai(_source(*_OPENAI)).items()}
    return found | {("anthropic", name): day for name, day in read_anthropic(_source(*_ANTHROPIC)).items()}


def read_openai(source: str) -> dict[str, date]:
    """Return model id -> day from the text that lists them with 'Announced shutdown date'."""
    found: dict[str, date] = {}
    for names, day in _OPENAI_ENTRY.findall(source):
        found |= dict.fromkeys(re.findall(r'"([^"]+)"', names), date.fromisoformat(day))
    return found


def read_anthropic(source: str) -> dict[str, date]:
    """Return model id -> day from a literal table of texts like 'November 30th, 2026'."""
    found = {}
    for name, text in _literal_table(source).items():
        day = _day(str(text))
        if day is not None:
            found[str(name)] = day
    return found


def _literal_table(source: str) -> dict[object, object]:
    for node in ast.parse(source).body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Dict):
            return dict(ast.literal_eval(value))
    return {}


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(_ORDINAL.sub(r"\1", text), "%B %d, %Y").date()  # noqa: DTZ007 - a day, no time
    except ValueError:
        return None


def _source(package: str, path: str) -> str:
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or []) if found is not None else []:
        file = Path(folder) / path
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return ""
