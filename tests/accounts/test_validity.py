"""What is wrong with a request, in a sentence that says what to do."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AccountRequest
from accounts.services.validity import REQUIRED, faults
from portal.aws.models import Connection
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def wish(developer, connection):
    def make(**more) -> AccountRequest:
        return AccountRequest(requester=developer, **factories.wish(developer, connection, **more))

    return make


def in_days(days: int):
    return timezone.localdate() + timedelta(days=days)


def test_a_complete_request_has_no_faults(wish):
    assert faults(wish()) == {}


@pytest.mark.parametrize("name", REQUIRED)
def test_each_field_is_needed(wish, name):
    request = wish()
    setattr(request, name, [] if name == "regions" else None if name in NULLABLE else "")
    assert faults(request)[name] == ["This is needed."]


NULLABLE = {"connection", "team", "owner", "deputy", "budget_usd"}
WRONG = {
    "no Latin letter": ("workload", "東京", "two Latin letters"),
    "one letter": ("workload", "x", "two Latin letters"),
    "line break in the workload": ("workload", "checkout\n", "two Latin letters"),
    "short purpose": ("purpose", "     test    ", "in a sentence"),
    "odd cost centre": ("cost_centre", "CC 1200", "letters, digits or hyphens"),
    "line break in the cost centre": ("cost_centre", "CC-1200\n", "letters, digits or hyphens"),
    "long cost centre": ("cost_centre", "C" * 21, "2 to 20"),
    "closed region": ("regions", ["eu-west-1"], "Not open in this organisation: eu-west-1"),
    "unknown region": ("regions", ["ap-northeast-1", "mars-1"], "mars-1"),
    "no money": ("budget_usd", Decimal("0.99"), "between 1 and 1,000,000"),
    "too much money": ("budget_usd", Decimal("1000000.01"), "between 1 and 1,000,000"),
    "no number": ("budget_usd", Decimal("NaN"), "between 1 and 1,000,000"),
    "endless": ("budget_usd", Decimal("Infinity"), "between 1 and 1,000,000"),
    "another team's group": ("access_group", "aws-admins", "not the team’s group"),
    "unknown permission set": ("permission_set", "God", "no such permission set"),
    "unknown environment": ("environment", "the moon", "no such choice"),
    "unknown data class": ("data_class", "secret", "no such choice"),
    "unknown network": ("network", "carrier pigeons", "no such choice"),
}


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_beside_its_field(wish, name, value, sentence):
    told = faults(wish(**{name: value}))
    assert list(told) == [name]
    assert sentence in told[name][0]


@pytest.mark.parametrize("value", [Decimal(1), Decimal(1_000_000)])
def test_the_borders_of_a_budget_are_allowed(wish, value):
    assert faults(wish(budget_usd=value)) == {}


@pytest.mark.parametrize(
    ("days", "right"), [(-1, False), (0, False), (1, True), (90, True), (91, False), (None, False)]
)
def test_a_sandbox_lives_one_to_ninety_days(wish, days, right):
    expires_on = None if days is None else in_days(days)
    assert ("expires_on" not in faults(wish(expires_on=expires_on))) is right


@pytest.mark.parametrize(("days", "right"), [(0, False), (1, True), (9999, True), (None, True)])
def test_other_accounts_may_live_longer(wish, days, right):
    expires_on = None if days is None else in_days(days)
    told = faults(wish(environment="production", expires_on=expires_on))
    assert ("expires_on" not in told) is right


def test_owner_and_deputy_are_two_people(wish, developer):
    assert "two people" in faults(wish(deputy=developer))["deputy"][0]


@pytest.mark.parametrize("name", ["owner", "deputy"])
def test_people_who_can_not_sign_in_own_nothing(wish, name):
    gone = factories.UserFactory(is_active=False)
    assert "sign in" in faults(wish(**{name: gone}))[name][0]


def test_an_organisation_that_is_only_observed_takes_no_accounts(wish, connection):
    Connection.objects.update(mode="observe")
    connection.refresh_from_db()
    assert "only observes" in faults(wish())["connection"][0]


def test_a_team_one_is_not_in_is_refused(wish):
    team = factories.TeamFactory()
    assert faults(wish(team=team)) == {"team": ["You are not in this team."]}


def test_an_environment_without_an_ou_is_said(wish, connection):
    connection.ous.filter(name="Sandbox").delete()
    assert "no OU for this environment" in faults(wish())["environment"][0]


def test_names_that_are_used_up_are_said(wish, connection):
    Connection.objects.update(email_pattern="always-the-same@example.com")
    connection.refresh_from_db()
    factories.AccountFactory(ou=connection.ous.first(), email="always-the-same@example.com")
    assert "No free account name" in faults(wish())["workload"][0]


def test_an_empty_draft_only_says_what_is_needed(developer):
    told = faults(AccountRequest(requester=developer))
    assert set(told) == set(REQUIRED)
