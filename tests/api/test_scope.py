"""Nobody sees through the API what they do not see in the browser."""

import pytest

from accounts.services import requests
from portal.audit.models import AuditEvent
from tests import factories

WHOLE_ONLY = {"purpose", "requester", "email", "regions", "access_group", "permission_set", "run"}


def _ids(answer, key: str = "id") -> list:
    return [row[key] for row in answer.json()["results"]]


@pytest.mark.parametrize("tail", ["", "comments/", "decisions/"])
def test_the_request_of_somebody_else_is_not_there(api_of, other_developer, submitted, tail):
    assert api_of(other_developer).get(f"requests/{submitted.pk}/{tail}").status_code == 404


@pytest.mark.parametrize("verb", ["submit", "withdraw"])
def test_nor_can_it_be_moved(api_of, other_developer, submitted, verb):
    answer = api_of(other_developer).post(f"requests/{submitted.pk}/{verb}/")
    submitted.refresh_from_db()
    assert (answer.status_code, submitted.status) == (404, "submitted")


def test_nor_changed_nor_deleted_nor_talked_about(api_of, other_developer, draft):
    caller = api_of(other_developer)
    assert caller.patch(f"requests/{draft.pk}/", {"workload": "mine"}).status_code == 404
    assert caller.delete(f"requests/{draft.pk}/").status_code == 404
    assert caller.post(f"requests/{draft.pk}/comments/", {"text": "Hi"}).status_code == 404


def test_what_is_not_yours_and_what_is_not_there_read_the_same(api_of, other_developer, draft):
    caller = api_of(other_developer)
    theirs, nothing = caller.get(f"requests/{draft.pk}/"), caller.get("requests/999999/")
    assert theirs.json() == nothing.json()


def test_the_ccoe_sees_but_does_not_change(api_of, ccoe, submitted):
    caller = api_of(ccoe)
    assert caller.get(f"requests/{submitted.pk}/").status_code == 200
    assert caller.patch(f"requests/{submitted.pk}/", {"budget_usd": "1"}).status_code == 403
    assert caller.post(f"requests/{submitted.pk}/withdraw/").status_code == 403


@pytest.mark.parametrize("role", ["ccoe", "finance", "security", "auditor", "admin"])
def test_a_draft_is_seen_by_nobody_else(api_of, cast, draft, role):
    assert api_of(cast[role]).get(f"requests/{draft.pk}/").status_code == 404
    assert _ids(api_of(cast[role]).get("requests/")) == []


def test_lists_hold_only_what_the_person_may_see(api_of, developer, other_developer, submitted):
    assert _ids(api_of(developer).get("requests/")) == [submitted.pk]
    assert _ids(api_of(other_developer).get("requests/")) == []


def test_mine_leaves_out_what_others_asked_for(api_of, ccoe, submitted):
    assert _ids(api_of(ccoe).get("requests/", mine="true")) == []


def test_finance_sees_costs_only(api_of, finance, submitted):
    told = api_of(finance).get(f"requests/{submitted.pk}/").json()
    assert told["budget_usd"] == "100.00"
    assert not WHOLE_ONLY & set(told)
    assert "facts" not in told["approval"]


def test_finance_sees_costs_only_in_the_list_too(api_of, finance, submitted):
    row = api_of(finance).get("requests/").json()["results"][0]
    assert not WHOLE_ONLY & set(row)


def test_the_requester_sees_all_of_it(api_of, developer, submitted):
    assert set(api_of(developer).get(f"requests/{submitted.pk}/").json()) >= WHOLE_ONLY


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "purpose"}, {"id__in": "1,2"}, {"requester": "dev"}, {"q": "checkout"},
        {"expand": "requester"}, {"include": "comments"}, {"requester__password__startswith": "p"},
        {"status__gt": "a"}, {"format": "csv"}, {"page": "2"},
    ],
)  # fmt: skip
def test_a_list_knows_no_other_filters(api_of, finance, submitted, query):
    answer = api_of(finance).get("requests/", **query)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, set(query))


def test_a_list_tells_no_count(api_of, developer, submitted):
    assert set(api_of(developer).get("requests/").json()) == {"next", "previous", "results"}


@pytest.fixture
def accounts(connection, developer):
    """account name → account: one of the developer, one of nobody, in two OUs."""
    production, sandbox = (
        connection.ous.get(name="Production"), connection.ous.get(name="Sandbox")
    )  # fmt: skip
    return {
        "own": factories.AccountFactory(ou=sandbox, name="own", owner=developer),
        "foreign": factories.AccountFactory(ou=production, name="foreign"),
    }


def test_a_developer_finds_own_accounts_only(api_of, developer, accounts):
    assert _ids(api_of(developer).get("accounts/"), "name") == ["own"]


@pytest.mark.parametrize("tail", ["", "placements/", "changes/"])
def test_a_foreign_account_is_not_there(api_of, developer, accounts, tail):
    address = f"accounts/{accounts['foreign'].account_id}/{tail}"
    assert api_of(developer).get(address).status_code == 404


def test_search_does_not_reach_foreign_accounts(api_of, developer, accounts):
    assert _ids(api_of(developer).get("accounts/", q="foreign"), "name") == []


def test_accounts_are_filtered_by_the_subtree_of_an_ou(api_of, ccoe, accounts):
    root = accounts["own"].ou.parent.ou_id
    caller = api_of(ccoe)
    assert _ids(caller.get("accounts/", ou=accounts["own"].ou.ou_id), "name") == ["own"]
    assert sorted(_ids(caller.get("accounts/", ou=root), "name")) == ["foreign", "own"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "wn"}, ["own"]), ({"q": "aws+foreign@"}, ["foreign"]),
        ({"state": "SUSPENDED"}, []), ({"environment": "production"}, []), ({"team": "x"}, []),
        ({"organisation": "999999"}, []),
    ],
)  # fmt: skip
def test_accounts_are_filtered(api_of, ccoe, accounts, query, names):
    assert _ids(api_of(ccoe).get("accounts/", **query), "name") == names


@pytest.mark.parametrize(
    "query", [{"ou": "ou-none"}, {"state": "GONE"}, {"organisation": "x"}, {"q": "a\x00b"},
              {"organisation": "9" * 40}, {"page_size": "0"}, {"page_size": "201"},
              {"page_size": "1000000000"}, {"page_size": "-1"}, {"cursor": "x"}],
)  # fmt: skip
def test_a_filter_that_can_not_be_is_told_by_its_name(api_of, ccoe, accounts, query):
    answer = api_of(ccoe).get("accounts/", **query)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, set(query))


def test_a_role_in_one_ou_sees_that_ou_only(api_of, accounts):
    bound = factories.person("bound", role="ccoe", target=accounts["own"].ou.ou_id)
    assert _ids(api_of(bound).get("accounts/"), "name") == ["own"]


def test_a_role_in_one_ou_does_not_read_the_log_of_the_whole(api_of, connection, accounts):
    bound = factories.person("bound", role="ccoe", target=accounts["own"].ou.ou_id)
    assert api_of(bound).get("audit/").status_code == 403


def test_organisations_and_ous_are_listed_without_secrets(api_of, developer, connection):
    caller = api_of(developer)
    told = caller.get("organisations/").json()
    assert [row["id"] for row in told] == [connection.pk]
    assert connection.external_id not in str(told)
    assert len(caller.get(f"organisations/{connection.pk}/ous/").json()["results"]) == 5


def test_an_organisation_out_of_scope_is_not_there(api_of, connection):
    other = factories.organisation(organization_id="o-other00001")
    bound = factories.person("bound", role="security", target="o-other00001")
    caller = api_of(bound)
    assert [row["id"] for row in caller.get("organisations/").json()] == [other.pk]
    assert caller.get(f"organisations/{connection.pk}/ous/").status_code == 404
    assert [row["organisation"] for row in caller.get("freshness/").json()] == [other.pk]


def test_an_organisation_out_of_scope_can_not_be_asked_for(api_of, wish, team, connection):
    factories.organisation(organization_id="o-other00001")
    bound = factories.person("bound", role="developer", team=team, target="o-other00001")
    answer = api_of(bound).post("requests/", wish)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"organisation"})


def test_runs_are_seen_by_those_who_see_the_request(
    api_of, developer, other_developer, security, draft, generous_rule
):
    run = requests.submit(draft, actor=developer).run
    assert _ids(api_of(developer).get("runs/")) == [run.pk]
    assert _ids(api_of(security).get("runs/", status="active")) == [run.pk]
    assert _ids(api_of(other_developer).get("runs/")) == []
    assert api_of(other_developer).get(f"runs/{run.pk}/").status_code == 404


def test_a_run_shows_its_steps(api_of, developer, draft, generous_rule):
    run = requests.submit(draft, actor=developer).run
    steps = api_of(developer).get(f"runs/{run.pk}/").json()["steps"]
    assert steps[0]["name"] == "accounts.open_account"


def test_the_ccoe_cancels_a_run_with_a_reason(api_of, ccoe, developer, draft, generous_rule):
    run = requests.submit(draft, actor=developer).run
    caller = api_of(ccoe)
    assert set(caller.post(f"runs/{run.pk}/cancel/").json()["fields"]) == {"reason"}
    answer = caller.post(f"runs/{run.pk}/cancel/", {"reason": "Asked by mistake."})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize("verb", ["retry", "skip"])
def test_a_run_that_walks_is_neither_retried_nor_skipped(
    api_of, ccoe, developer, draft, generous_rule, verb
):
    run = requests.submit(draft, actor=developer).run
    answer = api_of(ccoe).post(f"runs/{run.pk}/{verb}/", {"reason": "To see."})
    assert answer.status_code == 409


def test_the_log_is_read_and_filtered(api_of, auditor, submitted):
    caller = api_of(auditor)
    told = caller.get("audit/", action="request_submit").json()["results"]
    assert [row["target_id"] for row in told] == [str(submitted.pk)]
    assert told[0]["actor"] == "dev"
    assert caller.get("audit/", until="2001-01-01T00:00:00Z").json()["results"] == []
    assert len(_ids(caller.get("audit/"))) == AuditEvent.objects.count()


def test_rules_come_with_what_they_can_ask_about(api_of, ccoe, generous_rule):
    caller = api_of(ccoe)
    assert [rule["name"] for rule in caller.get("rules/", kind="account_request").json()["results"]]
    facts = {fact["name"]: fact for fact in caller.get("rules/kinds/").json()[0]["facts"]}
    assert {"value": "at_most", "title": "is at most"} in facts["budget_usd"]["operators"]
    assert {"value": "sandbox", "title": "Sandbox"} in facts["environment"]["choices"]


def test_me_says_who_i_am_and_what_i_may(api_of, developer):
    told = api_of(developer).get("me/").json()
    assert told["username"] == "dev"
    assert told["roles"] == [{"role": "developer", "target": ""}]
    assert [team["slug"] for team in told["teams"]] == ["payments"]
    assert "request_create" in told["permissions"]
    assert "request_decide" not in told["permissions"]


def test_no_answer_holds_a_password_hash(api_of, admin, submitted):
    caller = api_of(admin)
    told = [caller.get(path).content for path in ("me/", "requests/", "audit/", "runs/")]
    assert b"password" not in b"".join(told)
