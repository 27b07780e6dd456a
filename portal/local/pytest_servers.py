"""A pytest plugin: one PostgreSQL and one Redis for a run, shared by all its xdist workers.

Loaded with `-p portal.local.pytest_servers`, ahead of pytest-django, because the settings read
DATABASE_URL and REDIS_URL. Workers inherit the environment of the process that started the servers,
so nobody has to count who is last. Addresses that are already in the environment are used instead.
"""

import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from portal.local.servers import EmbeddedPostgres, EmbeddedRedis

# The settings read these when pytest-django loads them, before any conftest.py.
DEFAULTS = {
    "PORTAL_SECRET_KEY": "only-for-tests",
    "PORTAL_AWS__RATES": "false",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_servers = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    """Wrappers come before plain hooks, and pytest-django reads the settings in a plain one."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    start_missing(_servers)
    _own_redis_database()
    return (yield)


def _own_redis_database() -> None:
    """Each xdist worker counts in a Redis database of its own: gw0 in 1, gw1 in 2."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        address = urlsplit(os.environ["REDIS_URL"])
        number = int(worker.removeprefix("gw")) % 15 + 1
        os.environ["REDIS_URL"] = urlunsplit(address._replace(path=f"/{number}"))


def pytest_unconfigure() -> None:
    """Stop what this process started; in a worker there is nothing."""
    _servers.close()


def start_missing(stack: ExitStack) -> None:
    """Start what the environment does not name, and name it there until the stack closes."""
    if "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ:
        return
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-tests-")))
    if "DATABASE_URL" not in os.environ:
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres", fast=True))
        _name(stack, "DATABASE_URL", postgres.url)
    if "REDIS_URL" not in os.environ:
        _name(
            stack, "REDIS_URL", stack.enter_context(EmbeddedRedis(folder / "redis", fast=True)).url
        )


def _name(stack: ExitStack, variable: str, value: str) -> None:
    os.environ[variable] = value
    stack.callback(os.environ.pop, variable, None)
