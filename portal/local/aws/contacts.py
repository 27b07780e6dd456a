"""The account service: alternate contacts and names, from the management account or itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.local.aws.calls import Answer, Ask, AwsError, Call, handles
from portal.local.aws.organizations.model import Account, Directory

ACCOUNT_PRINCIPAL = "account.amazonaws.com"
DETAILS = ("Name", "Title", "EmailAddress", "PhoneNumber")


@dataclass
class Contacts:
    # account -> type -> details
    by_account: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)


def _account(call: Call, ask: Ask) -> Account:
    """The account asked about. Raises AccessDeniedException, ValidationException.

    Without AccountId it is the caller's own; with one, the management account or the delegated
    administrator asks about a member. The management account may not name itself.
    """
    directory = call.world.shelf(Directory)
    asked = ask.get("AccountId")
    account = directory.accounts.get(asked or call.account_id)
    if asked:
        organisation = directory.organisation_of(call.account_id)
        is_allowed = organisation and (
            call.account_id == organisation.management_id
            or ACCOUNT_PRINCIPAL in organisation.delegations.get(call.account_id, {})
        )
        is_member = account and organisation and account.organisation_id == organisation.id
        if not is_allowed or not is_member:
            raise AwsError(
                "AccessDeniedException",
                f"User: {call.caller.arn} is not authorized to perform: account:{call.operation}",
            )
        if asked == call.account_id:
            raise AwsError(
                "ValidationException",
                "The management account is managed in standalone mode: leave AccountId out.",
            )
    if account is None:
        raise AwsError("AccessDeniedException", "The account does not exist.")
    return account


@handles("account", "PutAlternateContact")
def put_alternate_contact(call: Call, ask: Ask) -> Answer:
    contacts = call.world.shelf(Contacts).by_account.setdefault(_account(call, ask).id, {})
    contacts[ask["AlternateContactType"]] = {key: ask[key] for key in DETAILS}
    return {}


@handles("account", "GetAlternateContact")
def get_alternate_contact(call: Call, ask: Ask) -> Answer:
    kind = ask["AlternateContactType"]
    return {"AlternateContact": {**_contact(call, ask), "AlternateContactType": kind}}


def _contact(call: Call, ask: Ask) -> dict[str, str]:
    contacts = call.world.shelf(Contacts).by_account.get(_account(call, ask).id, {})
    found = contacts.get(ask["AlternateContactType"])
    if found is None:
        raise AwsError("ResourceNotFoundException", "No contact of the inputted type found.")
    return found


@handles("account", "DeleteAlternateContact")
def delete_alternate_contact(call: Call, ask: Ask) -> Answer:
    _contact(call, ask)
    contacts = call.world.shelf(Contacts).by_account[_account(call, ask).id]
    del contacts[ask["AlternateContactType"]]
    return {}


@handles("account", "GetAccountInformation")
def get_account_information(call: Call, ask: Ask) -> Answer:
    account = _account(call, ask)
    return {
        "AccountId": account.id,
        "AccountName": account.name,
        "AccountCreatedDate": account.joined_at,
    }


@handles("account", "PutAccountName")
def put_account_name(call: Call, ask: Ask) -> Answer:
    _account(call, ask).name = ask["AccountName"]
    return {}


@handles("account", "GetPrimaryEmail")
def get_primary_email(call: Call, ask: Ask) -> Answer:
    return {"PrimaryEmail": _account(call, ask).email}
