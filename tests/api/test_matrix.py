"""Every address × method × role × way to sign in, from the table below and the matrix."""

import pytest
from django.urls import URLResolver, get_resolver

from portal.api.views.docs import NoDoorApi
from portal.permissions import GRANTS, Action, Role

A = Action
# What each operation of /api/v1/ takes. A new address without a line here fails.
OPERATIONS: dict[tuple[str, str], Action | None] = {
    ("GET", "me/"): None,
    ("GET", "organisations/"): A.ORGANISATION_VIEW,
    ("GET", "organisations/<pk>/ous/"): A.ORGANISATION_VIEW,
    ("GET", "freshness/"): A.ORGANISATION_VIEW,
    ("GET", "accounts/"): A.ACCOUNT_VIEW,
    ("GET", "accounts/<account_id>/"): A.ACCOUNT_VIEW,
    ("GET", "accounts/<account_id>/placements/"): A.ACCOUNT_VIEW,
    ("GET", "accounts/<account_id>/changes/"): A.ACCOUNT_VIEW,
    ("GET", "requests/"): A.REQUEST_VIEW_COST,
    ("POST", "requests/"): A.REQUEST_CREATE,
    ("GET", "requests/<pk>/"): A.REQUEST_VIEW_COST,
    ("PATCH", "requests/<pk>/"): A.REQUEST_CHANGE,
    ("DELETE", "requests/<pk>/"): A.REQUEST_CHANGE,
    ("POST", "requests/<pk>/submit/"): A.REQUEST_CREATE,
    ("POST", "requests/<pk>/withdraw/"): A.REQUEST_CHANGE,
    ("GET", "requests/<pk>/comments/"): A.REQUEST_VIEW,
    ("POST", "requests/<pk>/comments/"): A.REQUEST_COMMENT,
    ("GET", "requests/<pk>/decisions/"): A.REQUEST_VIEW,
    ("POST", "requests/<pk>/decisions/"): A.REQUEST_DECIDE,
    ("GET", "runs/"): A.RUN_VIEW,
    ("GET", "runs/<pk>/"): A.RUN_VIEW,
    ("POST", "runs/<pk>/retry/"): A.RUN_STEER,
    ("POST", "runs/<pk>/skip/"): A.RUN_STEER,
    ("POST", "runs/<pk>/cancel/"): A.RUN_STEER,
    ("GET", "rules/"): A.RULE_VIEW,
    ("GET", "rules/kinds/"): A.RULE_VIEW,
    ("GET", "audit/"): A.AUDIT_VIEW,
}
BROWSER_ONLY = {("POST", "requests/<pk>/decisions/")}
SHUT = (401, 403)


def _doors(resolver, before=""):
    """(path, view) of every address, with its parameters as <name>."""
    for pattern in resolver.url_patterns:
        path = before + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _doors(pattern, path)
        elif path.startswith("api/v1/"):
            yield path.removeprefix("api/v1/"), pattern.callback


def _plain(pattern: str) -> str:
    for written, plain in (
        ("<int:pk>", "<pk>"),
        ("(?P<account_id>[0-9]{12})", "<account_id>"),
        ("^", ""),
        ("$", ""),
    ):
        pattern = pattern.replace(written, plain)
    return pattern


def _found() -> set[tuple[str, str]]:
    return {
        (method, path)
        for path, view in _doors(get_resolver())
        if view.cls is not NoDoorApi
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        if method.lower() in view.cls.http_method_names and hasattr(view.cls, method.lower())
    }


def _address(path: str) -> str:
    """An address at which there is nothing: whoever is let in gets 404, or makes an empty draft."""
    return path.replace("<pk>", "999999").replace("<account_id>", "999999999999")


def _ids(operation) -> str:
    return " ".join(operation)


def test_every_address_of_the_api_is_in_the_table():
    assert _found() == set(OPERATIONS)


def test_every_door_declares_what_the_table_says():
    declared = {
        (method, path): action
        for path, view in _doors(get_resolver())
        for method, action in view.cls.needs.items()
    }
    assert declared == OPERATIONS


@pytest.mark.parametrize("operation", OPERATIONS, ids=_ids)
@pytest.mark.parametrize("role", list(Role))
def test_a_session_opens_what_the_matrix_grants(operation, role, cast, api_of):
    method, path = operation
    needed = OPERATIONS[operation]
    is_granted = needed is None or role in GRANTS[needed]
    answer = api_of(cast[role]).send(method, _address(path))
    assert (answer.status_code not in SHUT) is is_granted, answer.json()


@pytest.mark.parametrize("operation", OPERATIONS, ids=_ids)
@pytest.mark.parametrize("role", list(Role))
def test_a_write_token_opens_the_same_but_never_decides(operation, role, cast, api_of):
    method, path = operation
    needed = OPERATIONS[operation]
    is_granted = (needed is None or role in GRANTS[needed]) and operation not in BROWSER_ONLY
    answer = api_of(cast[role], "write").send(method, _address(path))
    assert (answer.status_code not in SHUT) is is_granted, answer.json()


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o[0] != "GET"], ids=_ids)
@pytest.mark.parametrize("role", list(Role))
def test_a_read_token_changes_nothing(operation, role, cast, api_of):
    method, path = operation
    answer = api_of(cast[role], "read").send(method, _address(path))
    assert answer.status_code == 403


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o[0] == "GET"], ids=_ids)
def test_a_read_token_reads(operation, auditor, api_of):
    method, path = operation
    assert api_of(auditor, "read").send(method, _address(path)).status_code in (200, 404)


@pytest.mark.parametrize("operation", OPERATIONS, ids=_ids)
def test_nobody_signed_in_gets_401(operation, client, db):
    method, path = operation
    answer = client.generic(method, f"/api/v1/{_address(path)}")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if OPERATIONS[o]], ids=_ids)
def test_a_person_without_a_role_gets_403(operation, nobody, api_of):
    method, path = operation
    assert api_of(nobody).send(method, _address(path)).status_code == 403


def test_a_door_without_needs_stays_shut(rf, admin):
    from rest_framework.test import force_authenticate

    from portal.api.doors import Door

    class Forgotten(Door):
        def get(self, request):
            raise AssertionError("opened")

    request = rf.get("/api/v1/forgotten/")
    force_authenticate(request, user=admin)
    assert Forgotten.as_view()(request).status_code == 403
