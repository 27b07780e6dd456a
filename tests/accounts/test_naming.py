"""Names, addresses and OUs that the rules choose."""

import pytest

from accounts.models import AccountRequest
from accounts.services.naming import Names, names_for, ou_for, slug
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def wish(developer, connection):
    """Makes an unsaved request; what is given overrides."""

    def make(**more) -> AccountRequest:
        fields = factories.wish(developer, connection) | more
        return AccountRequest(requester=developer, **fields)

    return make


@pytest.mark.parametrize(
    ("text", "short"),
    [("Checkout API", "checkout-api"), ("  a--b__c ", "a-b-c"), ("Äpfel & Öl", "apfel-ol"),
     ("ｆｕｌｌ ｗｉｄｔｈ", "full-width"), ("東京", ""), ("<script>", "script"), ("", "")],
)  # fmt: skip
def test_a_slug_is_plain(text, short):
    assert slug(text) == short


@pytest.mark.parametrize(
    ("environment", "ending"),
    [("sandbox", "sandbox"), ("development", "dev"), ("test", "test"), ("production", "prod")],
)
def test_a_name_says_team_workload_and_environment(wish, environment, ending):
    assert names_for(wish(environment=environment)).account_name == f"payments-checkout-{ending}"


def test_a_team_is_not_said_twice(wish):
    names = [names_for(wish(workload=w)).account_name for w in ("payments-api", "payments")]
    assert names == ["payments-api-sandbox", "payments-sandbox"]


def test_a_long_name_keeps_its_ending_and_room_for_a_number(wish):
    name = names_for(wish(workload="x" * 30, team=factories.TeamFactory(slug="t" * 30)))
    assert name.account_name.endswith("-sandbox")
    assert len(name.account_name) <= 50 - len("-99")
    assert len(name.email) <= 64 - len("-99")


@pytest.mark.parametrize("pattern", ["a" * 43 + "{name}@x.example", "{name}@" + "b" * 60])
def test_where_no_address_fits_there_is_no_name(wish, connection, pattern):
    connection.email_pattern = pattern
    names = names_for(wish(connection=connection))
    assert (names.email, names.account_name) == ("", "")


@pytest.mark.parametrize(
    "missing",
    [{"connection": None}, {"workload": ""}, {"environment": ""}, {"environment": "the moon"},
     {"workload": "東京"}],
)  # fmt: skip
def test_nothing_is_chosen_before_it_can_be(wish, missing):
    names = names_for(wish(**missing))
    assert (names.account_name, names.email) == ("", "")


def test_without_a_team_nothing_is_chosen(wish):
    request = wish()
    request.team = None
    assert names_for(request) == Names()


@pytest.mark.parametrize("taken", ["PAYMENTS-checkout-Sandbox", "something-else"])
def test_a_name_or_address_of_an_account_is_not_chosen_whatever_its_case(wish, connection, taken):
    factories.AccountFactory(
        name=taken, email="AWS+payments-checkout-sandbox@EXAMPLE.com", ou=connection.ous.first()
    )
    assert names_for(wish()).account_name == "payments-checkout-sandbox-2"


@pytest.mark.parametrize("status", ["draft", "submitted", "withdrawn", "rejected", "cancelled"])
def test_a_name_that_was_ever_asked_for_is_not_chosen(wish, developer, status):
    factories.RequestFactory(
        requester=developer, status=status, account_name="payments-checkout-sandbox", email="x@y.z"
    )
    assert names_for(wish()).account_name == "payments-checkout-sandbox-2"


def test_after_a_hundred_there_is_none_left(wish, developer):
    names = [
        "payments-checkout-sandbox",
        *(f"payments-checkout-sandbox-{n}" for n in range(2, 100)),
    ]
    AccountRequest.objects.bulk_create(
        AccountRequest(requester=developer, account_name=name, email=f"{name}@x.y")
        for name in names
    )
    assert names_for(wish()).account_name == ""


# --- OUs


def test_an_ou_below_the_teams_own_is_preferred(wish, connection):
    root = connection.ous.get(name="Root")
    business = factories.OUFactory(connection=connection, parent=root, name="Payments")
    own = factories.OUFactory(connection=connection, parent=business, name="Production")
    assert ou_for(wish(environment="production")) == own
    assert ou_for(wish(environment="test")).name == "Test"


def test_an_ou_that_is_gone_is_not_chosen(wish, connection):
    connection.ous.filter(name="Sandbox").update(gone_at="2026-01-01T00:00:00Z")
    assert ou_for(wish()) is None


def test_an_ou_of_another_organisation_is_not_chosen(wish, connection):
    factories.organisation(organization_id="o-other00001")
    assert ou_for(wish()).connection == connection


def test_the_best_fitting_name_wins_over_the_nearest(wish, connection):
    root = connection.ous.get(name="Root")
    factories.OUFactory(connection=connection, parent=root, name="Workloads")
    assert ou_for(wish(environment="production")).name == "Production"
