"""Lists and pages of accounts, OUs and changes."""

from datetime import UTC, datetime

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from accounts.models import DelegatedAdministrator, OrganisationChange, Placement
from portal.ui.search import find_everywhere
from tests import factories

LIST = "/accounts/list/"


@pytest.fixture
def own(connection, developer, team):
    return factories.AccountFactory(
        ou=connection.ous.get(name="Sandbox"), name="my-sandbox", owner=developer, team=team,
        environment="sandbox",
    )  # fmt: skip


@pytest.fixture
def foreign(connection):
    return factories.AccountFactory(
        ou=connection.ous.get(name="Production"), name="their-production", environment="production"
    )


def text(answer) -> str:
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


def test_a_developer_lists_only_own_accounts(own, foreign, developer, client_of):
    page = text(client_of(developer).get(LIST))
    assert own.account_id in page
    assert foreign.account_id not in page


def test_an_export_holds_what_the_list_holds(own, foreign, developer, client_of):
    file = text(client_of(developer).get(LIST, {"format": "csv"}))
    assert own.account_id in file
    assert foreign.account_id not in file


def test_account_ids_in_files_keep_all_digits(connection, ccoe, client_of):
    factories.AccountFactory(ou=connection.ous.first(), account_id="000000000042")
    assert ",000000000042," in text(client_of(ccoe).get(LIST, {"format": "csv"}))


def test_a_name_that_is_a_formula_is_text_in_files(connection, ccoe, client_of):
    factories.AccountFactory(ou=connection.ous.first(), name="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in text(client_of(ccoe).get(LIST, {"format": "csv"}))


@pytest.mark.parametrize(
    "query",
    [
        {"q": "their"},
        {"environment": "production"},
        {"state": "ACTIVE", "environment": "production"},
        {"gap": "owner"},
        {"gap": "incomplete", "q": "their"},
    ],
)
def test_filters_narrow_the_list(own, foreign, ccoe, client_of, query):
    page = text(client_of(ccoe).get(LIST, query))
    assert foreign.account_id in page
    assert own.account_id not in page


def test_an_ou_filters_with_everything_below(own, foreign, connection, ccoe, client_of):
    root = connection.ous.get(parent=None)
    assert own.account_id in text(client_of(ccoe).get(LIST, {"ou": root.ou_id}))
    sandbox = connection.ous.get(name="Sandbox")
    assert foreign.account_id not in text(client_of(ccoe).get(LIST, {"ou": sandbox.ou_id}))


def test_a_tag_that_names_two_environments_is_found(connection, ccoe, client_of):
    factories.AccountFactory(
        ou=connection.ous.first(), name="mixed-up", tags={"environment": "dev, prod"}
    )
    factories.AccountFactory(ou=connection.ous.first(), name="tidy", tags={"environment": "test"})
    page = text(client_of(ccoe).get(LIST, {"gap": "mixed"}))
    assert "mixed-up" in page
    assert "tidy" not in page


def test_a_filter_that_can_not_be_shows_nothing(own, ccoe, client_of):
    assert own.account_id not in text(client_of(ccoe).get(LIST, {"environment": "moon"}))


def test_filtered_to_nothing_offers_to_clear_the_filters(own, ccoe, client_of):
    assert "Nothing fits these filters" in text(client_of(ccoe).get(LIST, {"q": "nobody"}))


def test_the_list_has_a_pinned_number_of_queries(
    own, foreign, ccoe, client_of, django_assert_num_queries
):
    client = client_of(ccoe)
    client.get(LIST)
    with django_assert_num_queries(14):
        client.get(LIST)


def test_an_account_of_others_is_not_there(foreign, developer, client_of):
    assert client_of(developer).get(foreign.get_absolute_url()).status_code == 404


def test_an_account_page_shows_facts_and_where_it_has_been(own, connection, developer, client_of):
    Placement.objects.create(
        account=own,
        ou=connection.ous.get(name="Test"),
        during=DateTimeTZRange(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    )
    Placement.objects.create(
        account=own, ou=own.ou, during=DateTimeTZRange(datetime(2026, 2, 1, tzinfo=UTC), None)
    )
    page = text(client_of(developer).get(own.get_absolute_url()))
    assert own.email in page
    assert "2026-01-01" in page
    assert "aws-payments-developers" in page


def test_names_from_aws_are_never_markup(connection, ccoe, client_of):
    account = factories.AccountFactory(
        ou=connection.ous.first(), name="<img src=x onerror=alert(1)>"
    )
    client = client_of(ccoe)
    assert "<img src=x" not in text(client.get(account.get_absolute_url()))
    assert "<img src=x" not in text(client.get(LIST))


def test_an_account_page_names_the_services_it_administers(own, developer, client_of):
    DelegatedAdministrator.objects.create(account=own, service_principal="guardduty.amazonaws.com")
    assert "guardduty.amazonaws.com" in text(client_of(developer).get(own.get_absolute_url()))


def test_an_account_that_left_is_still_readable(own, ccoe, client_of):
    own.gone_at = datetime(2026, 3, 1, tzinfo=UTC)
    own.save()
    assert "does not show this account any more" in text(
        client_of(ccoe).get(own.get_absolute_url())
    )


def test_the_account_page_has_a_pinned_number_of_queries(
    own, developer, client_of, django_assert_num_queries
):
    client = client_of(developer)
    client.get(own.get_absolute_url())
    with django_assert_num_queries(13):
        client.get(own.get_absolute_url())


def test_an_ou_page_shows_its_chain_and_its_accounts(own, ccoe, client_of):
    page = text(client_of(ccoe).get(own.ou.get_absolute_url()))
    assert own.account_id in page
    assert "Root" in page


def test_an_ou_outside_ones_scope_is_not_there(own, foreign, client_of):
    bound = factories.person("bound", role="ccoe", target=own.ou.ou_id)
    assert client_of(bound).get(own.ou.get_absolute_url()).status_code == 200
    assert client_of(bound).get(foreign.ou.get_absolute_url()).status_code == 404


def test_changes_are_listed_and_filtered(own, connection, ccoe, client_of):
    OrganisationChange.objects.create(
        connection=connection,
        account=own,
        kind="account_changed",
        before={"tags": {"team": "old"}},
        after={"tags": {"team": "new"}},
    )
    client = client_of(ccoe)
    assert "Tag team" in text(client.get("/accounts/changes/", {"kind": "account_changed"}))
    assert "Tag team" not in text(client.get("/accounts/changes/", {"kind": "ou_added"}))


def test_search_finds_only_what_may_be_seen(own, foreign, developer, ccoe):
    found = [hit.title for group in find_everywhere(developer, "my-sandbox") for hit in group.hits]
    assert found == ["my-sandbox"]
    assert not [g for g in find_everywhere(developer, "their-production") if g.kind == "account"]
    assert [g.kind for g in find_everywhere(ccoe, "their-production")] == ["account"]


def test_somebody_without_a_role_sees_none_of_it(own, nobody, client_of):
    client = client_of(nobody)
    assert client.get("/accounts/").status_code == 403
    assert client.get(LIST).status_code == 403
    assert client.get(own.get_absolute_url()).status_code == 403


def test_the_page_is_japanese_for_a_japanese_reader(own, developer, client_of):
    developer.language = "ja"
    developer.save()
    page = client_of(developer).get(reverse("accounts:account-list"))
    assert page["Content-Language"] == "ja"
