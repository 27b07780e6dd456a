"""Runs as pages: who sees which, what they tell, and what a person can do to one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AccountRequest
from accounts.plans import VEND
from portal.approvals.models import Approval
from portal.audit.models import AuditEvent
from portal.aws.models import AwsCall
from portal.flow import runs
from portal.flow.models import Run, RunStep
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def start(connection, ccoe):
    """Start the run of an approved request of somebody."""

    def make(owner, **changes) -> Run:
        approval = Approval.objects.create(
            kind="account_request", title="x", requested_by=owner, status="approved"
        )
        run = runs.start(VEND, actor=owner, title="Make account x", reason="x", approval=approval)
        Run.objects.filter(pk=run.pk).update(**changes)
        factories.RequestFactory(
            requester=owner,
            status=AccountRequest.Status.APPROVED,
            approval=approval,
            run=run,
            **factories.wish(owner, connection),
        )
        run.refresh_from_db()
        return run

    return make


@pytest.fixture
def run(start, developer) -> Run:
    return start(developer)


@pytest.fixture
def stopped(start, developer) -> Run:
    """A run that failed in a step that may be skipped."""
    position = VEND.steps.index("accounts.set_contacts")
    run = start(developer, status="failed", position=position, last_error="AWS said no.")
    RunStep.objects.filter(run=run, position=position).update(status="failed", note="AWS said no.")
    return run


def page(run: Run) -> str:
    return f"/runs/{run.pk}/"


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("developer", 200),
        ("ccoe", 200),
        ("finance", 403),
        ("security", 200),
        ("auditor", 200),
        ("admin", 200),
    ],
)
def test_a_run_is_seen_by_the_roles_of_the_matrix(role, status, cast, run, client_of):
    assert client_of(cast[role]).get(page(run)).status_code == status


def test_a_run_of_others_is_missing_for_a_developer(client_of, other_developer, run):
    client = client_of(other_developer)
    assert client.get(page(run)).status_code == 404
    assert client.get(page(run), headers={"HX-Request": "true"}).status_code == 404
    assert client.get("/runs/999999/").status_code == 404


def listed(response) -> list[Run]:
    return [row.record for row in response.context["list"].table.rows]


def test_a_developer_lists_own_runs_only(client_of, developer, other_developer, start):
    mine = start(developer)
    start(other_developer)
    assert listed(client_of(developer).get("/runs/")) == [mine]


def test_a_colleague_in_the_team_sees_the_run(client_of, run, team):
    colleague = factories.person("colleague", role="developer", team=team)
    client = client_of(colleague)
    assert listed(client.get("/runs/")) == [run]
    assert client.get(page(run)).status_code == 200


def test_the_list_and_the_page_agree_on_who_sees_a_run(client_of, run):
    stranger = factories.person("elsewhere", role="ccoe", target="o-elsewhere")
    client = client_of(stranger)
    assert listed(client.get("/runs/")) == []
    assert client.get(page(run)).status_code == 404


def test_the_file_of_a_developer_holds_own_runs_only(client_of, developer, other_developer, start):
    start(other_developer)
    response = client_of(developer).get("/runs/?format=csv")
    assert len(b"".join(response.streaming_content).strip().splitlines()) == 1


@pytest.mark.parametrize(("query", "count"), [("status=failed", 1), ("status=done", 0), ("q=x", 1)])
def test_runs_are_found_by_status_and_words(query, count, client_of, ccoe, stopped):
    assert len(listed(client_of(ccoe).get(f"/runs/?{query}"))) == count


@pytest.mark.parametrize(("who", "count"), [("ccoe", 5), ("developer", 6)])
def test_the_list_costs_the_same_however_many_runs(
    who, count, client_of, developer, start, cast, django_assert_num_queries
):
    [start(developer) for _n in range(12)]
    client = client_of(cast[who])
    client.get("/runs/")
    with django_assert_num_queries(count):
        client.get("/runs/", headers={"HX-Request": "true"})


def test_an_active_run_asks_for_news_by_itself(client_of, developer, run):
    part = client_of(developer).get(page(run), headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part


def test_a_run_that_ended_asks_for_news_no_more(client_of, developer, start):
    done = start(developer, status="done", position=10, ended_at=timezone.now())
    part = client_of(developer).get(page(done), headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part


def test_the_end_of_a_run_brings_its_buttons_along(client_of, ccoe, stopped):
    part = client_of(ccoe).get(page(stopped), headers={"HX-Request": "true"}).content.decode()
    assert 'id="run-steer" hx-swap-oob="outerHTML"' in part
    assert f"/runs/{stopped.pk}/retry/" in part


def test_polling_costs_the_same_however_many_steps(
    client_of, developer, run, django_assert_num_queries
):
    client = client_of(developer)
    with django_assert_num_queries(7):
        client.get(page(run), headers={"HX-Request": "true"})


def test_a_page_tells_steps_tries_and_what_aws_answered(client_of, developer, stopped):
    text = client_of(developer).get(page(stopped)).content.decode()
    assert "AWS said no." in text
    assert text.count('class="step ') == len(VEND.steps)


def test_a_waiting_run_says_when_it_looks_again(client_of, developer, start):
    later = timezone.now() + timedelta(minutes=5)
    response = client_of(developer).get(page(start(developer, due_at=later)))
    assert response.context["story"].next_look_at == later


def test_a_run_that_is_being_walked_says_so(client_of, developer, start):
    held = start(developer, held_until=timezone.now() + timedelta(minutes=5))
    story = client_of(developer).get(page(held)).context["story"]
    assert story.is_being_walked
    assert story.next_look_at is None


@pytest.fixture
def call(run, connection, developer) -> AwsCall:
    return AwsCall.objects.create(
        connection=connection, account_id="100000000001", region="us-east-1", run=run,
        service="organizations", operation="CreateAccount", actor=developer, outcome="done",
        asked={"Email": "aws+x@example.com"}, aws_request_id="request-1234",
    )  # fmt: skip


def test_a_page_tells_what_was_changed_in_aws(client_of, developer, run, call):
    text = client_of(developer).get(page(run)).content.decode()
    assert "organizations:CreateAccount" in text
    assert "request-1234" in text


def test_parameters_of_calls_are_for_those_who_read_the_audit_log(
    client_of, developer, auditor, run, call
):
    Run.objects.filter(pk=run.pk).update(status="done", position=10, ended_at=timezone.now())
    assert "aws+x@example.com" in client_of(auditor).get(page(run)).content.decode()
    assert "aws+x@example.com" not in client_of(developer).get(page(run)).content.decode()


def test_a_run_leads_to_what_it_is_for(client_of, developer, run):
    asked = AccountRequest.objects.get(run=run)
    assert asked.get_absolute_url() in client_of(developer).get(page(run)).content.decode()


def test_retrying_goes_on_and_is_audited(client_of, ccoe, stopped):
    client_of(ccoe).post(f"{page(stopped)}retry/")
    stopped.refresh_from_db()
    assert stopped.status == Run.Status.ACTIVE
    assert AuditEvent.objects.get(action="run_steer").facts == {"do": "retry"}


def test_skipping_goes_on_with_the_next_step_and_keeps_the_reason(client_of, ccoe, stopped):
    client_of(ccoe).post(f"{page(stopped)}skip/", {"skip-reason": "Set by hand."})
    step = RunStep.objects.get(run=stopped, position=stopped.position)
    stopped.refresh_from_db()
    assert (step.status, step.skipped_by, step.note) == ("skipped", ccoe, "Set by hand.")
    assert (stopped.status, stopped.position) == (Run.Status.ACTIVE, step.position + 1)


def test_cancelling_ends_the_run_and_keeps_the_reason(client_of, ccoe, run):
    client_of(ccoe).post(f"{page(run)}cancel/", {"cancel-reason": "Asked for by mistake."})
    run.refresh_from_db()
    event = AuditEvent.objects.get(action="run_steer")
    assert run.status == Run.Status.CANCELLED
    assert (event.reason, event.actor) == ("Asked for by mistake.", ccoe)


@pytest.mark.parametrize("do", ["skip", "cancel"])
def test_without_a_reason_the_dialog_comes_back(do, client_of, ccoe, stopped):
    response = client_of(ccoe).post(f"{page(stopped)}{do}/", {f"{do}-reason": " "})
    stopped.refresh_from_db()
    assert response.status_code == 422
    assert "data-open-now" in response.content.decode()
    assert stopped.status == Run.Status.FAILED


@pytest.mark.parametrize("do", ["retry", "skip"])
def test_a_running_run_is_neither_retried_nor_skipped(do, client_of, ccoe, run):
    response = client_of(ccoe).post(f"{page(run)}{do}/", {"skip-reason": "x"})
    assert response.status_code == 409


def test_a_step_that_others_stand_on_is_not_skipped(client_of, ccoe, start, developer):
    run = start(developer, status="failed", position=0)
    client = client_of(ccoe)
    assert f"{page(run)}skip/" not in client.get(page(run)).content.decode()
    assert client.post(f"{page(run)}skip/", {"skip-reason": "x"}).status_code == 409


@pytest.mark.parametrize("do", ["retry", "skip", "cancel"])
def test_the_owner_of_a_run_does_not_steer_it(do, client_of, developer, stopped):
    client = client_of(developer)
    response = client.post(f"{page(stopped)}{do}/", {f"{do}-reason": "x"})
    assert response.status_code == 403
    assert f"{page(stopped)}{do}/" not in client.get(page(stopped)).content.decode()


def test_a_ccoe_of_another_organisation_does_not_steer_it(client_of, stopped):
    stranger = factories.person("elsewhere", role="ccoe", target="o-elsewhere")
    assert client_of(stranger).post(f"{page(stopped)}retry/").status_code == 404
