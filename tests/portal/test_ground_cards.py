"""Home cards, menu entries and search hits of the ground: who gets which, and none is broken."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AccountRequest
from accounts.plans import VEND
from portal import cards, search
from portal.approvals.models import Approval
from portal.audit.record import record
from portal.flow import runs
from portal.flow.models import Run
from portal.permissions import Role
from portal.sync.models import SyncRun
from portal.ui.cards import cards_for
from portal.ui.menu import entries_for
from tests import factories

pytestmark = pytest.mark.django_db
GROUND = {
    "developer": ["portal-runs-under-way", "portal-stopped-runs"],
    "ccoe": [
        "portal-aws-changes",
        "portal-rule-changes",
        "portal-runs-under-way",
        "portal-stopped-runs",
        "portal-stale-data",
    ],
    "finance": ["portal-stale-data"],
    "security": [
        "portal-aws-changes",
        "portal-role-changes",
        "portal-failed-sign-ins",
        "portal-stopped-runs",
        "portal-stale-data",
    ],
    "auditor": [
        "portal-last-proof",
        "portal-audit-today",
        "portal-role-changes",
        "portal-rule-changes",
    ],
    "admin": [
        "portal-people-without-role",
        "portal-role-changes",
        "portal-failed-sign-ins",
        "portal-stale-data",
    ],
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_its_cards_in_order(role, cast):
    keys = [card.key for card in cards_for(cast[role]) if card.key.startswith("portal-")]
    assert keys == GROUND[role]


@pytest.mark.parametrize(("role", "key"), [(r, key) for r, keys in GROUND.items() for key in keys])
def test_no_card_is_broken(role, key, cast, connection):
    card = next(card for card in cards_for(cast[role]) if card.key == key)
    assert card.load(cast[role])


def test_nobody_without_a_role_gets_cards_of_the_ground(nobody):
    assert [card.key for card in cards_for(nobody) if card.key.startswith("portal-")] == []


def stopped_run(owner, connection) -> Run:
    approval = Approval.objects.create(kind="account_request", title="x", requested_by=owner)
    run = runs.start(VEND, actor=owner, title="Make account x", reason="x", approval=approval)
    Run.objects.filter(pk=run.pk).update(status="failed")
    factories.RequestFactory(
        requester=owner,
        status=AccountRequest.Status.APPROVED,
        approval=approval,
        run=run,
        **factories.wish(owner, connection),
    )
    return run


def test_a_developer_hears_of_own_stuck_runs_only(developer, other_developer, connection):
    stopped_run(other_developer, connection)
    assert cards.stopped_runs(developer).lines == []
    assert len(cards.stopped_runs(other_developer).lines) == 1


def test_people_without_a_role_are_counted_once_and_only_when_they_can_sign_in(admin, nobody):
    gone = factories.person("gone")
    gone.is_active = False
    gone.save()
    assert cards.people_without_role(admin).value == 1


def test_failed_sign_ins_of_yesterday_do_not_count(security, developer):
    record(actor=developer, action="sign_in_failed")
    assert cards.failed_sign_ins(security).value == 1
    assert cards.events_today("sign_in").count() == 0


def test_stale_data_is_told_per_connection(ccoe, connection):
    SyncRun.objects.create(
        source="organisation", connection=connection, status="complete", ended_at=timezone.now()
    )
    assert cards.stale_data(ccoe).lines == []
    SyncRun.objects.update(started_at=timezone.now() - timedelta(hours=3))
    assert [line.badge for line in cards.stale_data(ccoe).lines] == ["stale"]


def test_the_last_proof_says_when_the_log_was_broken(auditor):
    assert cards.last_proof(auditor).tone == "warning"
    record(actor=auditor, action="audit_verify", facts={"events": 3, "fault": {"seq": 2}})
    assert cards.last_proof(auditor).tone == "danger"


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("developer", {"run-list", "data-list"}),
        ("finance", {"rule-list", "data-list"}),
        ("auditor", {"run-list", "rule-list", "audit-list", "data-list", "person-list"}),
    ],
)
def test_the_menu_leads_only_where_one_may_go(role, names, cast):
    ground = {"run-list", "rule-list", "audit-list", "data-list", "person-list"}
    assert {entry.url_name for entry in entries_for(cast[role])} & ground == names


def test_search_finds_people_and_runs(ccoe, developer, connection):
    run = stopped_run(developer, connection)
    assert [hit.title for hit in search.people(ccoe, "dev@")] == [developer.name]
    assert [hit.href for hit in search.runs(ccoe, "account x")] == [f"/runs/{run.pk}/"]


def test_search_finds_no_runs_of_others(other_developer, developer, connection):
    stopped_run(developer, connection)
    assert search.runs(other_developer, "account x") == []
