"""The tree of the organisation, as each role sees it."""

import pytest
from django.urls import reverse

from accounts.models import OrganisationChange, OrganizationalUnit
from accounts.selectors import tree
from portal.sync.models import SyncRun
from tests import factories

TREE = "/accounts/"


@pytest.fixture
def forest(db):
    """Root(1) above Shop(2) above Live(3), and Empty(0) below the root."""
    connection = factories.ConnectionFactory(name="Hoshizora")
    root = factories.OUFactory(connection=connection, ou_id="r-root", name="Root")
    shop = factories.OUFactory(connection=connection, parent=root, name="Shop")
    live = factories.OUFactory(connection=connection, parent=shop, name="Live")
    factories.OUFactory(connection=connection, parent=root, name="Empty")
    factories.AccountFactory(ou=root, is_management=True, name="management")
    factories.AccountFactory.create_batch(2, ou=shop)
    factories.AccountFactory.create_batch(3, ou=live)
    return connection


def ou(name: str) -> OrganizationalUnit:
    return OrganizationalUnit.objects.get(name=name)


def test_each_ou_counts_its_own_accounts_and_those_below(forest, ccoe):
    lines = {line.name: (line.depth, line.own, line.total) for line in tree.branches(ccoe, forest)}
    assert lines == {
        "Root": (0, 1, 6),
        "Empty": (1, 0, 0),
        "Shop": (1, 2, 5),
        "Live": (2, 3, 3),
    }


def test_brothers_come_by_name_and_children_behind_their_parent(forest, ccoe):
    assert [line.name for line in tree.branches(ccoe, forest)] == ["Root", "Empty", "Shop", "Live"]


def test_a_developer_sees_all_ous_but_counts_only_own_accounts(forest, developer):
    factories.AccountFactory(ou=ou("Live"), owner=developer)
    lines = {line.name: line.total for line in tree.branches(developer, forest)}
    assert lines == {"Root": 1, "Empty": 0, "Shop": 1, "Live": 1}


def test_a_role_on_an_ou_sees_its_subtree_and_the_way_up(forest):
    bound = factories.person("bound", role="ccoe", target=ou("Shop").ou_id)
    lines = {line.name: line.total for line in tree.branches(bound, forest)}
    assert lines == {"Root": 5, "Shop": 5, "Live": 3}


def test_the_tree_takes_two_queries(forest, ccoe, django_assert_num_queries):
    ccoe.bindings()
    with django_assert_num_queries(2):
        tree.branches(ccoe, forest)


def test_a_large_level_is_left_out_and_loaded_when_opened(forest, ccoe, monkeypatch, client_of):
    monkeypatch.setattr(tree, "LINES_AT_ONCE", 3)
    lines = {line.name: line.is_cut for line in tree.branches(ccoe, forest)}
    assert lines == {"Root": False, "Empty": False, "Shop": True}
    branch = client_of(ccoe).get(reverse("accounts:ou-branch", args=[ou("Shop").ou_id]))
    assert "Live" in branch.content.decode()


def test_every_branch_that_is_opened_is_closed(forest, ccoe, client_of):
    page = client_of(ccoe).get(TREE).content.decode()
    assert page.count("<details") == page.count("</details>")
    assert page.count("<div") == page.count("</div>")


def test_the_page_has_a_pinned_number_of_queries(
    forest, ccoe, client_of, django_assert_num_queries
):
    client = client_of(ccoe)
    client.get(TREE)
    with django_assert_num_queries(13):
        client.get(TREE)


def test_accounts_of_an_ou_come_when_it_is_opened(forest, ccoe, client_of):
    page = client_of(ccoe).get(reverse("accounts:ou-accounts", args=["r-root"])).content.decode()
    assert "management" in page
    assert "Management account" in page


def test_a_developer_opens_an_ou_and_sees_only_own_accounts(forest, developer, client_of):
    own = factories.AccountFactory(ou=ou("Live"), owner=developer, name="mine")
    url = reverse("accounts:ou-accounts", args=[ou("Live").ou_id])
    page = client_of(developer).get(url).content.decode()
    assert own.account_id in page
    assert page.count("account-line-side") == 1


def test_a_search_finds_ous_and_accounts_by_id_and_email(forest, ccoe, client_of):
    account = factories.AccountFactory(ou=ou("Live"), name="needle", email="hay@example.com")
    client = client_of(ccoe)
    assert "needle" in client.get(TREE, {"q": account.account_id}).content.decode()
    assert "needle" in client.get(TREE, {"q": "hay@"}).content.decode()
    assert ou("Live").ou_id in client.get(TREE, {"q": "live"}).content.decode()


def test_a_developer_does_not_find_accounts_of_others(forest, developer, client_of):
    factories.AccountFactory(ou=ou("Live"), name="needle")
    page = client_of(developer).get(TREE, {"q": "needle"}).content.decode()
    assert "Nothing in this organisation is called that" in page


def test_another_organisation_is_chosen_by_the_url(forest, ccoe, client_of):
    other = factories.ConnectionFactory(name="Verification", organization_id="o-other")
    page = client_of(ccoe).get(TREE, {"organisation": other.pk}).content.decode()
    assert "This organisation has not been read yet" in page


def test_an_organisation_that_does_not_exist_is_404(forest, ccoe, client_of):
    assert client_of(ccoe).get(TREE, {"organisation": "999999"}).status_code == 404


def test_without_an_organisation_the_page_says_so(ccoe, client_of):
    assert "No organisation is connected" in client_of(ccoe).get(TREE).content.decode()


def test_the_page_says_that_the_last_reading_was_partial(forest, ccoe, client_of):
    SyncRun.objects.create(source="organisation", connection=forest, status="partial")
    assert "the last reading did not finish" in client_of(ccoe).get(TREE).content.decode()


def test_what_changed_shows_before_and_after(forest, ccoe, client_of):
    moved = factories.AccountFactory(ou=ou("Live"), name="mover")
    OrganisationChange.objects.create(
        connection=forest,
        account=moved,
        kind="account_moved",
        before={"ou": "Shop"},
        after={"ou": "Live"},
    )
    page = client_of(ccoe).get(TREE).content.decode()
    assert "OU: Shop → Live" in page


def test_changes_of_accounts_of_others_are_not_shown(forest, developer, client_of):
    OrganisationChange.objects.create(
        connection=forest,
        account=factories.AccountFactory(ou=ou("Live"), name="secret"),
        kind="account_added",
    )
    assert "secret" not in client_of(developer).get(TREE).content.decode()
    assert "secret" not in client_of(developer).get("/accounts/changes/").content.decode()


def test_reading_aws_now_asks_a_worker(
    forest, ccoe, client_of, messages, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(ccoe).post(reverse("accounts:sync", args=[forest.pk]))
    assert answer.status_code == 302
    assert messages == [("accounts.sync_organisation", (forest.pk,))]


def test_a_developer_may_not_ask_for_a_reading(forest, developer, client_of, messages):
    assert client_of(developer).post(reverse("accounts:sync", args=[forest.pk])).status_code == 403
    assert messages == []


def test_reading_aws_is_never_started_by_a_link(forest, ccoe, client_of, messages):
    assert client_of(ccoe).get(reverse("accounts:sync", args=[forest.pk])).status_code == 405
    assert messages == []
