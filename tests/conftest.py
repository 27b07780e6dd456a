"""What every test may ask for: a cast of people by role, a client per person, a frozen world.

PostgreSQL and Redis are real, started once per run (portal.local.pytest_servers); AWS is the local
double, started once per process and emptied for each test that asks for `aws`.
"""

from collections.abc import Callable, Iterator

import pgtrigger
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from accounts.services.organisation import sync
from portal.aws import session
from portal.flow import messages as outgoing
from portal.local import demo_data
from portal.local.aws import LocalAws
from portal.people.models import User
from tests import factories


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Tests with real transactions empty the tables afterwards; the audit log forbids just that."""
    with django_db_blocker.unblock():
        pgtrigger.disable("portal.AuditEvent:no_truncate", "portal.AuditSeal:no_truncate")


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
        monkeypatch.setattr(outgoing, "send", lambda task, *args: sent.append((task, args)))
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
def _english() -> Iterator[None]:
    """A page read in Japanese leaves its language behind in the thread of the tests."""
    translation.activate("en")
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(scope="session")
def aws_server():
    """One local AWS per test process."""
    with LocalAws(create_seconds=0.0) as server:
        yield server


@pytest.fixture
def aws(aws_server, monkeypatch):
    """The local AWS with the demo's organisations and nothing else done yet."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server.url)
    aws_server.reset(seed="demo")
    aws_server.settings(create_seconds=0.0, stackset_seconds=0.0, assignment_seconds=0.0)
    session.forget()
    yield aws_server
    aws_server.no_faults()
    session.forget()


@pytest.fixture
def organisation(db, aws):
    """The demo's production organisation, managed and synced."""
    connection = factories.ConnectionFactory(
        name="Hoshizora Group",
        management_account_id=demo_data.MANAGEMENT_ID,
        organization_id="",
        external_id=demo_data.EXTERNAL_ID,
    )
    sync(connection)
    connection.refresh_from_db()
    return connection
