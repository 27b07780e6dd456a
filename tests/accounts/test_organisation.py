"""Organisation sync against the local AWS."""

import pytest

from accounts.models import Account, DelegatedAdministrator, OrganisationChange, OrganizationalUnit
from accounts.services.organisation import sync
from portal.aws.session import OPERATE, client
from portal.local import demo_data
from portal.sync.models import SyncRun
from tests import factories
from tests.acting import by_hand

pytestmark = pytest.mark.django_db


def test_all_accounts_and_ous_arrive_in_their_places(organisation):
    names = {f"{a.ou.path.count('/')}:{a.name}" for a in Account.objects.select_related("ou")}
    assert len(names) == len(demo_data.ACCOUNTS)
    ledger = Account.objects.get(name="ledger-production")
    assert ledger.ou.name == "Production"
    assert ledger.ou.parent.name == "Payments"
    assert ledger.ou.path.endswith(f"/{ledger.ou.ou_id}/")


def test_tags_environment_and_cost_centre_are_read(organisation):
    account = Account.objects.get(name="ledger-production")
    assert account.environment == "production"
    assert account.cost_centre == "CC-1100"
    assert account.tags["workload"] == "ledger"


def test_a_second_pass_writes_nothing(organisation):
    again = sync(organisation)
    assert (again.status, again.added, again.changed, again.gone) == ("complete", 0, 0, 0)
    assert not OrganisationChange.objects.exists()


def test_delegated_administrators_are_known(organisation):
    assert DelegatedAdministrator.objects.filter(account__name="audit").exists()


def test_a_moved_account_gets_a_placement_history(organisation):
    account = Account.objects.get(name="ledger-production")
    target = OrganizationalUnit.objects.get(name="Suspended")
    with by_hand():
        client(organisation, "organizations", role=OPERATE).move_account(
            AccountId=account.account_id,
            SourceParentId=account.ou.ou_id,
            DestinationParentId=target.ou_id,
        )
    sync(organisation)
    assert account.placements.count() == 2
    assert account.placements.get(during__endswith__isnull=True).ou == target
    change = OrganisationChange.objects.get(kind="account_moved")
    assert (change.before["ou"], change.after["ou"]) == ("Production", "Suspended")


def test_a_partial_pass_removes_nothing(organisation, aws):
    aws.fault("error", service="organizations", operation="ListAccounts", code="InternalFailure",
              status=500, skip=1)  # fmt: skip
    partial = sync(organisation)
    assert partial.status == SyncRun.Status.PARTIAL
    assert not Account.objects.filter(gone_at__isnull=False).exists()
    assert not Account.objects.filter(missed_at__isnull=False).exists()


def test_an_account_is_gone_only_when_two_complete_passes_miss_it(organisation):
    ghost = factories.AccountFactory(
        ou=OrganizationalUnit.objects.get(name="Sandbox"), name="ghost"
    )
    sync(organisation)
    ghost.refresh_from_db()
    assert ghost.missed_at is not None
    assert ghost.gone_at is None
    sync(organisation)
    ghost.refresh_from_db()
    assert ghost.gone_at is not None
    assert OrganisationChange.objects.filter(kind="account_gone", account=ghost).exists()


def test_an_empty_page_with_a_token_does_not_end_the_list(organisation, aws):
    aws.fault("empty_page", service="organizations", operation="ListAccounts", times=1)
    assert sync(organisation).status == SyncRun.Status.COMPLETE
    assert not Account.objects.filter(missed_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_a_failed_pass_is_visible(organisation, aws):
    aws.fault("access_denied", service="organizations", operation="DescribeOrganization")
    with pytest.raises(Exception, match="AccessDenied"):
        sync(organisation)
    assert SyncRun.objects.first().status == SyncRun.Status.FAILED
    assert "AccessDenied" in SyncRun.objects.first().error


def test_a_tag_on_an_ou_is_read_and_noted_as_a_change(organisation):
    ou = OrganizationalUnit.objects.get(name="Suspended")
    with by_hand():
        client(organisation, "organizations", role=OPERATE).tag_resource(
            ResourceId=ou.ou_id, Tags=[{"Key": "purpose", "Value": "waiting to be closed"}]
        )
    sync(organisation)
    ou.refresh_from_db()
    assert ou.tags["purpose"] == "waiting to be closed"
    assert OrganisationChange.objects.get(kind="ou_changed").after["tags"] == {
        "purpose": "waiting to be closed"
    }
