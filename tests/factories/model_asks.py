"""Questions to scripted language models, about one random-walk market."""

from collections.abc import Callable, Sequence
from typing import Any

from agents.adapters.llm.scripted import Script, ScriptedProvider, Step
from agents.domain.llm.exchange import Cost, ModelRef, ModelRequest, Outcome, Usage
from agents.domain.llm.playback import Playback, read_lines
from agents.domain.llm.tape import Line, seal_lines
from agents.ports import AnyAgent, Caps, ModelAgent
from agents.services import Ask, Table
from kernel.ids import derive_id
from kernel.units import SCALE
from tests.factories.observations import walk_observation, walk_view
from trading.domain.observation import MarketView, Observation

HOLD = '{"summary":"Nothing to do.","decisions":[]}'
SEASON = derive_id("season", "asked")
WALL_MS = 1_795_000_000_000
RICH = Caps(call=1_000 * SCALE, day=1_000_000 * SCALE, season=1_000_000 * SCALE)


class FlatPrices:
    """Every token costs so many units of 1e-8 USD, whatever it is."""

    def __init__(self, a_token: int = 1_000) -> None:
        self.a_token = a_token

    def cost_of(self, _model: ModelRef, _returned: str, usage: Usage, _at_ms: int) -> Cost | None:
        """Return tokens times price."""
        return Cost((usage.input + usage.output) * self.a_token, "flat")


def model_ref(name: str = "toy", **changes: Any) -> ModelRef:
    """Return a scripted model."""
    given = {"max_output_tokens": 500, **changes}
    return ModelRef("scripted", "https://models.example", name, "chat", "json_schema", **given)


def says(text: str = HOLD, delay_s: float = 0.0) -> Script:
    """Return a script that always answers this."""
    return lambda _request: Step(text, delay_s=delay_s)


def fails(*outcomes: Outcome, then: str = HOLD) -> Script:
    """Return a script whose attempts, in order, come to these outcomes and then answer."""

    def script(request: ModelRequest) -> Step:
        at = request.attempt - 1
        return Step(outcome=outcomes[at], status=500) if at < len(outcomes) else Step(then)

    return script


def model_agent(
    script: Script | None = None,
    *,
    caps: Caps = RICH,
    key_id: str = "key",
    model: ModelRef | None = None,
    wire: Playback | None = None,
    is_free: bool = False,
) -> ModelAgent:
    """Return a contestant that a scripted model decides for."""
    provider = ScriptedProvider(script or says(), wire=wire)
    return ModelAgent(model or model_ref(), provider, key_id, caps, is_free=is_free)


VIEW = walk_view(1, bars=40)


def seen_by(seat: int, view: MarketView = VIEW) -> Observation:
    """Return what one of many contestants sees."""
    return walk_observation(view, contestant_id=derive_id("seat", seat))


def asks_of(agents: Sequence[AnyAgent], slot: int = 1, view: MarketView = VIEW) -> list[Ask]:
    """Return one question for each agent in the round of a slot."""
    return [
        Ask(derive_id("who", at), derive_id("turn", slot, at), agent, seen_by(at, view))
        for at, agent in enumerate(agents)
    ]


def table_of(
    slot: int = 1,
    *,
    deadline_s: float = 20.0,
    wall_ms: Callable[[], int] = lambda: WALL_MS,
    playback: Playback | None = None,
    a_token: int = 1_000,
) -> Table:
    """Return the table of a slot's round."""
    return Table(
        season_id=SEASON,
        round_id=derive_id("round", slot),
        slot=slot,
        number=slot,
        deadline_s=deadline_s,
        wall_ms=wall_ms,
        prices=FlatPrices(a_token),
        playback=playback,
    )


def sealed(lines: Sequence[Line]) -> list[bytes]:
    """Return lines as a tape's bytes."""
    return [body for body, _sha256 in seal_lines(lines)]


def playback_of(tape: Sequence[bytes]) -> Playback:
    """Return a player with this tape in it."""
    return Playback(read_lines(tape))
