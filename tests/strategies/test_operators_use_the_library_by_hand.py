"""The library in the admin: explained, drafted in words, tried, applied, retired; only for who may."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from agents.domain.specs import SpecConfig
from agents.domain.strategy.reading import read_strategy
from agents.models import Strategy
from agents.services import ensure_specs
from agents.services.strategies import save_strategy
from arena.models import Contestant
from config.errands import run_errands
from tests.factories.contests import SLUG, house, open_contest, play
from tests.factories.provider_server import ProviderServer
from tests.factories.strategies import ALWAYS, RSI_DIP

pytestmark = pytest.mark.django_db

BASE = "/admin/arena/contestant/strategies/"
LIBRARY = "/admin/agents/strategy/"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address if address.startswith("/") else BASE + address)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


@pytest.fixture
def stored() -> str:
    save_strategy(read_strategy(ALWAYS), sentence="", author="x", wall_ms=1)
    return "always-long/1"


def test_a_strategy_is_explained_tried_applied_and_retired(operator: Client, stored: str) -> None:
    play(open_contest(house("momentum")), 2)
    assert f"{BASE}{stored}/apply/" in page(operator, LIBRARY)
    assert "Opens a long when price is above 0." in page(
        operator, f"{LIBRARY}{Strategy.objects.get().pk}/change/"
    )
    tried = page(operator, f"{stored}/try/")
    assert "<td>BTC</td><td>2</td><td>0</td>" in tried
    assert "no statement about profit" in tried
    assert "Opens a long" in page(operator, f"{stored}/apply/")
    form = {"season": SLUG, "name": "By Hand", "profile": "moderate"}
    assert operator.post(f"{BASE}{stored}/apply/", form).status_code == 302
    assert Contestant.objects.get(slug="by-hand").status == "playing"
    again = operator.post(f"{BASE}{stored}/apply/", form)
    assert b"has a contestant by-hand already" in again.content
    assert "retired too" in page(operator, f"{stored}/retire/")
    assert operator.post(f"{BASE}{stored}/retire/").status_code == 302
    assert Contestant.objects.get(slug="by-hand").status == "retired"


def test_a_sentence_becomes_a_draft_that_is_shown(operator: Client, provider: ProviderServer) -> None:
    config = {"model": "some-model", "base_url": provider.openai_url, "dialect": "chat"}
    ensure_specs([SpecConfig("ollama", "drafter", config=config)])
    provider.answer = lambda _request: json.dumps({"refusal": "", "strategy": RSI_DIP})
    page(operator, "draft/")
    asked: Any = operator.post(f"{BASE}draft/", {"sentence": "Buy <b>dips</b>", "model": "drafter"})
    address = asked.headers["Location"].removeprefix(BASE)
    assert 'http-equiv="refresh"' in page(operator, address)
    run_errands()
    shown = page(operator, address)
    assert "Opens a long when RSI (14) is below 35" in shown
    assert "Buy &lt;b&gt;dips&lt;/b&gt;" in shown
    assert f"{BASE}rsi-dip/1/apply/" in shown
    assert "0 USD" in shown
    assert Contestant.objects.count() == 0


def test_a_reply_that_is_no_strategy_is_shown_with_its_reason(
    operator: Client, provider: ProviderServer
) -> None:
    config = {"model": "some-model", "base_url": provider.openai_url, "dialect": "chat"}
    ensure_specs([SpecConfig("ollama", "drafter", config=config)])
    provider.answer = lambda _request: "<script>no</script>"
    asked: Any = operator.post(f"{BASE}draft/", {"sentence": "Buy", "model": "drafter"})
    run_errands()
    shown = page(operator, asked.headers["Location"].removeprefix(BASE))
    assert "must be one JSON object" in shown
    assert "&lt;script&gt;no&lt;/script&gt;" in shown


def test_staff_without_the_right_and_strangers_change_nothing(client: Client, stored: str) -> None:
    client.force_login(get_user_model().objects.create_user("helper@localhost", is_staff=True))
    for address in ("draft/", f"{stored}/try/", f"{stored}/apply/", f"{stored}/retire/"):
        assert client.get(BASE + address).status_code == 403
        assert client.post(BASE + address).status_code == 403
    assert Client().get(f"{BASE}{stored}/try/").status_code == 302
    assert Strategy.objects.get().status == "draft"
