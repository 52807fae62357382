"""Reads of the questions that language models were asked."""

from typing import NamedTuple

from agents.domain.llm.prompt import Prompt
from agents.models import ModelCall
from trading.selectors import blob_bodies


class SentPrompt(NamedTuple):
    """A question as it was sent, and the version of the template it was made by."""

    version: str
    prompt: Prompt


def sent_prompt(season_id: str, slot: int, contestant_id: str) -> SentPrompt | None:
    """Return the prompt that a contestant was sent in a round; None where none was, or a part is gone."""
    names = ("prompt_version", "system_sha256", "market_sha256", "account_sha256")
    calls = ModelCall.objects.filter(season_id=season_id, slot=slot, contestant_id=contestant_id)
    row = calls.values_list(*names).first()
    if row is None:
        return None
    version, *hashes = row
    bodies = blob_bodies(hashes)
    if not all(sha in bodies for sha in hashes):
        return None
    system, market, account = (bodies[sha].decode() for sha in hashes)
    return SentPrompt(version, Prompt(system, market, account))
