"""Requests over the API: the services' rules, strict fields, and no decision by a token."""

from decimal import Decimal

import pytest

from accounts.models import AccountRequest
from accounts.services import requests
from accounts.services.requests import EDITABLE
from portal.api import tokens
from portal.audit.models import AuditEvent
from portal.people.models import Membership
from tests import factories

SETTABLE = {"organisation" if name == "connection" else name for name in EDITABLE}
# Everything a request shows or keeps that a person does not set.
READ_ONLY = sorted(
    {f.name for f in AccountRequest._meta.get_fields()} - set(EDITABLE)
    | {
        "approved_by",
        "approved_at",
        "role",
        "is_staff",
        "is_superuser",
        "tenant",
        "risk",
        "content_hash",
        "requester_id",
        "approval_id",
        "connection",
        "connection_id",
        "pk",
        "rule_name",
        "decisions",
        "steps",
    }
)


def test_a_draft_is_kept_with_what_was_sent(api_of, developer, wish):
    answer = api_of(developer).post("requests/", wish)
    assert answer.status_code == 201, answer.json()
    kept = AccountRequest.objects.get(pk=answer.json()["id"])
    assert (kept.requester, kept.status) == (developer, "draft")
    assert (kept.workload, kept.budget_usd) == ("checkout", Decimal(100))


def test_the_api_lets_people_set_what_services_let_them_set(api_of, developer, wish):
    assert set(wish) == SETTABLE


def test_submitting_at_once_asks_people_where_no_rule_speaks(api_of, developer, wish):
    answer = api_of(developer).post("requests/", {**wish, "submit": True}).json()
    assert (answer["status"], answer["approval"]["status"]) == ("submitted", "pending")
    assert answer["approval"]["asked"][0]["role"] == "ccoe"


def test_a_rule_approves_at_once(api_of, developer, wish, generous_rule):
    answer = api_of(developer).post("requests/", {**wish, "submit": True}).json()
    assert (answer["status"], answer["approval"]["rule_name"]) == ("approved", "All")
    assert answer["run"] is not None


def test_a_write_token_hands_in_too(api_of, developer, wish):
    answer = api_of(developer, "write").post("requests/", {**wish, "submit": True})
    assert (answer.status_code, answer.json()["status"]) == (201, "submitted")


def test_what_can_not_be_submitted_is_not_kept(api_of, developer, wish):
    answer = api_of(developer).post("requests/", {**wish, "purpose": "", "submit": True})
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"purpose"}
    assert not AccountRequest.objects.exists()


def test_the_organisation_is_called_so_in_refusals(api_of, developer, wish):
    answer = api_of(developer).post("requests/", {**wish, "organisation": None, "submit": True})
    assert "organisation" in answer.json()["fields"]


@pytest.mark.parametrize("name", READ_ONLY)
def test_no_field_is_set_that_is_not_for_people(api_of, developer, wish, name):
    answer = api_of(developer).post("requests/", {**wish, name: "1"})
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {name})
    assert name in answer.json()["fields"][name][0]
    assert not AccountRequest.objects.exists()


@pytest.mark.parametrize("name", READ_ONLY)
def test_no_such_field_is_changed_either(api_of, developer, draft, name):
    before = AccountRequest.objects.filter(pk=draft.pk).values().get()
    answer = api_of(developer).patch(f"requests/{draft.pk}/", {name: "1"})
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {name})
    assert AccountRequest.objects.filter(pk=draft.pk).values().get() == before


@pytest.mark.parametrize("address", ["submit", "withdraw", "comments", "decisions"])
@pytest.mark.parametrize("name", ["status", "requester", "approved_by", "author", "at", "id"])
def test_the_smaller_doors_are_as_strict(api_of, ccoe, developer, submitted, address, name):
    person = ccoe if address == "decisions" else developer
    answer = api_of(person).post(f"requests/{submitted.pk}/{address}/", {name: "1"})
    assert answer.status_code == 422
    assert name in answer.json()["fields"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workload", "x" * 31), ("workload", True), ("workload", None), ("workload", ["a"]),
        ("purpose", "x" * 1001),
        ("purpose", {"a": 1}), ("environment", "moon"), ("team", "no-such-team"), ("team", 1),
        ("team", ["payments"]), ("owner", "nobody-here"), ("owner", True),
        ("owner", {"username": "dev"}), ("deputy", "portal"), ("data_class", "secret"),
        ("regions", "us-east-1"), ("regions", ["mars-1"]), ("regions", ["us-east-1"] * 51),
        ("network", "wifi"), ("budget_usd", "much"), ("budget_usd", "1.001"),
        ("budget_usd", 10**12), ("budget_usd", "NaN"), ("budget_usd", True),
        ("expires_on", "tomorrow"), ("expires_on", 5), ("expires_on", "2026-02-30"),
        ("organisation", 999999), ("organisation", "x"), ("organisation", True),
        ("organisation", 10**30), ("organisation", [1]), ("cost_centre", "x" * 21),
        ("submit", "perhaps"), ("submit", []),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told_at_its_field(api_of, developer, wish, name, value):
    answer = api_of(developer).post("requests/", {**wish, name: value})
    assert answer.status_code == 422, answer.json()
    assert [field.split(".")[0] for field in answer.json()["fields"]] == [name]
    assert not AccountRequest.objects.exists()


def test_somebody_elses_team_can_not_be_used(api_of, other_developer, wish):
    answer = api_of(other_developer).post("requests/", wish)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"team"})


def test_a_draft_is_changed_in_part(api_of, developer, draft):
    answer = api_of(developer).patch(f"requests/{draft.pk}/", {"workload": "basket"})
    assert (answer.status_code, answer.json()["workload"]) == (200, "basket")
    assert answer.json()["cost_centre"] == draft.cost_centre


def test_editing_what_waits_changes_its_hash(api_of, developer, submitted):
    before = submitted.approval.content_hash
    answer = api_of(developer).patch(f"requests/{submitted.pk}/", {"budget_usd": "200"})
    assert answer.json()["approval"]["content_hash"] != before


def test_a_draft_is_deleted(api_of, developer, draft):
    assert api_of(developer).delete(f"requests/{draft.pk}/").status_code == 204
    assert not AccountRequest.objects.exists()


def test_what_was_submitted_is_not_deleted(api_of, developer, submitted):
    assert api_of(developer).delete(f"requests/{submitted.pk}/").status_code == 409


def test_a_draft_is_submitted_once(api_of, developer, draft):
    caller = api_of(developer)
    assert caller.post(f"requests/{draft.pk}/submit/").json()["status"] == "submitted"
    assert caller.post(f"requests/{draft.pk}/submit/").status_code == 409


def test_a_request_is_withdrawn_with_its_reason(api_of, developer, submitted):
    answer = api_of(developer).post(f"requests/{submitted.pk}/withdraw/", {"reason": "Not needed."})
    assert answer.json()["status"] == "withdrawn"
    assert AuditEvent.objects.get(action="request_withdraw").reason == "Not needed."


def test_a_comment_is_written_and_read(api_of, developer, ccoe, submitted):
    api_of(ccoe).post(f"requests/{submitted.pk}/comments/", {"text": "Which region?"})
    told = api_of(developer).get(f"requests/{submitted.pk}/comments/").json()["results"]
    assert [(line["author"]["username"], line["text"]) for line in told] == [
        ("ccoe", "Which region?")
    ]


def _verdict(request: AccountRequest, verdict: str = "yes", **more: str) -> dict[str, str]:
    seen = request.approval.content_hash
    return {"verdict": verdict, "seen_content_hash": seen, "reason": "Fine.", **more}


def test_the_ccoe_decides_in_a_session(api_of, ccoe, submitted):
    answer = api_of(ccoe).post(f"requests/{submitted.pk}/decisions/", _verdict(submitted))
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")
    told = api_of(ccoe).get(f"requests/{submitted.pk}/decisions/").json()["results"]
    assert [(line["decider"]["username"], line["verdict"]) for line in told] == [("ccoe", "yes")]


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_token_never_decides(api_of, ccoe, submitted, scope):
    caller = api_of(ccoe, scope)
    answer = caller.post(f"requests/{submitted.pk}/decisions/", _verdict(submitted))
    submitted.refresh_from_db()
    assert (answer.status_code, submitted.status) == (403, "submitted")
    assert "token never decides" in answer.json()["message"]


def test_a_token_beside_a_session_never_decides_either(client_of, ccoe, submitted):
    _token, secret = tokens.issue(actor=ccoe, name="beside", scope="write", days=1)
    answer = client_of(ccoe).post(
        f"/api/v1/requests/{submitted.pk}/decisions/",
        _verdict(submitted),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 403


def test_nobody_decides_on_their_own_request(api_of, ccoe, connection):
    team = factories.TeamFactory()
    Membership.objects.create(team=team, user=ccoe)
    own = requests.start_draft(actor=ccoe, **factories.wish(ccoe, connection, team=team))
    own = requests.submit(own, actor=ccoe)
    answer = api_of(ccoe).post(f"requests/{own.pk}/decisions/", _verdict(own))
    assert answer.status_code == 403


def test_a_decision_on_what_was_edited_since_is_refused(api_of, ccoe, developer, submitted):
    seen = _verdict(submitted)
    api_of(developer).patch(f"requests/{submitted.pk}/", {"budget_usd": "999"})
    answer = api_of(ccoe).post(f"requests/{submitted.pk}/decisions/", seen)
    assert answer.status_code == 409


def test_a_decision_on_a_draft_is_not_possible(api_of, ccoe, draft):
    body = {"verdict": "yes", "seen_content_hash": "0" * 64}
    assert api_of(ccoe).post(f"requests/{draft.pk}/decisions/", body).status_code == 404


def test_a_decision_by_reading_has_no_effect(api_of, ccoe, submitted):
    api_of(ccoe).client.get(f"/api/v1/requests/{submitted.pk}/decisions/", _verdict(submitted))
    submitted.refresh_from_db()
    assert submitted.status == "submitted"


@pytest.mark.parametrize("missing", ["verdict", "seen_content_hash"])
def test_a_decision_says_all_it_must(api_of, ccoe, submitted, missing):
    body = {name: value for name, value in _verdict(submitted).items() if name != missing}
    answer = api_of(ccoe).post(f"requests/{submitted.pk}/decisions/", body)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {missing})


def test_a_refusal_needs_a_reason(api_of, ccoe, submitted):
    body = _verdict(submitted, "no", reason=" ")
    answer = api_of(ccoe).post(f"requests/{submitted.pk}/decisions/", body)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"reason"})
