"""One function switches an account on at a venue, and one command asks for it: nothing else may."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin

from accounts.domain.secrets import read_keyring
from arena.models import Contestant
from config.venue_opening import DOOR
from config.wiring import wall_ms
from tests.factories.commands import Said, arena
from tests.factories.keys import MASTER_KEY
from tests.factories.played_season import SLUG, play_season
from tests.factories.venue_server import VenueServer
from trading.adapters.ccxt_live import DIALECTS
from trading.domain.venue import Permissions, VenueBalance
from trading.models import VenueAccount, VenueBudget
from trading.services import Binding, BindingError, VenueState, bind_venue_account, store_venue_key

ROOT = Path(__file__).parents[2]
ROOMS = ("accounts", "agents", "arena", "config", "contracts", "interfaces", "oracle", "store", "trading")
WHO = ("--reason", "a test", "--by", "ann")


def sources() -> Iterator[tuple[str, str]]:
    """Yield path and text of every module of the program."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()


def is_false(node: ast.expr) -> bool:
    """Tell whether an expression is the word False."""
    return isinstance(node, ast.Constant) and node.value is False


def is_row_of_a_table(call: ast.Call) -> bool:
    """Tell whether a call writes rows: a model is made, or a query updates or creates."""
    named = ast.unparse(call.func)
    return named.endswith((".update", ".create", ".update_or_create", ".get_or_create", "VenueAccount"))


def is_switching_on(node: ast.AST) -> bool:
    """Tell whether a statement or a call may make a column 'enabled' anything but False."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        is_hit = any(isinstance(each, ast.Attribute) and each.attr == "enabled" for each in targets)
        return is_hit and not (node.value is not None and is_false(node.value))
    if not isinstance(node, ast.Call):
        return False
    if ast.unparse(node.func) == "setattr":
        return any(isinstance(each, ast.Constant) and each.value == "enabled" for each in node.args)
    named = any(word.arg == "enabled" and not is_false(word.value) for word in node.keywords)
    return named and is_row_of_a_table(node)


def switchings_on(text: str) -> Iterator[str]:
    """Yield the functions of a module that may switch an account on."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, kinds) and any(map(is_switching_on, ast.walk(function))):
            yield getattr(function, "name", "lambda")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(row):\n    row.enabled = True", ["f"]),
        ("def f(row, on):\n    row.enabled = on", ["f"]),
        ("def f(rows, on):\n    rows.filter(id=1).update(state='ready', enabled=on)", ["f"]),
        ("def f(m):\n    m.VenueAccount.objects.create(account_id='a', enabled=True)", ["f"]),
        ("def f(m):\n    m.VenueAccount(account_id='a', enabled=True).save()", ["f"]),
        ("def f(row):\n    setattr(row, 'enabled', True)", ["f"]),
        ("def f(row):\n    row.enabled = False", []),
        ("def f(rows):\n    rows.update(enabled=False)", []),
        ("def f(rows):\n    return rows.filter(enabled=True)", []),
    ],
)
def test_the_search_sees_every_way_to_write_the_column(text: str, found: list[str]) -> None:
    assert list(switchings_on(text)) == found


def test_only_one_function_of_the_program_switches_an_account_on() -> None:
    found = {(path, name) for path, text in sources() for name in switchings_on(text)}
    assert found == {("trading/services/switch_venues.py", "enable_venue")}


def test_only_the_command_that_probes_the_key_calls_it() -> None:
    callers = {path for path, text in sources() if "enable_venue(" in text}
    assert callers == {"trading/services/switch_venues.py", "config/cli/venue.py"}
    assert not any("switch_venue_account" in text for _, text in sources())


def test_the_operators_pages_show_the_account_and_change_nothing(rf: Any, admin_user: Any) -> None:
    request = rf.post("/")
    request.user = admin_user
    shown = admin.site._registry[VenueAccount]
    assert not shown.has_add_permission(request)
    assert not shown.has_change_permission(request)
    assert shown.get_actions(request) == {} or "enabled" not in str(shown.get_actions(request))


@pytest.fixture
def venue(settings: Any, tmp_path: Path) -> Iterator[VenueServer]:
    settings.ARENA_STOP_FILE = tmp_path / "ARENA_STOP"
    settings.ARENA_VENUE_KEYRING = read_keyring(f"venue1:{MASTER_KEY}")
    settings.ARENA_TRADING = "live"
    with VenueServer() as server:
        DOOR.settle = server.mount
        yield server
    DOOR.settle = None


@pytest.fixture
def bound(venue: VenueServer) -> str:
    play_season(rounds=1)
    account: str = Contestant.objects.get(slug="momentum").account_id
    store_venue_key(account, "binanceusdm", venue.credentials("binanceusdm"), "ann", 1)
    VenueAccount.objects.create(
        account_id=account, feed="f", venue="binanceusdm", profile="live", created_wall_ms=0
    )
    return account


def probed(capsys: pytest.CaptureFixture[str]) -> Said:
    """Look at the key of a contestant."""
    return arena(capsys, "venue", "probe", "momentum", "--season", SLUG, *WHO)


@pytest.mark.django_db
def test_a_look_by_hand_takes_from_the_budget_that_all_processes_share(
    bound: str, venue: VenueServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bound
    assert probed(capsys).status == 0
    budget = VenueBudget.objects.get(id="binanceusdm:live")
    assert budget.tokens < DIALECTS["binanceusdm"].per_minute * 60_000
    asked = venue.counts("binanceusdm").total()
    VenueBudget.objects.update(blocked_until_wall_ms=wall_ms() + 60_000)
    said = probed(capsys)
    assert (said.status, "the venue wants us to wait" in said.err) == (2, True)
    assert venue.counts("binanceusdm").total() == asked


@pytest.mark.django_db
@pytest.mark.parametrize("unknown", ["withdraw", "transfer"])
def test_binding_wants_somebody_who_answers_for_what_the_venue_cannot_tell(unknown: str) -> None:
    account = "c" * 32
    may = Permissions(trade=True, withdraw=False, transfer=False, ip_restricted=None)._replace(
        **{unknown: None}
    )
    state = VenueState(VenueBalance("USDT", 0, 0), (), (), may, 5)
    binding = Binding(account, "f", "weex", "live", "a test", "ann")
    with pytest.raises(BindingError, match=f"does not tell whether its key may {unknown}"):
        bind_venue_account(binding, state, "live", 5)
    assert not VenueAccount.objects.exists()
