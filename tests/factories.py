"""Rows that are valid by default; one trait per state."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from accounts.models import Account, AccountRequest, OrganizationalUnit
from portal.aws.models import Connection
from portal.people.models import Membership, RoleBinding, Team, User

ORGANIZATION = "o-testorg0001"
ROOT = "r-test"


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Team

    slug = factory.Sequence(lambda n: f"team-{n}")
    name = factory.Sequence(lambda n: f"Team {n}")
    cost_centre = "CC-1200"
    access_group = factory.LazyAttribute(lambda team: f"aws-{team.slug}-developers")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person-{n}")
    name = factory.LazyAttribute(lambda user: user.username.replace("-", " ").title())
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = "!"


def person(username: str, *, role: str = "", team: Team | None = None, target: str = "") -> User:
    """A person with a role, everywhere or on a target."""
    user = UserFactory(username=username)
    if team is not None:
        Membership.objects.create(team=team, user=user)
    if role:
        RoleBinding.objects.create(user=user, role=role, target=target)
    return user


class ConnectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Connection

    name = factory.Sequence(lambda n: f"Organisation {n}")
    purpose = "production"
    mode = "manage"
    management_account_id = factory.Sequence(lambda n: f"{100000000001 + n}")
    organization_id = ORGANIZATION
    governed_regions = ["us-east-1", "ap-northeast-1"]
    external_id = "external-id-for-tests"
    email_pattern = "aws+{name}@example.com"
    contact_email = "cloud@example.com"
    contact_phone = "+81-3-1234-5678"


class OUFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrganizationalUnit

    ou_id = factory.Sequence(lambda n: f"ou-test-{n:08d}")
    name = factory.Sequence(lambda n: f"OU {n}")
    path = factory.LazyAttribute(
        lambda ou: (
            f"{ou.parent.path if ou.parent else ou.connection.organization_id + '/'}{ou.ou_id}/"
        )
    )
    parent = None
    row_hash = ""


class AccountFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Account

    account_id = factory.Sequence(lambda n: f"{500000000000 + n}")
    name = factory.Sequence(lambda n: f"account-{n}")
    email = factory.LazyAttribute(lambda account: f"aws+{account.name}@example.com")
    state = "ACTIVE"
    connection = factory.LazyAttribute(lambda account: account.ou.connection)
    row_hash = ""


def organisation(**more: Any) -> Connection:
    """A connection with a root and the OUs Sandbox, Development, Test and Production."""
    connection = ConnectionFactory(**more)
    root = OUFactory(connection=connection, ou_id=f"r-{connection.pk:04d}", name="Root")
    for name in ("Sandbox", "Development", "Test", "Production"):
        OUFactory(connection=connection, parent=root, name=name)
    return connection


def wish(requester: User, connection: Connection, **more: Any) -> dict[str, Any]:
    """Everything a complete sandbox request sets; `more` overrides."""
    team = more.pop("team", None) or requester.teams.first()
    deputy = more.pop("deputy", None) or UserFactory()
    return {
        "connection": connection,
        "workload": "checkout",
        "purpose": "Trying out the new checkout service.",
        "environment": "sandbox",
        "team": team,
        "owner": requester,
        "deputy": deputy,
        "cost_centre": "CC-1200",
        "data_class": "internal",
        "regions": ["ap-northeast-1"],
        "network": "none",
        "budget_usd": Decimal(100),
        "access_group": team.access_group if team else "",
        "permission_set": "DeveloperAccess",
        "expires_on": timezone.localdate() + timedelta(days=30),
        **more,
    }


class RequestFactory(factory.django.DjangoModelFactory):
    """A bare row in a given state, for lists; journeys go through the services."""

    class Meta:
        model = AccountRequest

    workload = factory.Sequence(lambda n: f"workload-{n}")
