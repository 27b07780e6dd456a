"""Accounts: creating, listing, moving, closing; and the organisation itself."""

from __future__ import annotations

import re
from typing import Any

from portal.local.aws import roles
from portal.local.aws.calls import Answer, Ask, AwsError, Call, handles
from portal.local.aws.organizations import tags
from portal.local.aws.organizations.access import (
    ANY_MEMBER,
    READERS,
    account_in,
    answers,
    violation,
)
from portal.local.aws.organizations.model import (
    GONE,
    Account,
    Creation,
    Directory,
    Organisation,
    add_account,
    add_organisation,
    describe_account,
    new_account_id,
    place,
)
from portal.local.aws.organizations.watchers import account_left, account_moved
from portal.local.aws.paging import page
from portal.local.aws.world import World, deed

LOCAL_PART = re.compile(r"[^\s\"'()<>\[\]:;,\\|%&.][^\s\"'()<>\[\]:;,\\|%&]*")
DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
MONTH_SECONDS = 30 * 86_400


@handles("organizations", "CreateOrganization")
def create_organization(call: Call, ask: Ask) -> Answer:
    directory = call.world.shelf(Directory)
    if directory.organisation_of(call.account_id):
        raise AwsError(
            "AlreadyInOrganizationException", "The account is already a member of an organization."
        )
    account = directory.accounts.get(call.account_id) or add_account(
        call.world,
        account_id=call.account_id,
        name="Management",
        email=f"management+{call.account_id}@example.com",
    )
    feature_set = ask.get("FeatureSet") or "ALL"
    organisation = add_organisation(call.world, account, feature_set=feature_set)
    return {"Organization": _describe_organisation(call, organisation)}


@answers("DescribeOrganization", ANY_MEMBER)
def describe_organization(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    return {"Organization": _describe_organisation(call, organisation)}


@answers("DeleteOrganization")
def delete_organization(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    if len(organisation.account_ids) > 1 or organisation.root.units:
        raise AwsError(
            "OrganizationNotEmptyException",
            "To delete an organization you must first remove all member accounts and OUs.",
        )
    directory = call.world.shelf(Directory)
    account = directory.accounts[organisation.management_id]
    account.organisation_id, account.parent_id = "", ""
    account.policies.clear()
    del directory.organisations[organisation.id]
    return {}


def _describe_organisation(call: Call, organisation: Organisation) -> dict[str, Any]:
    management = call.world.shelf(Directory).accounts[organisation.management_id]
    return {
        "Id": organisation.id,
        "Arn": f"arn:aws:organizations::{management.id}:organization/{organisation.id}",
        "FeatureSet": organisation.feature_set,
        "MasterAccountArn": organisation.account_arn(management.id),
        "MasterAccountId": management.id,
        "MasterAccountEmail": management.email,
        "AvailablePolicyTypes": [
            {"Type": kind, "Status": status} for kind, status in organisation.policy_types.items()
        ],
    }


@answers("ListAccounts", READERS)
def list_accounts(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    return _page_of_accounts(call, ask, organisation.account_ids)


@answers("ListAccountsForParent", READERS)
def list_accounts_for_parent(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    parent = organisation.unit(ask["ParentId"], "ParentNotFoundException")
    return _page_of_accounts(call, ask, parent.accounts)


def _page_of_accounts(call: Call, ask: Ask, account_ids: dict[str, None]) -> Answer:
    world, accounts, now = call.world, call.world.shelf(Directory).accounts, call.now

    def describe(account_id: str) -> dict[str, Any] | None:
        account = accounts[account_id]
        return describe_account(world, account) if account.visible_at <= now else None

    return page(call, ask, "Accounts", account_ids, describe, size=world.settings.page_size)


@answers("DescribeAccount", READERS)
def describe_one_account(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    account = account_in(call, organisation, ask["AccountId"])
    return {"Account": describe_account(call.world, account)}


@answers("CreateAccount")
def create_account(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    """Starts the creation. What is wrong with e-mail or limits shows later, as FailureReason."""
    settings = call.world.settings
    new_tags = tags.read(ask.get("Tags") or [])
    tags.check_count(new_tags)
    if (ask.get("RoleName") or "").startswith("AWSServiceRoleFor"):
        raise AwsError(
            "InvalidInputException", "The role name is reserved.", Reason="INVALID_ROLE_NAME"
        )
    if len(organisation.in_progress) >= settings.creations_in_progress:
        raise violation(
            "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
            "You have exceeded the number of accounts that can be created at a time.",
        )
    if len(organisation.account_ids) + len(organisation.in_progress) >= settings.account_limit:
        raise violation(
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts.",
        )
    creation = _start_creation(call, organisation, ask, new_tags)
    return {"CreateAccountStatus": _describe_creation(creation)}


def _start_creation(
    call: Call, organisation: Organisation, ask: Ask, new_tags: dict[str, str]
) -> Creation:
    world = call.world
    creation = Creation(
        id=world.new_id("car-", 32),
        name=ask["AccountName"],
        email=ask["Email"],
        role_name=ask.get("RoleName") or roles.ACCESS_ROLE,
        tags=new_tags,
        requested_at=call.now,
    )
    fault = world.faults.strike(
        "failure_reason", "organizations", "CreateAccount", {call.account_id}, ask
    )
    reason = fault.code if fault else _twin_in_progress(organisation, creation)
    organisation.creations[creation.id] = creation
    organisation.in_progress[creation.id] = None
    world.later(
        world.settings.create_seconds,
        finish_creation,
        organisation_id=organisation.id,
        creation_id=creation.id,
        reason=reason,
    )
    return creation


def _twin_in_progress(organisation: Organisation, creation: Creation) -> str:
    """The failure of a request that repeats one which is still being worked on."""
    for other_id in organisation.in_progress:
        other = organisation.creations[other_id]
        if other.email.lower() == creation.email.lower():
            is_same = other.name == creation.name
            return "CONCURRENT_ACCOUNT_MODIFICATION" if is_same else "EMAIL_ALREADY_EXISTS"
    return ""


@deed
def finish_creation(
    world: World, *, organisation_id: str, creation_id: str, reason: str = ""
) -> None:
    directory = world.shelf(Directory)
    organisation = directory.organisations.get(organisation_id)
    if organisation is None:
        return
    creation = organisation.creations[creation_id]
    organisation.in_progress.pop(creation_id, None)
    creation.completed_at = world.now()
    creation.failure_reason = reason or _refusal(directory, creation.email)
    if creation.failure_reason:
        creation.state = "FAILED"
        return
    account = add_account(
        world,
        account_id=new_account_id(world),
        name=creation.name,
        email=creation.email,
        organisation=organisation,
        tags=creation.tags,
    )
    account.visible_at = world.now() + world.settings.list_delay_seconds
    account.usable_at = world.now() + world.settings.first_use_seconds
    add_access_role(world, organisation, account, creation.role_name)
    creation.state, creation.account_id = "SUCCEEDED", account.id
    account_moved(world, organisation, account, "")


def add_access_role(
    world: World, organisation: Organisation, account: Account, name: str = roles.ACCESS_ROLE
) -> None:
    roles.add(
        world,
        roles.Role(account_id=account.id, name=name, trusted=(organisation.management_id,)),
    )


def _refusal(directory: Directory, email: str) -> str:
    local, _, domain = email.partition("@")
    is_well_formed = (
        email.isascii()
        and LOCAL_PART.fullmatch(local)
        and DOMAIN.fullmatch(domain)
        and "." in domain
    )
    if not is_well_formed:
        return "INVALID_EMAIL"
    return "EMAIL_ALREADY_EXISTS" if email.lower() in directory.account_by_email else ""


def _describe_creation(creation: Creation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "Id": creation.id,
        "AccountName": creation.name,
        "State": creation.state,
        "RequestedTimestamp": creation.requested_at,
    }
    if creation.completed_at:
        described["CompletedTimestamp"] = creation.completed_at
    if creation.account_id:
        described["AccountId"] = creation.account_id
    if creation.failure_reason:
        described["FailureReason"] = creation.failure_reason
    return described


@answers("DescribeCreateAccountStatus", READERS)
def describe_create_account_status(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    creation = organisation.creations.get(ask["CreateAccountRequestId"])
    if creation is None:
        raise AwsError(
            "CreateAccountStatusNotFoundException",
            "We can't find an create account request with the CreateAccountRequestId that you "
            "specified.",
        )
    return {"CreateAccountStatus": _describe_creation(creation)}


@answers("ListCreateAccountStatus", READERS)
def list_create_account_status(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    """Newest first. As on AWS, a filter is applied within a page, which may come out empty."""
    states = ask.get("States") or []

    def describe(creation: Creation) -> dict[str, Any] | None:
        is_wanted = not states or creation.state in states
        return _describe_creation(creation) if is_wanted else None

    newest_first = list(organisation.creations.values())[::-1]
    size = call.world.settings.page_size
    return page(call, ask, "CreateAccountStatuses", newest_first, describe, size=size)


@answers("MoveAccount")
def move_account(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    account = account_in(call, organisation, ask["AccountId"])
    source = organisation.unit(ask["SourceParentId"], "SourceParentNotFoundException")
    destination = organisation.unit(
        ask["DestinationParentId"], "DestinationParentNotFoundException"
    )
    if account.parent_id == destination.id:
        raise AwsError(
            "DuplicateAccountException", "That account is already present in the destination."
        )
    if account.parent_id != source.id:
        raise AwsError("SourceParentNotFoundException", "The account is not in the source parent.")
    place(organisation, account, destination.id)
    account_moved(call.world, organisation, account, source.id)
    return {}


@answers("CloseAccount")
def close_account(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    account = account_in(call, organisation, ask["AccountId"])
    _check_closing(call, organisation, account)
    account.state = "PENDING_CLOSURE"
    organisation.closures.append(call.now)
    organisation.closing[account.id] = None
    call.world.later(
        call.world.settings.close_seconds,
        finish_closing,
        organisation_id=organisation.id,
        account_id=account.id,
    )
    return {}


def _check_closing(call: Call, organisation: Organisation, account: Account) -> None:
    settings = call.world.settings
    if account.id == organisation.management_id:
        raise violation(
            "CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account."
        )
    if account.id in organisation.delegations:
        raise violation(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "You can't close an account that is a delegated administrator.",
        )
    if account.state == "PENDING_CLOSURE":
        raise AwsError("ConflictException", "The account is being closed.")
    if account.state in GONE:
        raise AwsError("AccountAlreadyClosedException", "The account is closed already.")
    if len(organisation.closing) >= settings.closures_in_progress:
        raise violation(
            "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED", "You are closing too many accounts at once."
        )
    organisation.closures[:] = [t for t in organisation.closures if t > call.now - MONTH_SECONDS]
    members = len(organisation.account_ids) - 1
    if len(organisation.closures) >= min(1000, max(settings.closures_per_month, members // 5)):
        raise violation(
            "CLOSE_ACCOUNT_QUOTA_EXCEEDED", "You have closed too many accounts in 30 days."
        )


@deed
def finish_closing(world: World, *, organisation_id: str, account_id: str) -> None:
    directory = world.shelf(Directory)
    organisation = directory.organisations[organisation_id]
    organisation.closing.pop(account_id, None)
    account = directory.accounts[account_id]
    account.state = "SUSPENDED"


@answers("RemoveAccountFromOrganization")
def remove_account(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    account = account_in(call, organisation, ask["AccountId"])
    if account.id == organisation.management_id:
        raise AwsError(
            "MasterCannotLeaveOrganizationException",
            "You can't remove a management account from an organization.",
        )
    if account.id in organisation.delegations:
        raise violation(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", "It is a delegated administrator."
        )
    if account.joined_method == "CREATED" and account.joined_at > call.now - 4 * 86_400:
        raise violation("WAIT_PERIOD_ACTIVE", "The account is younger than four days.")
    for policy_id in account.policies:
        organisation.policies[policy_id].targets.pop(account.id, None)
    del organisation.account_ids[account.id]
    del organisation.units[account.parent_id].accounts[account.id]
    account.organisation_id, account.parent_id = "", ""
    account.policies.clear()
    account_left(call.world, organisation, account)
    return {}
