"""The journal: nothing changes AWS without a reason; each change is written before and after."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection as db
from django.db.models.functions import Now

from accounts.aws import organizations
from portal.audit.models import AuditEvent
from portal.aws import journal, session
from portal.aws.acting import Acting, acting
from portal.aws.errors import AwsError, Busy, NoAnswer, translated
from portal.aws.journal import LostHold, NoReason, OnlyObserving, is_changing
from portal.aws.models import AwsCall, Connection
from portal.aws.session import OPERATE, READ
from portal.errors import Forbidden
from portal.flow.models import Run
from portal.local import demo_data
from tests import factories
from tests.acting import by_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def managed(db, aws) -> Connection:
    """The demo's production organisation, not synced."""
    return factories.ConnectionFactory(
        management_account_id=demo_data.MANAGEMENT_ID, external_id=demo_data.EXTERNAL_ID
    )


@pytest.fixture
def run(developer) -> Run:
    """A run that this worker holds."""
    return Run.objects.create(
        plan="vend_account", actor=developer, held_until=Now() + timedelta(minutes=5), fence=3
    )


def for_run(run: Run, **more) -> Acting:
    facts = {"actor_id": run.actor_id, "actor_name": "x", "reason": "test", "marker": "test"}
    return Acting(**{**facts, "run_id": run.pk, "fence": 3, "step": "a.step", **more})


def create(connection: Connection, name: str = "journal-test"):
    return organizations.create_account(
        connection, name=name, email=f"aws+{name}@example.com", tags={}
    )


def tag(connection: Connection, **tags: str) -> None:
    organizations.tag(connection, connection.management_account_id, tags)


# --- who may send anything


def test_a_changing_call_without_an_actor_is_refused_and_not_sent(managed, aws):
    with pytest.raises(NoReason):
        create(managed)
    assert (aws.ledger(), AwsCall.objects.count()) == ([], 0)


def test_a_client_that_reads_refuses_to_change(managed, aws):
    reading = session.client(managed, "organizations", role=READ)
    with by_hand(), pytest.raises(NoReason):
        reading.leave_organization()
    assert (aws.ledger(), AwsCall.objects.count()) == ([], 0)


def test_an_organisation_that_is_observed_is_not_changed(managed, aws):
    with by_hand():
        session.client(managed, "organizations", role=OPERATE)  # made while it was managed
        Connection.objects.update(mode="observe")
        with pytest.raises(OnlyObserving):
            tag(managed, a="b")
    assert (aws.ledger(), AwsCall.objects.count()) == ([], 0)


@pytest.mark.parametrize("operation", ["ListAccounts", "DescribeAccount", "GetGroupId"])
def test_what_only_reads_counts_as_reading(operation):
    assert not is_changing(operation)


@pytest.mark.parametrize(
    "operation", ["CreateAccount", "TagResource", "PutAlternateContact", "LeaveOrganization",
                  "DetectStackSetDrift", "SomethingNobodyKnows"],
)  # fmt: skip
def test_whatever_else_there_is_counts_as_changing(operation):
    assert is_changing(operation)


def test_who_holds_the_run_may_send(managed, aws, run):
    with acting(for_run(run)):
        tag(managed, a="b")
    assert AwsCall.objects.get().run == run


LOST = {
    "somebody else has it": {"fence": 4},
    "the hold ran out": {"held_until": Now() - timedelta(seconds=1)},
    "nobody holds it": {"held_until": None},
    "it was cancelled": {"status": "cancelled"},
    "it stopped": {"status": "failed"},
}


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
def test_who_lost_the_run_can_send_nothing(managed, aws, run, change):
    Run.objects.filter(pk=run.pk).update(**change)
    with acting(for_run(run)), pytest.raises(LostHold):
        tag(managed, a="b")
    assert (aws.ledger(), AwsCall.objects.count()) == ([], 0)


def test_an_approval_of_something_else_does_not_let_a_run_send(
    managed, aws, run, developer, connection
):
    from_elsewhere = Run.objects.create(plan="vend_account", actor=developer)
    other = AwsCall._meta.get_field("approval").related_model.objects.create(
        kind="account_request", title="x", requested_by=developer, content_hash="0" * 64
    )
    Run.objects.filter(pk=from_elsewhere.pk).update(approval=other)
    with acting(for_run(run, approval_id=other.pk)), pytest.raises(Forbidden):
        tag(managed, a="b")
    assert aws.ledger() == []


# --- what is written


def test_the_intent_is_there_before_the_call_is_sent(managed, aws, monkeypatch):
    seen = []
    sent_to = "botocore.endpoint.Endpoint.make_request"

    def make_request(self, model, _request):
        seen.append(AwsCall.objects.get(operation=model.name).outcome)
        raise ConnectionResetError

    with by_hand():
        session.client(managed, "organizations", role=OPERATE)
        monkeypatch.setattr(sent_to, make_request)
        with pytest.raises(ConnectionResetError):
            tag(managed, a="b")
    assert seen == ["sent"]
    assert AwsCall.objects.get().outcome == "unknown"


def test_the_outcome_is_written_after_the_answer(managed, aws):
    with by_hand():
        tag(managed, a="b")
    call = AwsCall.objects.get()
    assert (call.outcome, call.operation, bool(call.aws_request_id)) == (
        "done",
        "TagResource",
        True,
    )
    assert call.answered_at >= call.sent_at
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["aws_intent", "aws_outcome"]


def test_the_intent_tells_who_why_and_what(managed, aws, run):
    with acting(for_run(run, reason="It was asked for.")):
        tag(managed, a="b")
    event = AuditEvent.objects.get(action="aws_intent")
    assert (event.actor, event.reason) == (run.actor, "It was asked for.")
    assert event.facts["step"] == "a.step"
    assert event.facts["asked"]["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_refusal_is_written_as_one(managed, aws):
    aws.fault("access_denied", operation="TagResource")
    with by_hand(), pytest.raises(AwsError):
        tag(managed, a="b")
    call = AwsCall.objects.get()
    assert (call.outcome, call.error_code) == ("refused", "AccessDeniedException")


@pytest.mark.parametrize("kind", ["lost_response", "lost_500"])
def test_an_answer_that_got_lost_is_written_as_unknown(managed, aws, kind):
    aws.fault(kind, operation="TagResource", times=1)
    with by_hand(), pytest.raises(NoAnswer):
        tag(managed, a="b")
    assert AwsCall.objects.get().outcome == "unknown"


def test_every_line_of_the_ledger_has_its_intent(managed, aws):
    aws.fault("throttle", operation="TagResource", times=2)
    with by_hand():
        for _turn in range(2):
            with pytest.raises(Busy):
                tag(managed, a="b")
        tag(managed, a="b")
        create(managed)
    assert len(aws.ledger()) == AwsCall.objects.count() == 4


def test_secrets_are_not_kept():
    asked = {"UserName": "x", "Password": "p", "Deep": [{"SecretString": "s", "MasterToken": 1}]}
    kept = json.dumps(journal._without_secrets(asked))
    assert json.loads(kept) == {
        "UserName": "x", "Password": "…", "Deep": [{"SecretString": "…", "MasterToken": "…"}],
    }  # fmt: skip


def test_what_postgresql_can_not_hold_does_not_stop_a_call(managed, aws):
    with by_hand(), pytest.raises(AwsError):
        tag(managed, a="nul\x00inside")
    assert AwsCall.objects.get().asked["Tags"][0]["Value"] == "nulinside"


def test_no_credential_is_in_the_database(managed, aws):
    with by_hand():
        tag(managed, a="b")
    with db.cursor() as cursor:
        cursor.execute("SELECT string_agg(asked::text, '') FROM portal_awscall")
        calls = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(facts::text, '') FROM portal_auditevent")
        assert "ASIA" not in calls + cursor.fetchone()[0]


# --- sent once, whatever botocore would do


ODD = {
    "response lost": {"kind": "lost_response"},
    "500 after doing it": {"kind": "lost_500"},
    "503": {"kind": "error", "code": "ServiceUnavailable", "status": 503},
    "throttled": {"kind": "throttle"},
}


@pytest.mark.parametrize("fault", ODD.values(), ids=ODD)
def test_create_account_is_sent_exactly_once(managed, aws, fault):
    aws.fault(operation="CreateAccount", **fault)
    with by_hand(), pytest.raises(AwsError):
        create(managed)
    assert len(aws.ledger("CreateAccount")) == AwsCall.objects.count() == 1


def test_create_account_is_sent_once_when_the_answer_takes_too_long(managed, aws, settings):
    quick = settings.PORTAL.aws.model_copy(update={"read_seconds": 0.5})
    settings.PORTAL = settings.PORTAL.model_copy(update={"aws": quick})
    aws.fault("latency", operation="CreateAccount", seconds=0.8)
    with by_hand(), pytest.raises(NoAnswer):
        create(managed)
    time.sleep(0.6)  # until AWS has done it all the same
    assert len(aws.ledger("CreateAccount")) == AwsCall.objects.count() == 1
    assert AwsCall.objects.get().outcome == "unknown"


def test_a_503_may_have_been_carried_out(managed, aws):
    aws.fault("error", operation="CreateAccount", code="ServiceUnavailable", status=503)
    with by_hand(), pytest.raises(NoAnswer):
        create(managed)


def test_a_reading_call_is_tried_again_when_throttled(managed, aws):
    aws.fault("throttle", operation="DescribeOrganization", times=2)
    assert organizations.organization(managed).id
    assert aws.calls()["organizations:DescribeOrganization"] == 3


def test_the_rate_limit_holds_a_call_back_before_anything_is_written(managed, aws, monkeypatch):
    monkeypatch.setattr(journal.rates, "wait_for_turn", lambda *_a, **_k: 12.5)
    with by_hand(), pytest.raises(Busy) as busy:
        tag(managed, a="b")
    assert busy.value.wait_seconds == 12.5
    assert (aws.ledger(), AwsCall.objects.count()) == ([], 0)


def test_an_error_that_is_not_aws_is_translated():
    assert type(translated(ValueError("x"), "a:B")) is AwsError
