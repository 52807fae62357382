"""A market that nobody knows: one sentence and exit status 2, before anything is written."""

import pytest
from django.core.management import call_command

from arena import selectors
from config.cli import serve
from config.refusal import USAGE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("spec", ["real", "ccxt:mtgox", "tape:"])
def test_the_command_line_names_the_choices(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("arena", "season", "open", "cup", "--market", spec)
    assert ended.value.code == USAGE
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"arena: market '{spec}' is not one of auto, simulated, tape:FILE")
    assert selectors.season_view("cup", 0) is None


def test_a_first_run_on_it_opens_nothing() -> None:
    options = {"market": "ccxt:mtgox", "seed": 1, "warm_up": 2, "speed": 12}
    with pytest.raises(Exception, match="is not one of auto, simulated") as caught:
        serve.open_default_season(options)
    assert type(caught.value).__name__ == "CommandRefusedError"
    assert selectors.season_view(serve.SLUG, 0) is None
