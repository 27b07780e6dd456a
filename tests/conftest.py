"""What every test may ask for: a cast of people by role, a client per person, a frozen world.

PostgreSQL and Redis are real, started once per run (portal.local.pytest_servers); AWS is the local
double, started once per process and emptied for each test that asks for `aws`.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

os.environ.setdefault("PORTAL_SECRET_KEY", "only-for-tests-0123456789-0123456789-0123456789-012345")
os.environ.setdefault("PORTAL_AWS__RATES", "false")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from portal.people.models import User  # noqa: E402
from tests import factories  # noqa: E402


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _no_messages_to_workers(monkeypatch, request) -> list[tuple[str, tuple[object, ...]]]:
    """Messages are hints; tests without workers only see that they would have been sent."""
    sent: list[tuple[str, tuple[object, ...]]] = []
    if "processes" not in request.keywords:
        from portal.flow import messages

        monkeypatch.setattr(messages, "send", lambda task, *args: sent.append((task, args)))
    return sent


@pytest.fixture
def messages(_no_messages_to_workers):
    """(task, arguments) of every message that would have gone to a worker."""
    return _no_messages_to_workers


@pytest.fixture
def team(db):
    return factories.TeamFactory(slug="payments", name="Payments")


@pytest.fixture
def developer(db, team) -> User:
    return factories.person("dev", role="developer", team=team)


@pytest.fixture
def other_developer(db) -> User:
    return factories.person("other-dev", role="developer", team=factories.TeamFactory())


@pytest.fixture
def ccoe(db) -> User:
    return factories.person("ccoe", role="ccoe")


@pytest.fixture
def other_ccoe(db) -> User:
    return factories.person("other-ccoe", role="ccoe")


@pytest.fixture
def finance(db) -> User:
    return factories.person("finance", role="finance")


@pytest.fixture
def security(db) -> User:
    return factories.person("security", role="security")


@pytest.fixture
def auditor(db) -> User:
    return factories.person("auditor", role="auditor")


@pytest.fixture
def admin(db) -> User:
    return factories.person("admin", role="admin")


@pytest.fixture
def nobody(db) -> User:
    """Signed in, without any role."""
    return factories.person("nobody")


@pytest.fixture
def cast(developer, ccoe, finance, security, auditor, admin) -> dict[str, User]:
    """One person per role, by role."""
    return {
        "developer": developer,
        "ccoe": ccoe,
        "finance": finance,
        "security": security,
        "auditor": auditor,
        "admin": admin,
    }


@pytest.fixture
def client_of(db) -> Callable[[User], Client]:
    """A browser in which this person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def connection(db):
    """An organisation that is managed, with the OUs that requests need."""
    return factories.organisation()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()
