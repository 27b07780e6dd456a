"""The vending run against the local AWS, walked in this process."""

import pytest

from accounts.models import Account
from accounts.services import requests
from portal.approvals import services as approvals
from portal.approvals.models import Decision
from portal.aws.models import AwsCall, Connection
from portal.flow import runner, runs
from portal.flow.models import Run
from portal.people.models import RoleBinding
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_waiting(settings, aws) -> None:
    quick = settings.PORTAL.flow.model_copy(
        update={"poll_seconds": 0.0, "settle_seconds": 0.0, "hold_seconds": 60.0}
    )
    settings.PORTAL = settings.PORTAL.model_copy(update={"flow": quick})


@pytest.fixture
def approved(organisation, developer, ccoe):
    """A production request that the CCoE has approved; its run waits to be walked."""
    fields = factories.wish(developer, organisation, environment="production", expires_on=None)
    asked = requests.submit(requests.start_draft(actor=developer, **fields), actor=developer)
    approvals.decide(
        asked.approval,
        actor=ccoe,
        verdict=Decision.Verdict.YES,
        seen_hash=asked.approval.content_hash,
    )
    asked.refresh_from_db()
    return asked


def walk(run: Run, *, most: int = 80) -> Run:
    """Advance until the run no longer is active, as workers and the beat would."""
    for _turn in range(most):
        Run.objects.filter(pk=run.pk).update(due_at="2020-01-01T00:00:00Z")
        runner.advance(run.pk)
        run.refresh_from_db()
        if not run.is_active:
            break
    return run


def test_an_approved_request_becomes_an_account_in_its_ou(approved, aws):
    run = walk(approved.run)
    assert run.status == Run.Status.DONE, run.last_error
    approved.refresh_from_db()
    assert approved.status == "delivered"
    account = Account.objects.get(account_id=approved.account_id)
    assert (account.ou, account.owner, account.team) == (
        approved.ou,
        approved.owner,
        approved.team,
    )
    assert [e["operation"] for e in aws.ledger("CreateAccount")] == ["CreateAccount"]


def test_every_changing_call_has_an_intent_an_outcome_and_an_approval(approved, aws):
    walk(approved.run)
    calls = AwsCall.objects.filter(run=approved.run)
    assert len(aws.ledger()) == calls.count()
    assert {(c.outcome, c.approval_id) for c in calls} == {("done", approved.approval_id)}


def test_each_step_done_twice_changes_nothing_more(approved, aws):
    walk(approved.run)
    calls = len(aws.ledger())
    Run.objects.filter(pk=approved.run.pk).update(status="active", position=0)
    type(approved).objects.filter(pk=approved.pk).update(status="approved")
    run = walk(approved.run)
    assert run.status == Run.Status.DONE, run.last_error
    assert len(aws.ledger()) == calls


@pytest.mark.parametrize("lost", ["lost_response", "lost_500"])
def test_a_lost_answer_to_create_account_makes_one_account(approved, aws, lost):
    aws.fault(lost, service="organizations", operation="CreateAccount", times=1)
    run = walk(approved.run)
    assert run.status == Run.Status.DONE, run.last_error
    assert len(aws.ledger("CreateAccount")) == 1


def test_no_second_call_is_sent_while_the_first_may_still_show(approved, aws, settings):
    slow = settings.PORTAL.flow.model_copy(update={"settle_seconds": 300.0})
    settings.PORTAL = settings.PORTAL.model_copy(update={"flow": slow})
    aws.fault("error", service="organizations", operation="CreateAccount", code="ServiceFailure",
              status=500, times=1)  # fmt: skip
    walk(approved.run, most=10)
    assert AwsCall.objects.filter(operation="CreateAccount").count() == 1


def test_throttling_waits_and_does_not_fail(approved, aws):
    aws.fault("throttle", operation="CreateAccount", times=20)
    run = walk(approved.run)
    assert run.status == Run.Status.DONE, run.last_error
    assert AwsCall.objects.filter(operation="CreateAccount", outcome="refused").count() == 20


REASONS = [
    "ACCOUNT_LIMIT_EXCEEDED", "EMAIL_ALREADY_EXISTS", "INVALID_ADDRESS", "INVALID_EMAIL",
    "CONCURRENT_ACCOUNT_MODIFICATION", "INTERNAL_FAILURE", "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
    "MISSING_BUSINESS_VALIDATION", "FAILED_BUSINESS_VALIDATION", "PENDING_BUSINESS_VALIDATION",
    "UNKNOWN_BUSINESS_VALIDATION", "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
    "MISSING_PAYMENT_INSTRUMENT", "INVALID_PAYMENT_INSTRUMENT",
    "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED", "SOMETHING_NEW",
]  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_each_failure_reason_stops_with_a_sentence_and_keeps_the_request(approved, aws, reason):
    aws.fault("failure_reason", operation="CreateAccount", code=reason, times=1)
    run = walk(approved.run)
    assert run.status == Run.Status.FAILED
    assert reason in run.last_error
    assert len(run.last_error) > len(reason) + 30
    approved.refresh_from_db()
    assert approved.status == "approved"


PASSING = ["INTERNAL_FAILURE", "ACCOUNT_LIMIT_EXCEEDED", "CONCURRENT_ACCOUNT_MODIFICATION"]


@pytest.mark.parametrize("reason", PASSING)
def test_after_a_passing_reason_a_retry_makes_the_account(approved, aws, other_ccoe, reason):
    aws.fault("failure_reason", operation="CreateAccount", code=reason, times=1)
    run = walk(approved.run)
    runs.retry(run, actor=other_ccoe)
    assert walk(run).status == Run.Status.DONE, run.last_error


def test_a_baseline_that_fails_stops_and_a_retry_starts_a_new_operation(approved, aws, ccoe):
    aws.fault("failure_reason", operation="CreateStackInstances", code="Quota")
    run = walk(approved.run)
    assert run.status == Run.Status.FAILED
    assert "Quota" in run.last_error
    aws.no_faults()
    runs.retry(run, actor=ccoe)
    assert walk(run).status == Run.Status.DONE, run.last_error


def test_nothing_is_sent_when_the_approver_lost_the_role(approved, aws, ccoe):
    RoleBinding.objects.filter(user=ccoe).delete()
    run = walk(approved.run)
    assert run.status == Run.Status.FAILED
    assert aws.ledger() == []
    assert "no longer may" in run.last_error


def test_another_person_can_confirm_and_the_run_goes_on(approved, aws, ccoe, other_ccoe):
    RoleBinding.objects.filter(user=ccoe).delete()
    run = walk(approved.run)
    approvals.decide(
        approved.approval,
        actor=other_ccoe,
        verdict=Decision.Verdict.YES,
        seen_hash=approved.approval.content_hash,
    )
    assert walk(run).status == Run.Status.DONE, run.last_error


def test_nothing_is_sent_when_the_request_was_changed_after_the_approval(approved, aws):
    type(approved).objects.filter(pk=approved.pk).update(budget_usd=999999)
    run = walk(approved.run)
    assert run.status == Run.Status.FAILED
    assert aws.ledger() == []


def test_nothing_is_sent_for_a_connection_that_only_observes(approved, aws):
    Connection.objects.update(mode="observe")
    run = walk(approved.run)
    assert run.status == Run.Status.FAILED
    assert aws.ledger() == []


def test_nothing_is_sent_after_a_cancel(approved, aws, ccoe):
    runs.cancel(approved.run, actor=ccoe, reason="Not needed any more.")
    walk(approved.run)
    approved.refresh_from_db()
    assert (approved.status, aws.ledger()) == ("cancelled", [])


def test_an_account_with_our_address_but_not_our_mark_is_never_adopted(approved, aws, organisation):
    taken = next(a for a in aws.accounts() if a["name"] == "ledger-production")
    type(approved).objects.filter(pk=approved.pk).update(email=taken["email"])
    approved.approval.content_hash = _hash(approved)
    approved.approval.save()
    Decision.objects.update(content_hash=approved.approval.content_hash)
    run = walk(approved.run)
    assert run.status == Run.Status.FAILED
    assert "not made for this request" in run.last_error


def _hash(request):
    request.refresh_from_db()
    return approvals.KINDS["account_request"].content_hash(request)
