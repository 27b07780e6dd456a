"""`manage.py connect_organisation NAME MANAGEMENT-ACCOUNT --external-id …`: a new connection.

Enters the reading role before anything is saved, so that a wrong external id is found now. A
connection begins in mode observe; running the command again with --mode manage changes that.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from portal.audit.record import record
from portal.aws import session
from portal.aws.errors import AwsError
from portal.aws.models import Connection
from portal.aws.session import OPERATE, READ
from portal.people.system import system_user


class Command(BaseCommand):
    help = "Connects an AWS organisation, or changes how it is connected."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("management_account_id")
        parser.add_argument("--external-id", required=True)
        parser.add_argument(
            "--purpose", choices=Connection.Purpose.values, default=Connection.Purpose.PRODUCTION
        )
        parser.add_argument(
            "--mode", choices=Connection.Mode.values, default=Connection.Mode.OBSERVE
        )
        parser.add_argument("--home-region", default="us-east-1")
        parser.add_argument("--governed-regions", nargs="+", required=True)
        parser.add_argument("--email-pattern", required=True, help="aws+{name}@example.com")
        parser.add_argument("--contact-email", required=True)
        parser.add_argument("--contact-phone", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        fields = {name: options[name] for name in FIELDS}
        if "{name}" not in options["email_pattern"]:
            raise CommandError("The e-mail pattern needs {name} in it: each account has its own.")
        with transaction.atomic():
            connection, is_new = Connection.objects.update_or_create(
                management_account_id=options["management_account_id"], defaults=fields
            )
            check(connection)
            record(
                actor=system_user(),
                action="connection_create" if is_new else "connection_change",
                target=connection,
                facts={**fields, "external_id": "…"},
            )
        self.stdout.write(f"{connection.name} is connected, mode {connection.mode}.")


FIELDS = (
    "name",
    "external_id",
    "purpose",
    "mode",
    "home_region",
    "governed_regions",
    "email_pattern",
    "contact_email",
    "contact_phone",
)


def check(connection: Connection) -> None:
    """Raise CommandError unless the fields are valid and AWS lets the portal in."""
    roles = (READ, OPERATE) if connection.mode == Connection.Mode.MANAGE else (READ,)
    try:
        connection.full_clean()
        for role in roles:
            session.whoami(connection, role=role)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    except AwsError as error:
        raise CommandError(f"AWS did not let the portal in: {error}") from error
    finally:
        session.forget()  # the connection is not committed yet, and may never be
