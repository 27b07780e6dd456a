"""`manage.py create_person NAME E-MAIL --role admin`: somebody who can sign in.

For the first administrator, who then gives roles in the browser, and for everybody while people
are not brought in from elsewhere. Asks for the password, or reads it from a pipe.
"""

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from portal.audit.record import record
from portal.people import scopes
from portal.people.models import RoleBinding, User
from portal.people.system import system_user
from portal.permissions import Role


class Command(BaseCommand):
    help = "Adds a person with a role. The password is asked for, or read from a pipe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="as others read it")
        parser.add_argument("--role", choices=list(Role), required=True)
        parser.add_argument("--where", default="", help="o-…, r-…, ou-… or account id; everywhere")

    def handle(self, *args: Any, **options: Any) -> None:
        if fault := scopes.fault_in(options["where"]):
            raise CommandError(str(fault))
        password = getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        person = User(
            username=options["username"],
            email=options["email"],
            name=options["name"] or options["username"],
        )
        try:
            validate_password(password, person)
            person.set_password(password)
            person.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        create(person, role=options["role"], where=options["where"])
        self.stdout.write(f"{person.username} can sign in.")


@transaction.atomic
def create(person: User, *, role: str, where: str) -> None:
    """Save the person with the role; whoever may run commands on the server is the actor."""
    person.save()
    RoleBinding.objects.create(user=person, role=role, target=where)
    facts = {"role": role, "where": where, "by": "command"}
    record(actor=system_user(), action="person_create", target=person, facts=facts)
