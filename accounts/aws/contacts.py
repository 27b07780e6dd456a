"""Alternate contacts of member accounts, set from the management account."""

from dataclasses import asdict, dataclass

from portal.aws.errors import NotThere, our_words
from portal.aws.models import Connection
from portal.aws.session import OPERATE, READ, client

TYPES = ("OPERATIONS", "BILLING", "SECURITY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    name: str
    title: str
    email: str
    phone: str


def contact(connection: Connection, account_id: str, kind: str) -> Contact | None:
    """The alternate contact of a kind (TYPES), None when there is none. Raises AwsError."""
    try:
        with our_words("account:GetAlternateContact"):
            answer = client(connection, "account", role=READ).get_alternate_contact(
                AccountId=account_id, AlternateContactType=kind
            )
    except NotThere:
        return None
    raw = answer["AlternateContact"]
    return Contact(
        name=raw["Name"], title=raw["Title"], email=raw["EmailAddress"], phone=raw["PhoneNumber"]
    )


def put_contact(connection: Connection, account_id: str, kind: str, contact: Contact) -> None:
    """Set it, whatever was there. Harmless twice. Raises AwsError."""
    values = asdict(contact)
    with our_words("account:PutAlternateContact"):
        client(connection, "account", role=OPERATE).put_alternate_contact(
            AccountId=account_id,
            AlternateContactType=kind,
            Name=values["name"],
            Title=values["title"],
            EmailAddress=values["email"],
            PhoneNumber=values["phone"],
        )
