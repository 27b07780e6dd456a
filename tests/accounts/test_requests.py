"""Requests: who may do what with whose, what may be set, and which names are chosen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import AccountRequest
from accounts.services import requests
from portal.approvals import services as approvals
from portal.approvals.models import Approval
from portal.audit.models import AuditEvent
from portal.errors import Conflict, Forbidden, Invalid, Missing, PortalError
from portal.flow import runs
from portal.flow.models import Run
from portal.people.models import Membership, User
from tests import factories

pytestmark = pytest.mark.django_db
ROLES = ["developer", "ccoe", "finance", "security", "auditor", "admin"]


@pytest.fixture
def draft(developer, connection) -> AccountRequest:
    return requests.start_draft(actor=developer, **factories.wish(developer, connection))


@pytest.fixture
def asked(draft, developer) -> AccountRequest:
    return requests.submit(draft, actor=developer)


def yes(request: AccountRequest, actor: User) -> None:
    approval = Approval.objects.get(pk=request.approval_id)
    approvals.decide(approval, actor=actor, verdict="yes", seen_hash=approval.content_hash)
    request.refresh_from_db()


def outcome(work, *args, **more) -> str:
    try:
        work(*args, **more)
    except PortalError as error:
        return type(error).__name__
    return "done"


# --- who may do what


@pytest.mark.parametrize("role", ROLES)
def test_developers_and_the_ccoe_ask_for_accounts(role, cast):
    wanted = "done" if role in ("developer", "ccoe") else "Forbidden"
    assert outcome(requests.start_draft, actor=cast[role]) == wanted


def test_somebody_without_a_role_asks_for_nothing(nobody):
    assert outcome(requests.start_draft, actor=nobody) == "Forbidden"


CHANGES = {
    "save": lambda request, actor: requests.save_draft(request, actor=actor, workload="x"),
    "delete": lambda request, actor: requests.delete_draft(request, actor=actor),
    "submit": lambda request, actor: requests.submit(request, actor=actor),
    "edit": lambda request, actor: requests.edit(request, actor=actor, workload="other"),
    "withdraw": lambda request, actor: requests.withdraw(request, actor=actor),
}


@pytest.mark.parametrize("role", ["ccoe", "finance", "security", "auditor", "admin"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nobody_changes_somebody_elses_request(asked, cast, role, change):
    with pytest.raises(Forbidden):
        change(asked, cast[role])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_not_even_a_colleague_of_the_team_changes_it(draft, team, change):
    colleague = factories.person("colleague", role="developer", team=team)
    with pytest.raises(Forbidden):
        change(draft, colleague)


@pytest.mark.parametrize(
    ("role", "wanted"),
    [("developer", "done"), ("ccoe", "done"), ("finance", "done"), ("security", "done"),
     ("auditor", "Forbidden"), ("admin", "Forbidden")],
)  # fmt: skip
def test_who_may_comment(asked, cast, role, wanted):
    assert outcome(requests.comment, asked, actor=cast[role], text="Hello") == wanted


def test_a_stranger_sees_no_request_and_says_nothing(asked, other_developer):
    assert outcome(requests.comment, asked, actor=other_developer, text="Hello") == "Forbidden"
    assert not AccountRequest.objects.visible_to(other_developer).exists()


def test_a_draft_is_private(draft, developer, cast, team):
    colleague = factories.person("colleague", role="developer", team=team)
    others = [cast[role] for role in ROLES if role != "developer"]
    for person in [*others, colleague]:
        assert not AccountRequest.objects.visible_to(person).exists()
    assert AccountRequest.objects.visible_to(developer).get() == draft


def test_nobody_comments_on_a_draft_they_can_not_see(draft, ccoe):
    with pytest.raises(Missing):
        requests.comment(draft, actor=ccoe, text="I saw it.")


def test_somebody_who_was_shut_out_changes_nothing(draft, developer):
    User.objects.filter(pk=developer.pk).update(is_active=False)
    with pytest.raises(Forbidden):
        requests.submit(draft, actor=User.objects.get(pk=developer.pk))


# --- what may be set

GUARDED = [
    "status", "requester", "requester_id", "approval", "run", "ou", "account_name", "email",
    "marker", "account_id", "creation_id", "attempt_started_at", "created_at", "pk", "has_budget",
]  # fmt: skip


@pytest.mark.parametrize("name", GUARDED)
def test_what_services_set_can_not_be_set_by_people(draft, developer, name):
    with pytest.raises(Invalid) as refusal:
        requests.save_draft(draft, actor=developer, **{name: "x"})
    assert name in refusal.value.fields
    with pytest.raises(Invalid):
        requests.start_draft(actor=developer, **{name: "x"})


def test_every_column_is_editable_or_guarded():
    columns = {field.name for field in AccountRequest._meta.concrete_fields}
    rest = columns - set(requests.EDITABLE)
    assert rest == {
        "id", "requester", "status", "created_at", "changed_at", "submitted_at", "delivered_at",
        "ou", "account_name", "email", "marker", "approval", "run", "attempt_started_at",
        "creation_id", "account_id", "baseline_operations", "assignment_id", "has_budget",
    }  # fmt: skip


def test_somebody_elses_team_is_refused(draft, developer):
    with pytest.raises(Invalid) as refusal:
        requests.save_draft(draft, actor=developer, team=factories.TeamFactory())
    assert list(refusal.value.fields) == ["team"]


def test_who_has_left_the_team_can_not_submit_for_it(draft, developer):
    Membership.objects.all().delete()
    with pytest.raises(Invalid) as refusal:
        requests.submit(draft, actor=User.objects.get(pk=developer.pk))
    assert "team" in refusal.value.fields


def test_an_incomplete_draft_is_kept_but_not_submitted(developer):
    draft = requests.start_draft(actor=developer, workload="nul\x00inside")
    assert AccountRequest.objects.get(pk=draft.pk).workload == "nulinside"
    with pytest.raises(Invalid) as refusal:
        requests.submit(draft, actor=developer)
    assert {"purpose", "team", "connection"} <= set(refusal.value.fields)
    draft.refresh_from_db()
    assert draft.is_draft


# --- the way of a request

STATES = ["draft", "submitted", "approved", "rejected", "withdrawn", "delivered", "cancelled"]
ALLOWED = {"save": {"draft"}, "delete": {"draft"}, "submit": {"draft"}, "edit": {"submitted"},
           "withdraw": {"submitted"}}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", CHANGES)
def test_each_step_is_possible_in_its_state_only(asked, developer, name, state):
    AccountRequest.objects.filter(pk=asked.pk).update(status=state, account_id="6" * 12)
    possible = state in ALLOWED[name]
    assert (outcome(CHANGES[name], asked, developer) != "Conflict") is possible


def test_submitting_twice_asks_once(draft, developer):
    requests.submit(draft, actor=developer)
    with pytest.raises(Conflict):
        requests.submit(draft, actor=developer)
    assert Approval.objects.count() == 1


def test_an_edit_that_is_wrong_changes_nothing(asked, developer):
    before = asked.approval.content_hash
    with pytest.raises(Invalid):
        requests.edit(asked, actor=developer, budget_usd=0)
    asked.refresh_from_db()
    assert (asked.budget_usd, asked.approval.content_hash) == (100, before)


def test_each_step_is_in_the_audit_log(asked, developer):
    requests.edit(asked, actor=developer, network="internet")
    requests.comment(asked, actor=developer, text="Please.")
    requests.withdraw(asked, actor=developer, reason="Not needed.")
    actions = AuditEvent.objects.filter(target_kind="accounts.accountrequest").order_by("pk")
    assert [event.action for event in actions] == [
        "request_create", "request_submit", "request_change", "request_comment", "request_withdraw",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_a_comment_says_something_and_not_too_much(asked, developer, text):
    with pytest.raises(Invalid):
        requests.comment(asked, actor=developer, text=text)


def test_a_cancelled_run_cancels_its_request(asked, ccoe, other_ccoe):
    yes(asked, ccoe)
    runs.cancel(asked.run, actor=other_ccoe, reason="Not needed.")
    asked.refresh_from_db()
    assert asked.status == "cancelled"


# --- names


def again(developer, connection, **more) -> AccountRequest:
    draft = requests.start_draft(actor=developer, **factories.wish(developer, connection, **more))
    return requests.submit(draft, actor=developer)


def test_the_names_are_chosen_at_submission(asked):
    assert asked.account_name == "payments-checkout-sandbox"
    assert asked.email == "aws+payments-checkout-sandbox@example.com"
    assert asked.ou.name == "Sandbox"


def test_a_name_that_is_taken_gets_a_number(asked, developer, connection):
    second, third = again(developer, connection), again(developer, connection)
    assert [second.account_name[-2:], third.account_name[-2:]] == ["-2", "-3"]


def test_an_address_is_never_used_again_even_after_a_withdrawal(asked, developer, connection):
    requests.withdraw(asked, actor=developer)
    assert again(developer, connection).email != asked.email


def test_an_edit_keeps_the_names_when_nothing_they_are_made_of_changed(
    asked, developer, connection
):
    second = again(developer, connection)
    edited = requests.edit(second, actor=developer, purpose="Another purpose altogether.")
    assert edited.account_name == "payments-checkout-sandbox-2"


def test_an_edit_of_the_environment_chooses_name_and_ou_anew(asked, developer):
    edited = requests.edit(asked, actor=developer, environment="test", expires_on=None)
    assert (edited.account_name, edited.ou.name) == ("payments-checkout-test", "Test")


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_a_name_each(developer, connection):
    drafts = [requests.start_draft(actor=developer, **factories.wish(developer, connection))
              for _each in range(4)]  # fmt: skip
    start = Barrier(4)

    def submit(draft: AccountRequest) -> str:
        try:
            start.wait(10)
            return requests.submit(draft, actor=User.objects.get(pk=developer.pk)).account_name
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(submit, drafts))
    stem = "payments-checkout-sandbox"
    assert names == {stem, f"{stem}-2", f"{stem}-3", f"{stem}-4"}


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_and_a_cancel_at_once_do_not_wait_for_each_other(
    developer, connection, ccoe, other_ccoe
):
    for number in range(15):
        request = again(developer, connection, workload=f"work{number}")
        yes(request, ccoe)
        Run.objects.filter(pk=request.run_id).update(status="failed")
        User.objects.filter(pk=ccoe.pk).update(is_active=False)
        start = Barrier(2)

        def at_once(work, start=start):
            try:
                start.wait(10)
                return outcome(work)
            finally:
                connections.close_all()

        def cancel(pk=request.run_id):
            runs.cancel(Run.objects.get(pk=pk), actor=other_ccoe, reason="Not needed.")

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(at_once, [lambda r=request: yes(r, other_ccoe), cancel]))
        assert told == ["done", "done"]
        User.objects.filter(pk=ccoe.pk).update(is_active=True)
    assert set(AccountRequest.objects.values_list("status", flat=True)) == {"cancelled"}


def test_two_people_submitting_at_once_is_one_request(draft, developer):
    later = AccountRequest.objects.get(pk=draft.pk)
    requests.submit(draft, actor=developer)
    with pytest.raises(Conflict):
        requests.save_draft(later, actor=developer, workload="late")


def test_the_time_of_submission_is_kept(asked):
    assert timezone.now() - asked.submitted_at < timedelta(minutes=1)
