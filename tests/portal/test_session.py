"""Sessions: the right role under the right name, renewed in time, never kept longer than valid."""

import pytest

from accounts.aws import organizations
from portal.aws import session
from portal.aws.acting import Acting
from portal.aws.errors import Busy, NotAllowed, NotThere
from portal.aws.models import Connection
from portal.aws.session import OPERATE, READ
from portal.local import demo_data
from tests import factories
from tests.acting import by_hand

pytestmark = pytest.mark.django_db
MEMBER = "418203957264"


@pytest.fixture
def managed(db, aws) -> Connection:
    return factories.ConnectionFactory(
        management_account_id=demo_data.MANAGEMENT_ID, external_id=demo_data.EXTERNAL_ID
    )


def entered(aws) -> int:
    return aws.calls().get("sts:AssumeRole", 0)


def test_the_portal_ends_up_in_the_management_account(managed):
    assert session.whoami(managed) == demo_data.MANAGEMENT_ID


def test_a_wrong_external_id_is_refused(managed):
    Connection.objects.update(external_id="somebody-elses")
    managed.refresh_from_db()
    with pytest.raises(NotAllowed):
        session.whoami(managed)


def test_an_external_id_changed_later_is_used_at_once(managed):
    session.whoami(managed)
    managed.external_id = "somebody-elses"
    with pytest.raises(NotAllowed):
        session.whoami(managed)


def test_another_role_name_is_used_at_once(managed):
    session.whoami(managed)
    managed.read_role = "NotThere"
    with pytest.raises(NotAllowed):
        session.whoami(managed)


def test_a_member_is_reached_from_the_management_account(managed, aws):
    found = session.client(managed, "sts", account_id=MEMBER).get_caller_identity()
    assert found["Account"] == MEMBER
    assert f"/{managed.member_role}/" in found["Arn"].replace("assumed-role", "")
    assert entered(aws) == 2


def test_a_session_is_shared_by_clients_of_the_same_purpose(managed, aws):
    session.client(managed, "organizations")
    session.client(managed, "budgets")
    session.client(managed, "organizations")
    assert entered(aws) == 1


def test_reading_and_changing_use_two_roles(managed, aws):
    reads = session.client(managed, "sts", role=READ).get_caller_identity()["Arn"]
    changes = session.client(managed, "sts", role=OPERATE).get_caller_identity()["Arn"]
    assert (managed.read_role in reads, managed.operate_role in changes) == (True, True)


def test_cloudtrail_tells_in_whose_name_a_call_was_made(managed, aws):
    with by_hand():
        organizations.tag(managed, managed.management_account_id, {"a": "b"})
    line = aws.ledger("TagResource")[0]
    assert (line["session"], line["source_identity"]) == ("portal-test", "portal-test")
    assert line["role_arn"].endswith(f"/{managed.operate_role}")
    assert "governance-portal" in line["user_agent"]


@pytest.mark.parametrize(
    ("marker", "name"),
    [
        ("yamada.taro@example.com-run7", "portal-yamada.taro@example.com-run7"),
        ("山田 太郎-run7", "portal-------run7"),
        ("a/b:c\nd", "portal-a-b-c-d"),
        ("", "portal-5"),
        ("x" * 100, "portal-" + "x" * 57),
    ],
)
def test_a_session_name_is_one_that_aws_accepts(marker, name):
    acting = Acting(actor_id=5, actor_name="x", reason="x", marker=marker)
    assert acting.session_name() == name


def test_an_expired_session_is_thrown_away_and_the_next_call_has_a_new_one(managed, aws):
    organizations.organization(managed)
    aws.expire_sessions()
    with pytest.raises(Busy):
        organizations.organization(managed)
    assert organizations.organization(managed).id
    assert entered(aws) == 2


def test_a_member_session_that_expired_is_entered_anew_all_the_way(managed, aws):
    session.client(managed, "sts", account_id=MEMBER)
    aws.expire_sessions()
    with pytest.raises(Busy):
        _ask(managed)
    assert _ask(managed) == MEMBER


def _ask(connection: Connection) -> str:
    with session.errors.our_words("sts:GetCallerIdentity"):
        client = session.client(connection, "sts", account_id=MEMBER)
        return client.get_caller_identity()["Account"]


def test_expired_credentials_of_the_portal_itself_are_read_anew(managed, aws):
    aws.fault("expired_token", operation="AssumeRole", times=1)
    before = session._own_session()
    with pytest.raises(Busy):
        session.whoami(managed)
    assert session.whoami(managed) == demo_data.MANAGEMENT_ID
    assert session._own_session() is not before


def test_sessions_are_renewed_before_they_end(managed, aws, monkeypatch):
    moment = 1_800_000_000.0
    monkeypatch.setattr(session.time, "time", lambda: moment)
    session.client(managed, "organizations")
    monkeypatch.setattr(session.time, "time", lambda: moment + session.RENEWED_EVERY)
    session.client(managed, "organizations")
    assert entered(aws) == 2
    assert len(session._sessions) == len(session._clients) == 1


def test_an_account_outside_the_organisation_can_not_be_entered(managed):
    with pytest.raises((NotAllowed, NotThere)):
        session.client(managed, "sts", account_id="999999999999")
