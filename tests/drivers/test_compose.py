"""The containers' plan says what the settings can read and gives no password away.

Only its shape is proven: no container is started here.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
ARENA_SERVICES = ("web", "models", "trade", "beat")


@pytest.fixture(scope="module")
def plan() -> dict[str, Any]:
    """Return docker-compose.yml as data."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_the_plan_has_the_six_services(plan: dict[str, Any]) -> None:
    assert set(plan["services"]) == {*ARENA_SERVICES, "redis", "postgres"}


def test_services_wait_until_what_they_need_is_healthy(plan: dict[str, Any]) -> None:
    needs = {name: plan["services"][name]["depends_on"] for name in ARENA_SERVICES}
    healthy = {"condition": "service_healthy"}
    assert needs == {
        "web": {"postgres": healthy, "redis": healthy},
        "models": {"web": healthy},
        "trade": {"web": healthy},
        "beat": {"web": healthy},
    }
    for name in ("redis", "postgres", "models", "trade"):
        assert "test" in plan["services"][name]["healthcheck"]
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("service", ARENA_SERVICES)
def test_every_variable_is_one_that_the_settings_read(plan: dict[str, Any], service: str) -> None:
    source = (ROOT / "config" / "settings.py").read_text() + (ROOT / "config" / "env.py").read_text()
    read = set(re.findall(r'read_\w+\((?:_ENV|environ), "([A-Z_]+)"', source))
    assert set(plan["services"][service]["environment"]) - read == set()


@pytest.mark.parametrize("service", ARENA_SERVICES)
def test_the_arena_runs_under_celery_on_postgres(plan: dict[str, Any], service: str) -> None:
    environment = plan["services"][service]["environment"]
    assert environment["ARENA_RUNNER"] == "celery"
    assert environment["DATABASE_URL"].endswith("@postgres:5432/arena")
    assert environment["REDIS_URL"].endswith("@redis:6379/0")


def test_only_who_sends_orders_is_given_what_opens_the_exchanges_keys(plan: dict[str, Any]) -> None:
    given = {name: plan["services"][name]["environment"] for name in ARENA_SERVICES}
    assert {name: found["ARENA_ROLE"] for name, found in given.items()} == {
        name: name for name in ARENA_SERVICES
    }
    holders = [name for name, found in given.items() if any("VENUE" in variable for variable in found)]
    assert holders == ["trade"]


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in SECRETS:
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", text)
        assert uses, name
        assert set(uses) == {f":?write {name} into .env"}


def test_the_database_and_the_broker_are_not_published(plan: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in plan["services"].items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${ARENA_PORT:-8000}:8000"]}


def test_the_broker_refuses_instead_of_forgetting(plan: dict[str, Any]) -> None:
    command = plan["services"]["redis"]["command"][-1]
    assert "--maxmemory-policy noeviction" in command
    assert "--appendfsync everysec" in command


def test_what_is_kept_stands_on_volumes(plan: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in plan["services"].values() for volume in service["volumes"]}
    assert used == set(plan["volumes"]) == {"arena", "redis", "postgres"}


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines[1] == "FROM python:3.12-slim"
    assert "USER arena" in lines
    assert any("--require-hashes" in line and "requirements.txt" in line for line in lines)
    assert "urlopen('http://127.0.0.1:8000/healthz'" in "\n".join(lines)
