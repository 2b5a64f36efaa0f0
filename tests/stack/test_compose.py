"""The production files, read as text: no Docker is needed."""

import re

import pytest
import yaml

from config.data_folder import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]


def test_no_secret_has_a_default() -> None:
    secrets = re.findall(r"\$\{(SECRET_KEY|POSTGRES_PASSWORD|REDIS_PASSWORD)(.*?)\}", COMPOSE)

    assert {name for name, _ in secrets} == {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert all(rest.startswith(":?") for _, rest in secrets)


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_app_waits_for_healthy_servers_and_for_the_migration(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }


def test_redis_keeps_what_it_was_given() -> None:
    command = SERVICES["redis"]["command"][-1]

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--requirepass" in command


def test_the_image_runs_as_an_ordinary_user_with_a_health_check() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]

    assert re.search(r"^USER aftercare$", last_stage, re.MULTILINE)
    assert "HEALTHCHECK" in last_stage
