"""A small contest on a tape whose language models live on the loopback, asked through the real SDKs."""

from collections.abc import Sequence
from pathlib import Path

from agents.domain.roster import RosterEntry
from arena.services.seasons import set_contestant_status
from kernel.ids import derive_id
from tests.factories import provider_steps as steps
from tests.factories.contests import buy, close, house, open_contest, says, scripted, write_tape
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer
from tests.factories.provider_steps import Step

DIALECTS = ("chat", "responses")


def model_entry(server: ProviderServer, slug: str, dialect: str = "chat", **config: object) -> RosterEntry:
    """Return a contestant whose model is named after it and answers on the loopback."""
    settings = {"model": f"{slug}-model", "base_url": server.openai_url, "dialect": dialect, **config}
    return RosterEntry(slug.capitalize(), slug, "", "ollama", settings)


def open_model_contest(folder: Path, server: ProviderServer, *slugs: str, slug: str = "cup") -> str:
    """Open a season with these models, two house agents and a script that may wait; return its id."""
    models = [model_entry(server, name, DIALECTS[at % 2]) for at, name in enumerate(slugs)]
    waiting = scripted("waiter", {"fault": "sleep", "ms": 1}, says(buy()), {"fault": "nonsense"})
    roster = [*models, *house("momentum", "random"), waiting]
    season = open_contest(roster, f"tape:{write_tape(folder)}", slug=slug)
    for name in slugs:  # models are not seated in a history by themselves
        set_contestant_status(derive_id("contestant", season, name), "playing")
    return season


ANSWERS = (says(buy()), says(), says(close()), "I would buy everything.", says(buy(stop=95)))


def trader(request: ReceivedRequest) -> str:
    """Return an answer that depends on who asks what: another one each round."""
    return ANSWERS[sum(request.body) % len(ANSWERS)]


PASSING: Sequence[Step] = (steps.status(503), steps.reset(), steps.html_200())
LASTING: Sequence[Step] = (steps.refusal(), steps.truncated(), steps.status(400))
