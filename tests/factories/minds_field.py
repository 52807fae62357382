"""Everything that can decide in one season: models of every dialect, people, programs, rules, a consensus.

The market is a tape of two symbols on a wave; models and rules trade on it, so that positions open and close.
"""

import json
import math
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from agents.domain.roster import RosterEntry, replicas_of
from agents.models import ModelCall
from arena.models import Turn
from arena.selectors.audit import audit
from tests.factories import provider_steps as steps
from tests.factories.contests import buy, close, house, says, scripted, write_tape
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer
from tests.factories.seats import outsider, person
from tests.factories.strategies import ALWAYS
from trading.domain.decisions import Action

MODELS: Final = ("ann", "bob", "cleo", "dan", "eve", "fay")
"""Names of the models asked; two replicas share 'eve'."""

CLEAN: Final = ("bob", "cleo", "fay")
"""Models whose calls are never disturbed, with one contestant each: one request a round."""

PERSON: Final = "pat"
PROGRAM: Final = "prog"

SAID: Final = (
    says(buy("BTC", stop=80), buy("ETH", stop=85)),
    says(),
    says(close("BTC")),
    "I would buy everything.",
    says(buy("ETH", stop=120, action=Action.SELL)),
    says(close("ETH")),
    says(buy("BTC", stop=99)),
)


def trade(request: ReceivedRequest) -> str:
    """Answer by the question's own bytes: another one each round, the same for the same question."""
    return SAID[sum(request.body) % len(SAID)]


def model_named(request: ReceivedRequest) -> str:
    """Return whose script a request uses up."""
    return request.model


def disturb(server: ProviderServer) -> None:
    """Let some calls fail: three that pass at the second attempt, four that last."""
    passing = (steps.status(503), steps.reset(), steps.html_200())
    server.script([step for fault in passing for step in (fault, steps.ok())], key="ann")
    lasting = [steps.refusal(), steps.truncated(), steps.status(400), steps.empty_content()]
    server.script(lasting, key="dan")


def model(server: ProviderServer, name: str, kind: str = "ollama", **config: object) -> RosterEntry:
    """Return a contestant whose model of the same name lives on the loopback."""
    base_url = server.url if config.get("dialect") == "messages" else server.openai_url
    return RosterEntry(name.capitalize(), name, "", kind, {"model": name, "base_url": base_url, **config})


def everybody(server: ProviderServer, *, waiter: bool = True) -> list[RosterEntry]:
    """Return one contestant of every way to decide; ``installed`` needs ``install_package`` first."""
    installed = {"entry_point": "chaser", "settings": {"symbol": "ETH"}}
    careful = "Trade rarely. Keep stops tight."
    return [
        model(server, "ann", dialect="chat"),
        model(server, "bob", "vllm", dialect="responses"),
        model(server, "cleo", dialect="messages"),
        model(server, "dan", "llamacpp", structured="json_object"),
        *replicas_of(model(server, "eve"), 2),
        model(server, "fay", "vllm", prompt=careful),
        person(PERSON),
        outsider(PROGRAM),
        RosterEntry("Package", "package", "", "installed", installed),
        RosterEntry("Rule", "rule", "", "strategy", dict(ALWAYS)),
        RosterEntry("Consensus", "consensus", "", "consensus"),
        *house("scoring", "momentum", "random", "buy_and_hold"),
        *([scripted("waiter", {"fault": "sleep", "ms": 1}, says(buy()), {"fault": "nonsense"})] * waiter),
    ]


def roster_file(folder: Path, roster: Sequence[RosterEntry]) -> Path:
    """Write a roster for ``--roster``; replicas are counted, as an operator would."""
    counts = Counter(entry.original for entry in roster if entry.original)
    forms = [
        {"name": entry.name, "slug": entry.slug, "kind": entry.kind, "config": entry.config}
        | ({"replicas": counts[entry.slug] + 1} if counts[entry.slug] else {})
        for entry in roster
        if not entry.original
    ]
    path = folder / "roster.json"
    path.write_text(json.dumps(forms))
    return path


def write_wave(folder: Path, bars: int = 60) -> str:
    """Write a tape of BTC and ETH, each on a wave around 100 USDT; return its market specification."""

    def bar(number: int, shift: float) -> tuple[float, float, float, float]:
        start, end = (100 + 6 * math.sin((n + shift) / 4) for n in (number, number + 1))
        return start, max(start, end) + 0.2, min(start, end) - 0.2, end

    shifts = {"BTC": 0.0, "ETH": 9.0}
    paths = [
        write_tape(folder, bars, {n: bar(n, shift) for n in range(bars)}, symbol=symbol)
        for symbol, shift in shifts.items()
    ]
    return f"tape:{','.join(str(path) for path in paths)}"


_SOURCE: Final = """
    import itertools

    from agents.domain.answers import encode_answer
    from kernel.units import SCALE
    from trading.domain.decisions import Action, Decision


    class Chaser:
        blocking = True

        def __init__(self, settings):
            self.symbol = settings["symbol"]

        def decide(self, observation):
            held = [position.symbol for position in observation.portfolio.positions]
            mark = observation.market.marks[self.symbol]
            if self.symbol in held:
                closing = Decision(Action.CLOSE, self.symbol, size=SCALE, confidence=SCALE)
                return encode_answer("Leaves.", (closing,))
            bought = Decision(
                Action.BUY, self.symbol, size=SCALE // 10, leverage=5, confidence=SCALE,
                stop_loss=mark * 9 // 10,
            )
            return encode_answer("Buys.", (bought,))


    class Moody:
        blocking = False
        moods = itertools.count()

        def __init__(self, settings):
            pass

        def decide(self, observation):
            return encode_answer(f"Mood {next(self.moods)} of this process.", ())
"""


def install_package(folder: Path) -> Path:
    """Install a package; return the folder for the path of Python.

    It offers 'chaser', which may wait, and 'moody', which may not and never answers the same twice.
    """
    target = folder / "site"
    info = target / "chasing_agent-1.0.dist-info"
    info.mkdir(parents=True)
    (target / "chasing_agent.py").write_text(textwrap.dedent(_SOURCE))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: chasing-agent\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[arena.agents]\nchaser = chasing_agent:Chaser\nmoody = chasing_agent:Moody\n"
    )
    return target


def faults_found() -> list[str]:
    """Return what the audit finds wrong."""
    return [f"{found.season} {found.invariant}: {found.problem}" for found in audit() if found.problem]


def requests_by_model(server: ProviderServer) -> Counter[str]:
    """Return how many questions each model was asked."""
    return Counter(request.model for request in server.requests if request.dialect)


def attempts_by_model(season: str) -> Counter[str]:
    """Return how many attempts the records say each model's contestants took."""
    found: Counter[str] = Counter()
    for name, attempts in ModelCall.objects.filter(season_id=season).values_list("model", "attempts"):
        found[name] += attempts
    return found


def asked_twice(server: ProviderServer, models: Sequence[str] = CLEAN) -> list[str]:
    """Return which of these models got one question more than once."""
    seen = Counter((request.model, request.body) for request in server.requests if request.model in models)
    return sorted(name for (name, _body), count in seen.items() if count > 1)


def turns_of(season: str) -> list[tuple[Any, ...]]:
    """Return what everybody did in every round, as a replay must repeat it."""
    rows = Turn.objects.filter(round__season_id=season).order_by("round__number", "contestant__slug")
    shown = ("round__number", "contestant__slug", "outcome", "reason", "answer_sha256", "rejections")
    return list(rows.values_list(*shown))


def reasons_of(season: str, slug: str) -> list[str]:
    """Return why a contestant held in each round; '' for one it decided."""
    rows = Turn.objects.filter(round__season_id=season, contestant__slug=slug).order_by("round__number")
    return list(rows.values_list("reason", flat=True))


def calls_of(season: str, slug: str) -> list[str]:
    """Return what each question to a contestant's model came to."""
    turns = Turn.objects.filter(round__season_id=season, contestant__slug=slug).values("id")
    return list(
        ModelCall.objects.filter(turn_id__in=turns).order_by("slot").values_list("outcome", flat=True)
    )
