"""What is delivered around the code names things that exist in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from portal.env import Env, unknown_names

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile():
    return (ROOT / "Dockerfile").read_text()


def settings():
    """PORTAL_* names that the settings know, the two with plain names left out."""
    for name, field in Env.model_fields.items():
        room = field.annotation
        if isinstance(room, type) and issubclass(room, BaseModel):
            yield from (f"PORTAL_{name}__{inner}".upper() for inner in room.model_fields)
        elif field.validation_alias is None:
            yield f"PORTAL_{name}".upper()


def example_names():
    text = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))


def own_services(compose):
    return {n: s for n, s in compose["services"].items() if s["image"] == "governance-portal"}


def test_the_example_environment_lists_every_setting():
    assert set(settings()) - example_names() == set()


def test_the_example_environment_lists_nothing_that_nobody_reads():
    assert unknown_names(dict.fromkeys(example_names(), "")) == []


def test_every_secret_of_compose_is_in_the_example_environment(compose):
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert asked - example_names() == set()


def test_compose_runs_the_whole_portal(compose):
    assert set(compose["services"]) == {"web", "worker", "beat", "migrate", "db", "redis"}


def test_only_the_web_server_is_reachable_and_only_from_this_machine(compose):
    ports = {name: s["ports"] for name, s in compose["services"].items() if "ports" in s}
    assert ports == {"web": ["127.0.0.1:${PORTAL_PORT:-8000}:8000"]}


def test_database_and_redis_are_on_the_inner_network_alone(compose):
    assert compose["networks"]["inner"] == {"internal": True}
    assert compose["services"]["db"]["networks"] == ["inner"]
    assert compose["services"]["redis"]["networks"] == ["inner"]


def test_every_container_has_a_read_only_file_system(compose):
    assert [n for n, s in compose["services"].items() if not s.get("read_only")] == []


def test_the_portal_waits_for_its_schema(compose):
    services = own_services(compose)
    del services["migrate"]
    conditions = {s["depends_on"]["migrate"]["condition"] for s in services.values()}
    assert conditions == {"service_completed_successfully"}


def test_the_portals_containers_have_no_capabilities(compose):
    assert [s["cap_drop"] for s in own_services(compose).values()] == [["ALL"]] * 4


def test_no_secret_stands_in_the_compose_file(compose):
    values = [v for s in compose["services"].values() for v in s.get("environment", {}).values()]
    assert [v for v in values if ":?see .env.example}" not in v] == []


def test_files_that_compose_mounts_exist(compose):
    mounts = [m for s in compose["services"].values() for m in s.get("volumes", [])]
    folders = [m.partition(":")[0] for m in mounts if m.startswith("./")]
    assert [f for f in folders if not (ROOT / f).exists()] == []


@pytest.mark.parametrize("command", ["worker", "beat"])
def test_celery_knows_the_options_of_its_command(compose, command):
    words = compose["services"][command]["command"]
    asked = {word for word in words if word.startswith("--")}
    celery = [sys.executable, "-m", "celery", "-A", "portal", command, "--help"]
    known = subprocess.run(celery, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert {option for option in asked if option not in known} == set()


def test_the_image_runs_as_an_ordinary_user(dockerfile):
    assert re.findall(r"^USER (.+)$", dockerfile, flags=re.MULTILINE) == ["10001"]


def test_the_image_installs_by_hash_only(dockerfile):
    installs = re.findall(r"pip install .+", dockerfile)
    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []


def test_the_local_world_is_not_in_the_image():
    assert "portal/local" in (ROOT / ".dockerignore").read_text().splitlines()


def test_lock_files_hold_no_addresses():
    texts = [path.read_text() for path in (ROOT / "requirements").glob("*.txt")]
    assert [text for text in texts if "://" in text] == []


def test_the_health_check_fails_where_nobody_answers():
    script = [sys.executable, ROOT / "deploy" / "healthcheck.py", "http://127.0.0.1:1/readyz"]
    assert subprocess.run(script, check=False).returncode == 1
