"""The commands with which a portal begins: its first administrator and its organisation."""

import io

import pytest
from django.core.management import CommandError, call_command

from portal.audit.models import AuditEvent
from portal.aws.models import Connection
from portal.local import demo_data
from portal.people.models import User
from portal.permissions import Action, may

PASSWORD = "correct horse battery staple"


@pytest.fixture
def piped(monkeypatch):
    """Gives the command a password as a pipe does."""

    def pipe(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))

    return pipe


def create_person(*more):
    call_command("create_person", "kim", "kim@example.org", *more, stdout=io.StringIO())


def connect(**changes):
    options = {
        "external_id": demo_data.EXTERNAL_ID,
        "governed_regions": ["us-east-1"],
        "email_pattern": "aws+{name}@example.org",
        "contact_email": "cloud@example.org",
        "contact_phone": "+81-3-5555-0100",
    }
    arguments = ["Example", demo_data.MANAGEMENT_ID]
    call_command("connect_organisation", *arguments, **options | changes, stdout=io.StringIO())


def test_the_first_administrator_can_sign_in_and_manage_people(db, piped):
    piped(PASSWORD)
    create_person("--role", "admin")
    kim = User.objects.get(username="kim")
    assert kim.check_password(PASSWORD)
    assert may(kim, Action.PEOPLE_MANAGE)


def test_adding_a_person_is_in_the_audit_log_without_the_password(db, piped):
    piped(PASSWORD)
    create_person("--role", "admin")
    event = AuditEvent.objects.get(action="person_create")
    assert event.target_label == "kim"
    assert PASSWORD not in str(event.body())


def test_a_weak_password_adds_nobody(db, piped):
    piped("password")
    with pytest.raises(CommandError, match="too short"):
        create_person("--role", "admin")
    assert not User.objects.filter(username="kim").exists()


def test_a_role_cannot_hold_at_a_place_that_cannot_be(db, piped):
    piped(PASSWORD)
    with pytest.raises(CommandError, match="Enter an organisation"):
        create_person("--role", "ccoe", "--where", "Workloads/Payments")


def test_a_new_connection_only_observes(db, aws):
    connect()
    assert Connection.objects.get(name="Example").mode == Connection.Mode.OBSERVE


def test_connecting_with_a_wrong_external_id_saves_nothing(db, aws):
    with pytest.raises(CommandError, match="AWS did not let the portal in"):
        connect(external_id="somebody-elses-id")
    assert not Connection.objects.exists()


def test_connecting_again_changes_the_mode_and_says_so_in_the_audit_log(db, aws):
    connect()
    connect(mode="manage")
    assert Connection.objects.get().mode == Connection.Mode.MANAGE
    assert AuditEvent.objects.get(action="connection_change").facts["mode"] == "manage"


def test_the_external_id_is_not_in_the_audit_log(db, aws):
    connect()
    event = AuditEvent.objects.get(action="connection_create")
    assert demo_data.EXTERNAL_ID not in str(event.body())


def test_an_e_mail_pattern_that_gives_every_account_the_same_address_is_refused(db, aws):
    with pytest.raises(CommandError, match="has its own"):
        connect(email_pattern="aws@example.org")
