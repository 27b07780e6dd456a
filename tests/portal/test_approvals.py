"""Approvals: who may say what on what, when it counts, and that of two at once one wins."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import AccountRequest
from accounts.services import requests
from portal.approvals import services as approvals
from portal.approvals.kinds import KINDS
from portal.approvals.models import Approval, Decision, Rule
from portal.approvals.standing import NoLongerStands, require_standing
from portal.audit.models import AuditEvent
from portal.aws.models import AwsCall
from portal.errors import Conflict, Forbidden, Invalid
from portal.flow import runner
from portal.flow.models import Run
from portal.people.models import RoleBinding, User
from tests import factories

KIND = KINDS["account_request"]
NUMBERS = count()


def ask(person: User, connection, **more) -> AccountRequest:
    """A submitted request under a name of its own."""
    fields = factories.wish(person, connection, **{"workload": f"work{next(NUMBERS)}", **more})
    return requests.submit(requests.start_draft(actor=person, **fields), actor=person)


def decide(
    request: AccountRequest, actor: User, verdict: str = "yes", reason: str = ""
) -> Approval:
    approval = Approval.objects.get(pk=request.approval_id)
    return approvals.decide(
        approval, actor=actor, verdict=verdict, seen_hash=approval.content_hash, reason=reason
    )


def rule(position: int = 0, *, outcome: str = "ask", conditions=(), steps=()) -> Rule:
    made = Rule.objects.create(
        kind=KIND.key, position=position, name=f"rule {next(NUMBERS)}", outcome=outcome,
        reason="Because we said so.",
    )  # fmt: skip
    for fact, operator, value in conditions:
        made.conditions.create(fact=fact, operator=operator, value=value)
    for place, (role, people) in enumerate(steps):
        made.steps.create(position=place, role=role, count=people)
    return made


@pytest.fixture
def asked(developer, connection) -> AccountRequest:
    return ask(developer, connection)


@pytest.fixture
def own(connection, team) -> tuple[User, AccountRequest]:
    """A member of the CCoE with a request of their own."""
    person = factories.person("both", role="ccoe", team=team)
    return person, ask(person, connection)


# --- who may say what


def test_nobody_approves_their_own_request(own):
    person, request = own
    with pytest.raises(Forbidden):
        decide(request, person)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("role", ["developer", "finance", "security", "auditor", "admin"])
def test_only_the_role_that_was_asked_decides(asked, cast, role):
    with pytest.raises(Forbidden):
        decide(asked, cast[role])
    asked.approval.refresh_from_db()
    assert asked.approval.is_pending


def test_a_role_held_elsewhere_does_not_count_here(asked, db):
    person = factories.person("elsewhere", role="finance")
    RoleBinding.objects.create(user=person, role="ccoe", target="ou-else-12345678")
    with pytest.raises(Forbidden):
        decide(asked, person)


def test_a_role_on_the_ou_of_the_account_counts(asked, db):
    person = factories.person("here", role="ccoe", target=asked.ou.ou_id)
    assert decide(asked, person).status == Approval.Status.APPROVED


def test_one_yes_starts_one_run(asked, ccoe):
    decide(asked, ccoe)
    asked.refresh_from_db()
    assert (asked.status, Run.objects.count()) == ("approved", 1)


def test_two_steps_need_two_people(developer, connection, ccoe, other_ccoe):
    rule(steps=[("ccoe", 1), ("ccoe", 1)])
    request = ask(developer, connection)
    assert decide(request, ccoe).is_pending
    with pytest.raises(Conflict):
        decide(request, ccoe)
    assert decide(request, other_ccoe).status == Approval.Status.APPROVED


def test_two_roles_of_one_person_are_one_person(developer, connection, ccoe, finance):
    RoleBinding.objects.create(user=ccoe, role="finance")
    rule(steps=[("ccoe", 1), ("finance", 1)])
    request = ask(developer, connection)
    assert decide(request, ccoe).is_pending
    with pytest.raises(Conflict):
        decide(request, ccoe)
    assert decide(request, finance).status == Approval.Status.APPROVED


def test_a_step_that_is_met_shows_no_buttons_to_its_role(
    developer, connection, ccoe, other_ccoe, finance
):
    rule(steps=[("ccoe", 1), ("finance", 1)])
    request = ask(developer, connection)
    approval = decide(request, ccoe)
    assert not approvals.may_decide_now(approval, request, other_ccoe)
    assert approvals.may_decide_now(approval, request, finance)


# --- on what


def test_a_word_on_other_content_than_the_present_is_refused(asked, ccoe):
    with pytest.raises(Conflict):
        approvals.decide(asked.approval, actor=ccoe, verdict="yes", seen_hash="0" * 64)
    assert not Decision.objects.exists()


def test_content_changed_behind_the_services_is_noticed(asked, ccoe):
    AccountRequest.objects.filter(pk=asked.pk).update(budget_usd=99999)
    with pytest.raises(Conflict):
        decide(asked, ccoe)


def test_an_edit_voids_what_was_said_before(developer, connection, ccoe, other_ccoe):
    rule(steps=[("ccoe", 2)])
    request = ask(developer, connection)
    decide(request, ccoe)
    requests.edit(request, actor=developer, purpose="Something else than what was read.")
    assert decide(request, other_ccoe).is_pending
    assert decide(request, ccoe).status == Approval.Status.APPROVED


def test_who_has_decided_may_decide_again_when_an_edit_is_taken_back(
    developer, connection, ccoe, other_ccoe
):
    rule(steps=[("ccoe", 2)])
    request = ask(developer, connection)
    decide(request, ccoe)
    requests.edit(request, actor=developer, network="internet")
    requests.edit(request, actor=developer, network="none")
    assert decide(request, ccoe).is_pending
    assert decide(request, other_ccoe).status == Approval.Status.APPROVED


def test_the_same_person_can_not_decide_twice(asked, ccoe):
    decide(asked, ccoe)
    with pytest.raises(Conflict):
        decide(asked, ccoe, "no", "Changed my mind.")
    assert Decision.objects.count() == 1


def test_a_decided_request_takes_no_second_word(asked, ccoe, other_ccoe):
    decide(asked, ccoe, "no", "Too large.")
    with pytest.raises(Conflict):
        decide(asked, other_ccoe)
    asked.refresh_from_db()
    assert asked.status == "rejected"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_no_needs_a_reason(asked, ccoe, reason):
    with pytest.raises(Invalid):
        decide(asked, ccoe, "no", reason)
    assert not Decision.objects.exists()


def test_a_withdrawn_request_can_not_be_approved(asked, developer, ccoe):
    requests.withdraw(asked, actor=developer)
    with pytest.raises(Conflict):
        decide(asked, ccoe)


def test_each_word_is_in_the_audit_log_with_its_content(asked, ccoe):
    decide(asked, ccoe, "no", "Too large.")
    event = AuditEvent.objects.get(action="decide_no")
    assert (event.actor, event.reason) == (ccoe, "Too large.")
    assert event.facts["content"] == asked.approval.content_hash


# --- rules


def test_the_first_rule_that_fits_speaks(developer, connection):
    small = rule(1, conditions=[("budget_usd", "at_most", "500")])
    rule(2, conditions=[("environment", "in", "sandbox")])
    assert ask(developer, connection).approval.rule == small


def test_a_rule_that_is_off_or_does_not_fit_is_passed_over(developer, connection):
    rule(0, conditions=[("budget_usd", "more_than", "500")])
    off = rule(1)
    Rule.objects.filter(pk=off.pk).update(is_active=False)
    assert ask(developer, connection).approval.rule is None


@pytest.mark.parametrize("operator", ["at_most", "more_than"])
def test_what_is_not_known_fits_no_condition(developer, connection, operator):
    rule(conditions=[("lifetime_days", operator, "10")])
    request = ask(developer, connection, environment="test", expires_on=None)
    assert request.approval.rule is None


def test_a_condition_on_a_fact_that_is_gone_fits_nothing(developer, connection):
    rule(outcome="approve", conditions=[("moon_phase", "in", "full")])
    assert ask(developer, connection).approval.is_pending


def test_without_a_rule_one_person_of_the_ccoe_decides(asked):
    assert [(s.role, s.count) for s in asked.approval.asked()] == [("ccoe", 1)]
    assert asked.approval.rule_reason


def test_a_rule_that_asks_without_steps_asks_the_ccoe(developer, connection):
    rule()
    assert [s.role for s in ask(developer, connection).approval.asked()] == ["ccoe"]


def test_a_rule_approves_at_once_and_its_reason_is_kept(developer, connection):
    rule(outcome="approve", conditions=[("environment", "in", "sandbox")])
    request = ask(developer, connection)
    assert (request.status, request.approval.by_rule) == ("approved", True)
    event = AuditEvent.objects.get(action="approve")
    assert (event.actor.is_system, event.reason) == (True, "Because we said so.")
    assert request.run.reason == "Because we said so."


def test_an_edit_can_bring_a_request_under_a_rule_that_approves(developer, connection):
    rule(outcome="approve", conditions=[("budget_usd", "at_most", "50")])
    request = ask(developer, connection)
    assert requests.edit(request, actor=developer, budget_usd=50).status == "approved"


def test_accounts_that_are_on_their_way_count_as_the_teams(developer, connection):
    rule(outcome="approve", conditions=[("team_accounts", "at_most", "1")])
    statuses = [ask(developer, connection).status for _turn in range(3)]
    assert statuses == ["approved", "approved", "submitted"]


# --- does it still stand


def late(request: AccountRequest) -> None:
    Approval.objects.filter(pk=request.approval_id).update(
        valid_until=timezone.now() - timedelta(seconds=1)
    )


def begun(request: AccountRequest) -> None:
    AwsCall.objects.create(
        connection=request.connection, account_id="1" * 12, region="us-east-1", service="x",
        operation="CreateAccount", run=request.run, actor=request.requester,
        approval=request.approval,
    )  # fmt: skip


@pytest.fixture
def approved(asked, ccoe) -> AccountRequest:
    decide(asked, ccoe)
    asked.refresh_from_db()
    return asked


@pytest.mark.parametrize("closed", [0, 1])
def test_an_approval_that_came_too_long_ago_is_not_carried_out(approved, closed):
    late(approved)
    for _turn in range(closed):
        assert approvals.expire_due() == 1
    Run.objects.update(due_at=timezone.now() - timedelta(days=1))
    runner.advance(approved.run.pk)
    approved.run.refresh_from_db()
    assert approved.run.status == Run.Status.FAILED
    assert "not carried out in time" in approved.run.last_error


def test_an_approval_that_is_being_carried_out_does_not_expire(approved):
    begun(approved)
    late(approved)
    assert approvals.expire_due() == 0
    require_standing(approved.approval_id)
    assert Approval.objects.get(pk=approved.approval_id).status == Approval.Status.APPROVED


def test_an_approval_stands_only_while_its_decider_could_decide(approved, ccoe):
    require_standing(approved.approval_id)
    User.objects.filter(pk=ccoe.pk).update(is_active=False)
    with pytest.raises(NoLongerStands):
        require_standing(approved.approval_id)


def test_somebody_else_can_confirm_what_a_lost_role_left_open(approved, ccoe, other_ccoe):
    RoleBinding.objects.filter(user=ccoe).delete()
    decide(approved, other_ccoe)
    require_standing(approved.approval_id)
    assert Run.objects.count() == 1


def test_an_approval_by_rule_stands_without_people(developer, connection):
    made = rule(outcome="approve")
    request = ask(developer, connection)
    made.delete()
    require_standing(request.approval_id)


# --- two at once: whoever comes second finds it decided

ROUNDS = 40


def race(*rivals: Callable[[], object]) -> list[str]:
    """What came of each: "done" or the name of its error. All start at the same instant."""
    start = Barrier(len(rivals))

    def run(rival: Callable[[], object]) -> str:
        try:
            start.wait(10)
            rival()
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(rivals)) as pool:
        return list(pool.map(run, rivals))


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


RIVALS = {
    "two yeses": lambda r, a, b, _dev: (lambda: decide(r, a), lambda: decide(r, b)),
    "double click": lambda r, a, _b, _dev: (lambda: decide(r, a), lambda: decide(r, a)),
    "yes and no": lambda r, a, b, _dev: (lambda: decide(r, a), lambda: decide(r, b, "no", "No.")),
    "yes and withdraw": lambda r, a, _b, dev: (
        lambda: decide(r, a), lambda: requests.withdraw(r, actor=dev),
    ),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rivals", RIVALS.values(), ids=RIVALS)
def test_of_two_at_once_exactly_one_has_its_way(developer, connection, ccoe, other_ccoe, rivals):
    outcomes: Counter[tuple[str, ...]] = Counter()
    for _round in range(ROUNDS):
        request = ask(developer, connection)
        outcomes[tuple(sorted(race(*rivals(request, ccoe, other_ccoe, developer))))] += 1
    assert outcomes == {("Conflict", "done"): ROUNDS}
    assert Decision.objects.count() <= ROUNDS
    assert AccountRequest.objects.filter(status="approved").count() == Run.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_yes_and_an_edit_at_once_never_approve_what_was_not_read(developer, connection, ccoe):
    outcomes = Counter()
    for _round in range(ROUNDS):
        request = ask(developer, connection)
        seen = request.approval.content_hash
        outcomes[tuple(race(
            lambda seen=seen, request=request: approvals.decide(
                request.approval, actor=ccoe, verdict="yes", seen_hash=seen
            ),
            lambda request=request: requests.edit(request, actor=developer, budget_usd=4000),
        ))] += 1  # fmt: skip
    assert set(outcomes) <= {("done", "Conflict"), ("Conflict", "done")}
    approved = AccountRequest.objects.filter(status="approved")
    assert not approved.filter(budget_usd=4000).exists()
    assert Run.objects.count() == approved.count()


@pytest.mark.django_db
def test_steps_are_asked_one_after_the_other(developer, ccoe, finance, connection):
    rule = Rule.objects.create(
        kind="account_request", position=1, name="Large", reason="Large.", outcome="ask"
    )
    rule.steps.create(position=0, role="ccoe", count=1, hours=24)
    rule.steps.create(position=1, role="finance", count=1, hours=24)
    draft = requests.start_draft(actor=developer, **factories.wish(developer, connection))
    asked = requests.submit(draft, actor=developer)
    seen = asked.approval.content_hash
    assert not approvals.may_decide_now(asked.approval, asked, finance)
    with pytest.raises(Forbidden):
        approvals.decide(asked.approval, actor=finance, verdict="yes", seen_hash=seen)
    approvals.decide(asked.approval, actor=ccoe, verdict="yes", seen_hash=seen)
    assert approvals.may_decide_now(asked.approval, asked, finance)
