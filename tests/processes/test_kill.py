"""Workers are killed at every step, answers are lost, Redis is emptied, messages come twice.

Whatever happens there is exactly one account, the run ends as the undisturbed one does, and no
call was made without an approval. Real PostgreSQL, Redis, local AWS over HTTP, worker processes.
"""

import os

import pytest
from django.db import connection as db

from accounts.models import Account, AccountRequest
from accounts.plans import VEND
from accounts.services import requests
from accounts.services.organisation import sync
from portal.approvals import services as approvals
from portal.approvals.models import Decision
from portal.audit.verify import verify
from portal.aws.models import AwsCall
from portal.celery import app
from portal.flow import runner
from portal.flow.models import Run, RunStep
from portal.local import demo_data
from tests import factories
from tests.processes.world import QUICK, beat, empty_redis, python, running, until, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
CHANGING = {
    "accounts.open_account", "accounts.move_to_ou", "accounts.tag_account", "accounts.set_contacts",
    "accounts.roll_out_baseline", "accounts.grant_access", "costs.set_budget",
}  # fmt: skip
CRASHES = [
    (step, moment)
    for step in VEND.steps
    for moment in (["before", "after"] if step in CHANGING else []) + ["saved", "moved"]
]


@pytest.fixture
def env(aws, tmp_path, settings):
    """The environment of the processes: this test's database, Redis and AWS, and short waits."""
    empty_redis()
    aws.settings(create_seconds=0.3, stackset_seconds=0.2, assignment_seconds=0.2)
    found = db.get_connection_params()
    host = f"host={found['host']}&" if str(found.get("host", "")).startswith("/") else ""
    where = "" if host else f"{found.get('host', '')}:{found.get('port', '')}"
    url = f"postgresql://{found['user']}:{found.get('password', '')}@{where}/{found['dbname']}"
    return {
        **os.environ,
        **QUICK,
        "DATABASE_URL": f"{url}?{host}".rstrip("?&"),
        "LOGS": str(tmp_path),
        "BEAT_FILE": str(tmp_path / "beat"),
    }


@pytest.fixture
def approved(aws, developer, ccoe):
    """A production request, approved, its run not yet begun: no worker is there."""
    connection = factories.ConnectionFactory(
        name="Hoshizora Group",
        management_account_id=demo_data.MANAGEMENT_ID,
        organization_id="",
        external_id=demo_data.EXTERNAL_ID,
    )
    sync(connection)
    fields = factories.wish(developer, connection, environment="production", expires_on=None)
    asked = requests.submit(requests.start_draft(actor=developer, **fields), actor=developer)
    approvals.decide(
        asked.approval,
        actor=ccoe,
        verdict=Decision.Verdict.YES,
        seen_hash=asked.approval.content_hash,
    )
    asked.refresh_from_db()
    aws.clear_ledger()
    return asked


def finished(request: AccountRequest) -> bool:
    return Run.objects.get(pk=request.run_id).status == Run.Status.DONE


def ended_well(request: AccountRequest, aws) -> None:
    """The invariants, by SQL and by the ledger of the local AWS."""
    request.refresh_from_db()
    assert request.status == AccountRequest.Status.DELIVERED
    created = [e for e in aws.ledger("CreateAccount") if e["outcome"] == "done"]
    assert len(created) == 1
    ours = [a for a in aws.accounts() if a["email"].lower() == request.email.lower()]
    assert [a["id"] for a in ours] == [request.account_id]
    account = Account.objects.get(account_id=request.account_id)
    assert account.ou == request.ou
    steps = RunStep.objects.filter(run=request.run_id)
    assert set(steps.values_list("status", flat=True)) == {"done"}
    calls = AwsCall.objects.filter(run=request.run_id)
    assert set(calls.values_list("approval", flat=True)) == {request.approval_id}
    assert len(aws.ledger()) <= calls.count()
    assert calls.filter(outcome="done").count() <= len(aws.ledger())
    report = verify()
    assert report.fault is None


@pytest.mark.parametrize(("step", "moment"), CRASHES)
def test_a_killed_worker_loses_and_doubles_nothing(approved, env, aws, tmp_path, step, moment):
    crashed = tmp_path / "crashed"
    crash = {**env, "CRASH_AT": f"{step}:{moment}:{crashed}"}
    with running(python("workers", crash, "-m", "tests.processes.crashing")):
        until(lambda: beaten(crashed.exists), seconds=90, what=f"no crash at {step}:{moment}")
        until(lambda: beaten(lambda: finished(approved)), seconds=120, what=_stuck(approved))
    ended_well(approved, aws)


def beaten(claim) -> bool:
    """The claim, after what the beat does every few seconds: wake what is due, from PostgreSQL."""
    runner.wake_due()
    return claim()


def test_a_lost_answer_makes_one_account(approved, env, aws):
    aws.fault("lost_response", service="organizations", operation="CreateAccount", times=1)
    with running(worker("one", env), beat(env)):
        until(lambda: finished(approved), seconds=90, what=_stuck(approved))
    ended_well(approved, aws)


def test_an_emptied_redis_loses_nothing(approved, env, aws):
    empty_redis()
    with running(worker("one", env), beat(env)):
        until(lambda: len(aws.ledger()) >= 1, seconds=60, what="the run never began")
        empty_redis()
        until(lambda: finished(approved), seconds=90, what=_stuck(approved))
    ended_well(approved, aws)


def test_a_message_delivered_twice_to_two_workers_does_nothing_twice(approved, env, aws):
    for _again in range(20):
        app.send_task("portal.advance_run", args=(approved.run_id,), ignore_result=True)
    with running(worker("one", env), worker("two", env), beat(env)):
        until(lambda: finished(approved), seconds=90, what=_stuck(approved))
    ended_well(approved, aws)
    assert len(aws.ledger()) == AwsCall.objects.filter(run=approved.run_id).count()


def test_throttling_while_polling_never_makes_a_second_account(approved, env, aws):
    aws.fault("throttle", service="organizations", operation="Describe*", probability=0.6)
    with running(worker("one", env), beat(env)):
        until(lambda: finished(approved), seconds=120, what=_stuck(approved))
    ended_well(approved, aws)


def _stuck(request: AccountRequest) -> str:
    return f"the run of {request} did not end"
