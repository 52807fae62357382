"""Deciders from packages: a real one, installed beside the arena, and every way one can be wrong."""

import re
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.adapters.build import build_agent
from agents.adapters.installed import InstalledAgent
from agents.domain.roster import RosterEntry
from agents.domain.specs import SpecConfig
from agents.ports import AgentConfigError
from tests.factories.contests import house, open_contest, play, story_of, write_tape

SOURCE = """
    import threading

    from agents.domain.answers import encode_answer
    from kernel.units import SCALE
    from trading.domain.decisions import Action, Decision

    threads = []


    class Buyer:
        blocking = False

        def __init__(self, settings):
            self.symbol = settings["symbol"]

        def decide(self, observation):
            threads.append(threading.current_thread())
            if observation.portfolio.positions:
                return encode_answer("Keeps it.", ())
            bought = Decision(
                Action.BUY, self.symbol, size=SCALE // 10, leverage=5, confidence=SCALE,
                stop_loss=observation.market.marks[self.symbol] * 9 // 10,
            )
            return encode_answer("Buys.", (bought,))


    class Slow(Buyer):
        blocking = True


    class Silent(Buyer):
        blocking = property(lambda self: (_ for _ in ()).throw(AttributeError()))


    class Nothing:
        def __init__(self, settings):
            pass
"""

METADATA = """
    Metadata-Version: 2.1
    Name: tiny-agents
    Version: 1.0
"""

ENTRY_POINTS = """
    [arena.agents]
    buyer = tiny_agents:Buyer
    slow = tiny_agents:Slow
    silent = tiny_agents:Silent
    nothing = tiny_agents:Nothing
    gone = tiny_agents.gone:Buyer
"""


@pytest.fixture
def _tiny_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package of one file into a folder of its own, as `pip install --target` would."""
    target = tmp_path / "site"
    info = target / "tiny_agents-1.0.dist-info"
    info.mkdir(parents=True)
    (target / "tiny_agents.py").write_text(textwrap.dedent(SOURCE))
    (info / "METADATA").write_text(textwrap.dedent(METADATA).lstrip())
    (info / "entry_points.txt").write_text(textwrap.dedent(ENTRY_POINTS).lstrip())
    monkeypatch.syspath_prepend(str(target))
    yield
    sys.modules.pop("tiny_agents", None)


def spec(name: str, **settings: object) -> SpecConfig:
    return SpecConfig("installed", "mine", config={"entry_point": name, "settings": settings})


@pytest.mark.usefixtures("_tiny_package")
@pytest.mark.django_db
def test_an_installed_package_plays_a_season(tmp_path: Path) -> None:
    config = {"entry_point": "buyer", "settings": {"symbol": "BTC"}}
    mine = RosterEntry("Mine", "mine", "", "installed", config)
    season = open_contest([mine, *house("always_flat")], f"tape:{write_tape(tmp_path)}")
    play(season, 3)
    story = story_of("mine")
    assert [row[1] for row in story["turns"]] == ["decided", "held", "held"]
    assert [fill[0] for fill in story["fills"]] == ["BTC"]
    assert sys.modules["tiny_agents"].threads == [threading.current_thread()] * 3


@pytest.mark.usefixtures("_tiny_package")
def test_an_object_says_itself_whether_it_may_wait_and_is_taken_to_if_it_does_not() -> None:
    found = {name: build_agent(spec(name, symbol="BTC")) for name in ("buyer", "slow", "silent")}
    assert {name: agent.blocking for name, agent in found.items() if isinstance(agent, InstalledAgent)} == {
        "buyer": False,
        "slow": True,
        "silent": True,
    }


@pytest.mark.usefixtures("_tiny_package")
@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({}, "are no object; write {'entry_point': NAME"),
        ({"entry_point": 7}, "it names no entry point"),
        ({"entry_point": "buyer", "settings": []}, "or its settings are no object"),
        ({"entry_point": "buyer", "speed": 1}, "speed is not known"),
        (
            {"entry_point": "seller"},
            "no package here offers 'seller' in the group arena.agents; known: buyer",
        ),
        ({"entry_point": "gone"}, "'gone' (tiny_agents.gone:Buyer) cannot be loaded: ModuleNotFoundError"),
        ({"entry_point": "buyer"}, "'buyer' (tiny_agents:Buyer) cannot be loaded: KeyError"),
        ({"entry_point": "nothing"}, "made nothing with a method 'decide'"),
    ],
)
def test_what_cannot_play_is_refused_in_a_sentence(config: dict[str, object], sentence: str) -> None:
    with pytest.raises(AgentConfigError, match=re.escape(sentence)):
        build_agent(SpecConfig("installed", "mine", config=config))


def test_without_any_package_it_is_said_that_none_is_installed() -> None:
    with pytest.raises(AgentConfigError, match="known: none is installed"):
        build_agent(spec("buyer"))


@pytest.mark.usefixtures("_tiny_package")
def test_a_package_is_not_imported_before_it_is_built() -> None:
    build_agent(SpecConfig("consensus", "crowd"))
    assert "tiny_agents" not in sys.modules
    build_agent(spec("buyer", symbol="BTC"))
    assert "tiny_agents" in sys.modules
