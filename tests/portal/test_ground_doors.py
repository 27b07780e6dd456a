"""Every page of the ground against every role, from the permission matrix itself."""

import pytest

from portal.permissions import GRANTS, Action, Role
from tests import factories

pytestmark = pytest.mark.django_db

PAGES = {
    "/people/": Action.PEOPLE_VIEW,
    "/people/teams/": Action.PEOPLE_VIEW,
    "/people/matrix/": Action.PEOPLE_VIEW,
    "/audit/": Action.AUDIT_VIEW,
    "/rules/": Action.RULE_VIEW,
    "/rules/account_request/try/": Action.RULE_VIEW,
    "/rules/account_request/new/": Action.RULE_CHANGE,
    "/runs/": Action.RUN_VIEW,
    "/data/": Action.ORGANISATION_VIEW,
}
WRITES = {
    "/people/1/roles/": Action.PEOPLE_MANAGE,
    "/people/1/active/": Action.PEOPLE_MANAGE,
    "/people/roles/1/remove/": Action.PEOPLE_MANAGE,
    "/audit/export/": Action.AUDIT_EXPORT,
    "/audit/verify/": Action.AUDIT_VIEW,
    "/rules/account_request/new/": Action.RULE_CHANGE,
    "/rules/1/": Action.RULE_CHANGE,
    "/rules/1/move/": Action.RULE_CHANGE,
    "/rules/1/toggle/": Action.RULE_CHANGE,
    "/rules/1/delete/": Action.RULE_CHANGE,
    "/runs/1/retry/": Action.RUN_STEER,
    "/runs/1/skip/": Action.RUN_STEER,
    "/runs/1/cancel/": Action.RUN_STEER,
}
POST_ONLY = [url for url in WRITES if url.rsplit("/", 2)[1] not in ("new", "1", "delete")]
CELLS = [(url, action, role) for url, action in PAGES.items() for role in Role]
FORBIDDEN = [
    (url, role) for url, action in WRITES.items() for role in Role if role not in GRANTS[action]
]


@pytest.mark.parametrize(("url", "action", "role"), CELLS)
def test_a_page_opens_to_the_roles_of_the_matrix_only(url, action, role, cast, client_of):
    status = client_of(cast[role]).get(url).status_code
    assert status == (200 if role in GRANTS[action] else 403)


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_closed_to_somebody_without_a_role(url, nobody, client_of):
    assert client_of(nobody).get(url).status_code == 403


@pytest.mark.parametrize(("url", "role"), FORBIDDEN)
def test_a_write_is_refused_to_all_other_roles(url, role, cast, client_of):
    assert client_of(cast[role]).post(url).status_code == 403


@pytest.mark.parametrize("url", [*PAGES, *WRITES, "/profile/", "/sign-out/"])
def test_a_stranger_is_sent_to_sign_in(url, client):
    assert client.get(url)["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("url", POST_ONLY)
def test_nothing_is_changed_by_following_a_link(url, cast, client_of):
    allowed = next(role for role in Role if role in GRANTS[WRITES[url]])
    assert client_of(cast[allowed]).get(url).status_code == 405


@pytest.mark.parametrize("url", [*PAGES, "/profile/"])
def test_a_page_speaks_japanese(url, cast, client_of):
    allowed = next((r for r in Role if r in GRANTS.get(PAGES.get(url), {r: ""})), Role.CCOE)
    response = client_of(cast[allowed]).get(url, headers={"Accept-Language": "ja"})
    assert response["Content-Language"] == "ja"


def test_the_audit_log_is_closed_to_an_auditor_of_one_ou(client_of):
    local = factories.person("local-auditor", role="auditor", target="ou-ab12-cd345678")
    client = client_of(local)
    assert client.get("/audit/").status_code == 403
    assert client.post("/audit/export/", {"format": "csv"}).status_code == 403
    assert client.post("/audit/verify/").status_code == 403


def test_rules_are_not_changed_by_the_ccoe_of_one_ou(client_of):
    local = factories.person("local-ccoe", role="ccoe", target="ou-ab12-cd345678")
    form = {
        "name": "Mine", "reason": "because", "outcome": "ask", "is_active": "on",
        "conditions": "0", "steps": "0",
    }  # fmt: skip
    assert client_of(local).post("/rules/account_request/new/", form).status_code == 403
