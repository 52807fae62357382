"""The canary: unique keys are planted and used, then all that is shown or kept is searched for them."""

import inspect
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.views.debug import get_exception_reporter_class

from accounts.domain.secrets import Keyring, read_keyring
from accounts.models import Secret, TradingAccount
from accounts.services import store_secret
from agents.domain.llm.entry import ContestantForm
from agents.models import Errand, ModelCall, TapeLine
from agents.selectors.specs import newest_spec
from agents.selectors.strategies import example_strategies
from agents.services.strategies import save_strategy
from arena.models import Contestant
from arena.selectors.entering import seat_facts
from arena.services.entering import ask_test, enter_models
from arena.services.strategies import ask_draft
from config.celery import make_app
from config.errands import run_errands
from config.keys import key_for
from config.minds import model_agents
from config.schedule import JOBS
from config.scrubbing import ScrubbingFilter
from config.seasons import play_rounds_at_full_speed
from config.tasks import task_name
from config.wiring import wall_ms
from tests.factories.commands import arena
from tests.factories.contests import seat_now
from tests.factories.keys import MASTER_KEY
from tests.factories.played_season import SLUG, play_season
from tests.factories.provider_dialects import ReceivedRequest
from tests.factories.provider_server import ProviderServer
from tests.factories.provider_steps import HOLD, Step, ok, status
from tests.factories.secret_crawl import (
    UnknownRouteError,
    addresses,
    admin_apps,
    crawl,
    database,
    leaks,
)
from tests.factories.venue_keys import VENUE_SECRETS, keep_a_venues_key, venue_keyring
from trading.models import VenueAccount

pytestmark = pytest.mark.django_db

MODELS = ("honest", "echo-error", "echo-answer", "echo-prose")
SECRETS = {
    **{
        f"the key of {model}": f"sk-canary-{number}{number}7Qz-{model}-x9"
        for number, model in enumerate(MODELS)
    },
    "the provider's key": "sk-canary-provider-5Wd-x9",
    "the environment's key": "sk-canary-environment-8Rt-x9",
    "the master key": MASTER_KEY.rstrip("="),
    **VENUE_SECRETS,
}


def answer(request: ReceivedRequest) -> str | Step:
    """Answer as the model asked for does: three of them tell the key that they were asked with."""
    if request.model == "echo-error":
        return status(400, "invalid", f"wrong key {request.key}", {"x-request-id": f"req-{request.key}"})
    if request.model == "echo-answer":
        said = {"summary": f"my key is {request.key}", "decisions": []}
        return ok(json.dumps(said), model=f"model-{request.key}")
    return ok(f"The key is {request.key}, and I buy.") if request.model == "echo-prose" else HOLD


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """Keep everything that is logged, down to the SDKs' own debugging, as the settings would write it."""
    stream, root = StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.addFilter(ScrubbingFilter())
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def season(provider: ProviderServer, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, settings: Any) -> str:
    """Play rounds in which every key is used, test every model, and leave keys of all sources behind."""
    provider.answer = answer
    season_id = play_season(rounds=1)
    for model in MODELS:
        form = ContestantForm(name=model, kind="vllm", model=model, base_url=provider.openai_url)
        enter_models(SLUG, form, SECRETS[f"the key of {model}"], wall_ms=wall_ms(), keyring=keyring)
    assert seat_now(season_id) == len(MODELS)
    play_rounds_at_full_speed(season_id, 2, lambda _result: None)
    for model in MODELS:
        seat = seat_facts(SLUG, model)
        assert seat is not None
        ask_test(seat, "boss@example.org", wall_ms())
        ask_draft("Buy low, sell high.", model, "boss@example.org", wall_ms())
    save_strategy(example_strategies()[0], sentence="", author="boss@example.org", wall_ms=1)
    run_errands()
    store_secret("provider", "provider:xai", SECRETS["the provider's key"], "api.x.ai", 1, keyring)
    monkeypatch.setenv("OPENAI_API_KEY", SECRETS["the environment's key"])
    built = [newest_spec("chatgpt"), newest_spec("grok")]
    assert len(model_agents([spec for spec in built if spec], wall_ms)) == 2
    settings.ARENA_VENUE_KEYRING = venue_keyring()
    keep_a_venues_key()
    logging.getLogger("ccxt.test").debug("wrong signature of %s", list(VENUE_SECRETS.values()))
    assert {request.key for request in provider.requests} == {SECRETS[f"the key of {m}"] for m in MODELS}
    return season_id


def values() -> dict[str, Sequence[object]]:
    """Return what stands for each parameter of each address."""
    errand = Errand.objects.first()
    assert errand is not None
    contestants = [*MODELS, "scoring", "chatgpt"]
    return {
        "slug": [SLUG, *contestants],
        "contestant": contestants,
        "contestant_slug": contestants,
        "number": [2, 3],
        "name": [example_strategies()[0].name],
        "version": [1],
        "errand_id": [row.pk for row in Errand.objects.all()],
        "pk": [row.pk for row in Contestant.objects.filter(slug__in=MODELS)],
        "key": [row.pk for row in Secret.objects.all()],
        "id": [row.pk for row in get_user_model().objects.all()],
        "app_label": [*admin_apps()],
        "content_type_id": [ContentType.objects.get_for_model(TradingAccount).pk],
        "object_id": [row.pk for row in TradingAccount.objects.all()[:2]],
        "level": ["halted"],
        "wallet_id": list(TradingAccount.objects.values_list("id", flat=True)[:2]),
        "account": list(VenueAccount.objects.values_list("account_id", flat=True)),
        "uid": ["x"],
        "token": ["x"],
        "url": ["nothing"],
        "rest": ["nothing/"],
    }


def test_nobody_is_shown_a_key_at_any_address(season: str) -> None:
    del season
    people = get_user_model().objects
    faces = {"anonymous": None, "a member": people.create_user("member@localhost")}
    faces["an operator"] = people.create_superuser("chief@localhost")
    found, seen, opened = [], list(addresses(values())), 0
    for who, person in faces.items():
        client = Client(raise_request_exception=False)
        if person is not None:
            client.force_login(person)
        for where, text in crawl(client, seen):
            found += leaks(f"{where} as {who}", text, SECRETS)
            opened += where.endswith(" 200")
            cache.clear()  # the crawl asks more than a throttle allows
    assert found == []
    assert opened > len(seen)


def test_no_table_holds_a_key_in_any_form(season: str) -> None:
    del season
    assert ModelCall.objects.count() == 2 * len(MODELS)
    assert TapeLine.objects.exists()
    assert [line for where, body in database() for line in leaks(where, body, SECRETS)] == []


def test_a_dump_holds_no_key(season: str) -> None:
    del season
    out = StringIO()
    call_command("dumpdata", stdout=out)
    assert "accounts.secret" in out.getvalue()
    assert leaks("dumpdata", out.getvalue(), SECRETS) == []


def test_no_log_line_holds_a_key(
    logged: StringIO, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("season")
    assert "POST" in logged.getvalue()
    assert leaks("the log", logged.getvalue(), SECRETS) == []
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("arena"))
    assert leaks("our own lines before the filter", ours, SECRETS) == []


def test_no_error_report_holds_a_key(season: str) -> None:
    del season
    config = newest_spec("honest")
    assert config is not None
    plain = f"Bearer {key_for(config).text.reveal()}"  # type: ignore[union-attr] # it was stored above
    nobody: Any = None
    make: Any = get_exception_reporter_class(nobody)
    for debug in ("html", "text"):
        try:
            json.loads(plain)
        except ValueError:
            report = getattr(make(None, *sys.exc_info()), f"get_traceback_{debug}")()
        assert "JSONDecodeError" in report
        assert leaks(f"the report as {debug}", report, SECRETS) == []


def test_no_message_to_a_worker_can_hold_a_key() -> None:
    app = make_app("redis://127.0.0.1:1/0")
    for job in JOBS:
        assert not inspect.signature(app.tasks[task_name(job)].run).parameters
        assert not {"args", "kwargs"} & set(app.conf.beat_schedule[job.name])


def test_no_command_and_no_export_tells_a_key(
    season: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    del season
    commands = [
        ("key", "list"),
        ("key", "list", "--json"),
        ("key", "check", "--json"),
        ("key", "rotate", "--json"),
        ("venue", "list", "--json"),
        ("kill", "--status", "--json"),
        ("doctor", "--no-network", "--json"),
        ("contestant", "list", "--season", SLUG, "--json"),
        ("contestant", "test", "echo-error", "--season", SLUG),
        ("contestant", "test", "echo-answer", "--season", SLUG, "--json"),
        ("season", "list", "--json"),
        ("leaderboard", SLUG, "--json"),
        ("tape", SLUG, "--out", str(tmp_path / "tape.jsonl")),
    ]
    for command in commands:
        said = arena(capsys, *command)
        assert said.out + said.err
        assert leaks(" ".join(command), said.out + said.err, SECRETS) == []
    exported = (tmp_path / "tape.jsonl").read_bytes()
    assert b"echo-answer" in exported
    assert leaks("the exported tape", exported, SECRETS) == []


def test_the_crawl_finds_a_view_that_leaks(season: str) -> None:
    del season
    secret = next(iter(SECRETS.values()))
    planted = [path("leak/<slug:slug>", lambda _request, slug: HttpResponse(f"{slug} {secret}"))]
    shown = [view.callback(None, slug=SLUG) for view in planted]
    assert next(addresses(values(), planted)) == f"/leak/{SLUG}"
    assert leaks("/leak", shown[0].content, SECRETS) == ["the key of honest in /leak"]


def test_the_crawl_refuses_an_address_it_has_no_value_for(season: str) -> None:
    del season
    planted = [path("new/<slug:nobody_knows>", lambda _request, **_: HttpResponse())]
    with pytest.raises(UnknownRouteError, match="what stands for nobody_knows"):
        list(addresses(values(), planted))


def test_the_search_of_the_tables_finds_a_key_however_it_is_packed() -> None:
    import zlib  # noqa: PLC0415 - beside its one use
    from base64 import b64encode  # noqa: PLC0415 - likewise

    secret = SECRETS["the provider's key"].encode()
    packed = zlib.compress(b'{"body": "' + b64encode(b"x Bearer " + secret + b" y") + b'"}')
    for body in (packed, zlib.compress(secret), secret, b"&quot;" + secret.hex().encode()):
        Errand.objects.all().delete()
        Errand.objects.create(
            id="e" * 32, kind="x", state="done", request=body, result=b"", asked_by="", created_wall_ms=1
        )
        found = {line for where, value in database() for line in leaks(where, value, SECRETS)}
        assert found == {"the provider's key in agents_errand.request"}


def test_a_key_whose_master_key_is_gone_is_told_nowhere(season: str, settings: Any) -> None:
    del season
    settings.ARENA_KEYRING = read_keyring("")
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.create_superuser("chief@localhost"))
    found = [a for a in addresses(values()) if a.startswith("/admin/accounts/secret/")]
    assert found
    assert [line for where, text in crawl(client, found) for line in leaks(where, text, SECRETS)] == []
