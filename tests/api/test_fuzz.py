"""A machine that has read the schema tries every operation: no 500, no answer the schema denies."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.wsgi import application

CSRF = "a" * 32
PROMISES = [
    checks.not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
BOUNDED = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@pytest.fixture
def one_connection(db) -> Iterator[None]:
    """As Django's test client does it: requests see the test's own, uncommitted rows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def operations(one_connection) -> list[Any]:
    described = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(_without_sign_in(described))
    schema.app = application
    return [found.ok() for found in schema.get_all_operations()]


def _without_sign_in(described: dict[str, Any]) -> dict[str, Any]:
    """The session is given; invented tokens would only be refused, again and again."""
    found = [one for path in described["paths"].values() for one in path.values()]
    [one.pop("security", None) for one in found]
    del described["components"]["securitySchemes"]
    return described


@pytest.fixture
def cookies(client_of, ccoe, settings) -> dict[str, str]:
    """A session of the CCoE and its CSRF cookie, as a browser sends them."""
    jar = client_of(ccoe).cookies
    session = jar[settings.SESSION_COOKIE_NAME].value
    return {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: CSRF}


def _existing(operation: Any, ids: dict[str, Any]) -> dict[str, Any]:
    """Addresses at which there is something."""
    wanted = [parameter.name for parameter in operation.path_parameters]
    known = {"id": ids["organisation" if "organisations" in operation.path else "request"]}
    return {name: (known | ids)[name] for name in wanted}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_operation_breaks_or_breaks_its_promise(
    mode, operations, cookies, submitted, connection, monkeypatch
):
    monkeypatch.setattr("portal.api.rates.PerPerson.rate", None, raising=False)
    account = connection.ous.first().accounts.create(
        connection=connection, account_id="123456789012", name="a", email="a@example.com",
        state="ACTIVE", row_hash="",
    )  # fmt: skip
    ids = {"request": submitted.pk, "organisation": connection.pk, "account_id": account.account_id}
    cases = [
        operation.as_strategy(mode, path_parameters=_existing(operation, ids))
        for operation in operations
    ]

    @BOUNDED
    @given(st.one_of(cases))
    def attempt(case: Any) -> None:
        answer = case.call(cookies=cookies, headers={"X-CSRFToken": CSRF})
        case.validate_response(answer, checks=PROMISES)

    attempt()
