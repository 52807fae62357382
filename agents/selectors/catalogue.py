"""The catalogue of language models, read once a process."""

from functools import lru_cache
from pathlib import Path

from agents.domain.llm.catalogue import Catalogue
from agents.domain.llm.catalogue_file import read_catalogue


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the catalogue in agents/catalogue.toml; raises ValueError, one sentence, where it is spoilt."""
    path = Path(__file__).resolve().parent.parent / "catalogue.toml"
    return read_catalogue(path.read_text(encoding="utf-8"))
