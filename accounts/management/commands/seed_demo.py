"""`manage.py seed_demo`: the demo's people, rules and requests, beside what the local AWS holds.

Idempotent: what is there already stays as it is. Refuses outside the demo.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError

from accounts.management import demo_requests, demo_rules
from accounts.models import AccountRequest
from accounts.services import organisation
from portal.approvals.models import Rule
from portal.aws.models import Connection
from portal.local import demo_data
from portal.people.models import Membership, RoleBinding, Team, User
from portal.people.system import system_user

REGIONS = ["ap-northeast-1", "ap-northeast-3", "us-east-1"]


class Command(BaseCommand):
    help = "Fills the demo with its people, rules and requests."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PORTAL.demo:
            raise CommandError("This fills in invented people; it runs only with PORTAL_DEMO=1.")
        system_user()
        seed_people()
        production, verification = seed_connections()
        if not Rule.objects.exists():
            demo_rules.seed()
        for connection in (production, verification):
            organisation.sync(connection)
        if not AccountRequest.objects.exists():
            demo_requests.seed(production)
        self.stdout.write("The demo organisation is there.")


def seed_people() -> None:
    """Teams, people, memberships and roles; everybody's password is the demo's."""
    if User.objects.filter(is_system=False).exists():
        return
    teams = {
        team.key: Team.objects.create(
            slug=team.key,
            name=team.name,
            cost_centre=team.cost_centre,
            access_group=team.group,
        )
        for team in demo_data.TEAMS
    }
    password = make_password(demo_data.PASSWORD)  # once: hashing is slow on purpose
    for person in demo_data.PEOPLE:
        user = User.objects.create(
            username=person.username, name=person.name, email=person.email, password=password
        )
        leads = demo_data.TEAM_BY_KEY[person.team].lead == person.username
        Membership.objects.create(team=teams[person.team], user=user, is_lead=leads)
        for role in person.roles:
            RoleBinding.objects.create(user=user, role=role)


def seed_connections() -> tuple[Connection, Connection]:
    """The company's organisation and its small one for trying things out."""
    shared = {
        "mode": Connection.Mode.MANAGE,
        "home_region": demo_data.HOME_REGION,
        "governed_regions": REGIONS,
        "external_id": demo_data.EXTERNAL_ID,
        "email_pattern": f"aws+{{name}}@{demo_data.MAIL_DOMAIN}",
        "contact_email": f"cloud@{demo_data.MAIL_DOMAIN}",
        "contact_phone": "+81-3-5555-0100",
    }
    production, _made = Connection.objects.get_or_create(
        management_account_id=demo_data.MANAGEMENT_ID,
        defaults={
            "name": demo_data.COMPANY,
            "purpose": Connection.Purpose.PRODUCTION,
            **shared,
        },
    )
    verification, _made = Connection.objects.get_or_create(
        management_account_id=demo_data.VERIFICATION_MANAGEMENT_ID,
        defaults={
            "name": f"{demo_data.COMPANY} (verification)",
            "purpose": Connection.Purpose.VERIFICATION,
            **shared,
            "email_pattern": f"aws+verify-{{name}}@{demo_data.MAIL_DOMAIN}",
        },
    )
    return production, verification
