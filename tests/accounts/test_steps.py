"""Steps of the vending run on their own: what they adopt, what they keep, and when they give up."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from accounts import steps
from accounts.aws import organizations, stack_sets
from accounts.models import Account, AccountRequest
from accounts.services import delivery, requests
from accounts.services.organisation import Picture, read, write
from accounts.steps.subject import save
from portal.approvals import services as approvals
from portal.approvals.models import Approval
from portal.aws.acting import Acting, acting
from portal.aws.journal import LostHold
from portal.aws.models import AwsCall, Connection
from portal.flow import runner
from portal.flow.models import Run
from portal.flow.steps import Refused
from portal.sync.models import SyncRun
from tests import factories
from tests.acting import by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def flow(settings, aws):
    """No waiting between looks; `flow(settle_seconds=…)` to change more."""

    def quick(**changes) -> None:
        flow = settings.PORTAL.flow.model_copy(update=changes)
        settings.PORTAL = settings.PORTAL.model_copy(update={"flow": flow})

    quick(poll_seconds=0.0, settle_seconds=300.0, hold_seconds=60.0)
    return quick


@pytest.fixture
def approved(organisation, developer, ccoe, aws) -> AccountRequest:
    fields = factories.wish(developer, organisation, environment="production", expires_on=None)
    asked = requests.submit(requests.start_draft(actor=developer, **fields), actor=developer)
    approval = Approval.objects.get(pk=asked.approval_id)
    approvals.decide(approval, actor=ccoe, verdict="yes", seen_hash=approval.content_hash)
    asked.refresh_from_db()
    aws.clear_ledger()
    return asked


def look(run: Run) -> Run:
    Run.objects.filter(pk=run.pk).update(due_at="2020-01-01T00:00:00Z")
    runner.advance(run.pk)
    run.refresh_from_db()
    return run


def walk(run: Run, *, most: int = 80, between=lambda: None) -> Run:
    for _turn in range(most):
        if not look(run).is_active:
            break
        between()
    return run


def attempt(request: AccountRequest, *, ago: timedelta = timedelta()) -> None:
    """As if CreateAccount had been sent and no answer had come."""
    AccountRequest.objects.filter(pk=request.pk).update(attempt_started_at=Now() - ago)


def made(request: AccountRequest, **more) -> str:
    """An account of the request's name, made by somebody; its creation's id."""
    tags = {"portal:request-id": str(request.marker)}
    about = {"name": request.account_name, "email": request.email, "tags": tags, **more}
    with by_hand():
        return organizations.create_account(request.connection, **about).id


# --- the invariants of a whole run


def test_every_line_of_the_ledger_is_an_intent_by_an_approval_that_stands(approved, aws):
    aws.fault("throttle", operation="TagResource", times=2)
    aws.fault("lost_500", operation="MoveAccount", times=1)
    assert walk(approved.run).status == Run.Status.DONE, approved.run.last_error
    calls = AwsCall.objects.all()
    assert len(aws.ledger()) == calls.count()
    assert {call.approval_id for call in calls} == {approved.approval_id}
    assert not calls.filter(outcome="sent").exists()
    assert {call.actor for call in calls} == {approved.requester}


def test_sessions_that_end_after_every_step_hold_nothing_up(approved, aws):
    assert walk(approved.run, between=aws.expire_sessions).status == Run.Status.DONE
    assert [e["outcome"] for e in aws.ledger("CreateAccount")].count("done") == 1


# --- open_account


def test_an_account_of_the_same_name_that_is_not_ours_is_left_alone(approved, aws):
    attempt(approved)
    made(approved, email="somebody@else.example", tags={})
    look(approved.run)
    approved.refresh_from_db()
    assert (approved.creation_id, approved.account_id) == ("", "")


def test_a_creation_under_way_is_adopted_when_its_account_carries_our_mark(approved, aws):
    aws.settings(create_seconds=60)
    attempt(approved)
    creation_id = made(approved)
    look(approved.run)
    approved.refresh_from_db()
    assert (approved.creation_id, approved.run.position) == ("", 0)
    aws.finish()
    look(approved.run)
    approved.refresh_from_db()
    assert approved.creation_id == creation_id


def test_before_the_settle_time_nothing_is_sent_again(approved, aws):
    attempt(approved, ago=timedelta(seconds=290))
    look(approved.run)
    assert aws.ledger() == []


def test_after_the_settle_time_it_is_sent_again_under_the_same_address(approved, aws):
    attempt(approved, ago=timedelta(seconds=310))
    look(approved.run)
    assert [e["params"]["Email"] for e in aws.ledger("CreateAccount")] == [approved.email]


def test_a_worker_whose_clock_is_ahead_sends_nothing_earlier(approved, aws, monkeypatch):
    attempt(approved)
    ahead = timezone.now() + timedelta(minutes=10)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    look(approved.run)
    assert aws.ledger() == []


def test_after_a_503_the_portal_looks_before_it_sends_again(approved, aws):
    aws.fault("error", operation="CreateAccount", code="ServiceUnavailable", status=503, times=1)
    for _turn in range(3):
        look(approved.run)
    assert len(aws.ledger("CreateAccount")) == 1
    approved.refresh_from_db()
    assert approved.attempt_started_at is not None


def test_a_refused_call_leaves_no_doubt_behind(approved, aws):
    aws.fault("throttle", operation="CreateAccount", times=1)
    look(approved.run)
    approved.refresh_from_db()
    assert approved.attempt_started_at is None


# --- late workers


def test_a_late_worker_keeps_nothing_it_learnt(approved):
    Run.objects.filter(pk=approved.run_id).update(fence=7, held_until=Now() + timedelta(hours=1))
    late = Acting(
        actor_id=1, actor_name="x", reason="x", run_id=approved.run_id, fence=6,
        approval_id=approved.approval_id,
    )  # fmt: skip
    with acting(late), pytest.raises(LostHold):
        save(approved, creation_id="car-late")
    approved.refresh_from_db()
    assert approved.creation_id == ""


# --- the later steps


def test_tags_hold_only_what_aws_takes():
    request = AccountRequest(workload="a&b <c>! 東京", environment="test", cost_centre="CC-1")
    assert delivery.tags_for(request) == {
        "environment": "test", "workload": "a-b -c-- 東京", "cost-centre": "CC-1",
    }  # fmt: skip


def test_without_a_phone_no_contact_is_invented(approved, aws):
    Connection.objects.update(contact_phone="")
    assert walk(approved.run).status == Run.Status.DONE
    assert aws.ledger("PutAlternateContact") == []


def _refused(request: AccountRequest) -> bool:
    try:
        return steps.await_baseline(request).wait_seconds is None
    except Refused as refusal:
        return refusal.restart == "accounts.roll_out_baseline"


@pytest.mark.parametrize(("minutes", "gives_up"), [(1, False), (10, True)])
def test_a_baseline_that_ended_without_stacks_is_not_awaited_forever(
    approved, monkeypatch, minutes, gives_up
):
    ended = stack_sets.Operation(
        status="SUCCEEDED", reason="", ended_at=timezone.now() - timedelta(minutes=minutes)
    )
    monkeypatch.setattr(stack_sets, "instances", lambda *_a: iter(()))
    monkeypatch.setattr(stack_sets, "operation", lambda *_a: ended)
    approved.baseline_operations = {"portal-baseline": "op-1"}
    assert _refused(approved) == gives_up


# --- what a sync could not read


def test_an_account_whose_ou_could_not_be_read_stays_where_it_was(organisation_read):
    connection, picture = organisation_read
    account = Account.objects.exclude(ou__name="Root").filter(connection=connection)[0]
    where = account.ou_id
    picture.parents.pop(account.account_id)
    picture.accounts[account.account_id] = _renamed(picture.accounts[account.account_id])
    picture.faults.append("accounts in somewhere: Throttled")
    run = SyncRun.objects.create(source="organisation", connection=connection)
    write(connection, picture, run)
    account.refresh_from_db()
    assert (account.ou_id, account.name) == (where, "renamed")
    assert account.placements.filter(during__endswith__isnull=True).get().ou_id == where


@pytest.fixture
def organisation_read(organisation) -> tuple[Connection, Picture]:
    return organisation, read(organisation)


def _renamed(account: organizations.AwsAccount) -> organizations.AwsAccount:
    return organizations.AwsAccount(
        **{name: getattr(account, name) for name in account.__slots__} | {"name": "renamed"}
    )
