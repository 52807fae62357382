"""The catalogue of language models, read once a process."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from agents.domain.llm.catalogue import Catalogue
from agents.domain.llm.catalogue_file import read_catalogue

CATALOGUE_FILE: Final = Path(__file__).resolve().parent.parent / "catalogue.toml"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the catalogue in agents/catalogue.toml; raises ValueError, one sentence, where it is spoilt."""
    return read_catalogue(CATALOGUE_FILE.read_text(encoding="utf-8"))
