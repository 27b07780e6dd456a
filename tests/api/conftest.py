"""Callers of the API: by session as in a browser, or by token as a program."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AccountRequest
from accounts.services import requests
from portal.api import tokens
from portal.approvals.models import Rule
from portal.people.models import User
from tests import factories


class Caller:
    """Sends JSON to addresses below /api/v1/."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {} if body is None else {"data": body, "content_type": "application/json"}
        send = getattr(self.client, method.lower())
        return send(f"/api/v1/{path}", **given, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("patch", path, body)

    def delete(self, path: str) -> Any:
        return self.send("delete", path)


def token_caller(user: User, scope: str) -> Caller:
    _token, secret = tokens.issue(actor=user, name=f"test {scope}", scope=scope, days=1)
    return Caller(Client(headers={"Authorization": f"Bearer {secret}"}))


@pytest.fixture
def api_of(client_of) -> Callable[..., Caller]:
    """api_of(user) by session; api_of(user, "read") and api_of(user, "write") by token."""

    def make(user: User, by: str = "session") -> Caller:
        return Caller(client_of(user)) if by == "session" else token_caller(user, by)

    return make


@pytest.fixture
def wish(developer, connection) -> dict[str, Any]:
    """A complete request as a program writes it."""
    asked = factories.wish(developer, connection)
    return {
        **{name: value for name, value in asked.items() if name != "connection"},
        "organisation": connection.pk,
        "team": asked["team"].slug,
        "owner": developer.username,
        "deputy": asked["deputy"].username,
        "budget_usd": "100.00",
        "expires_on": asked["expires_on"].isoformat(),
    }


@pytest.fixture
def draft(developer, connection) -> AccountRequest:
    return requests.start_draft(actor=developer, **factories.wish(developer, connection))


@pytest.fixture
def submitted(draft, developer) -> AccountRequest:
    """A request that waits for the CCoE, because no rule speaks."""
    return requests.submit(draft, actor=developer)


@pytest.fixture
def generous_rule(db) -> Rule:
    """Approves everything at once."""
    return Rule.objects.create(
        kind="account_request", position=1, name="All", reason="It is allowed.", outcome="approve"
    )
