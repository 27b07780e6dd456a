"""Trusted access of services, and delegated administrators."""

from __future__ import annotations

from typing import Any

from portal.local.aws.calls import Answer, Ask, AwsError, Call
from portal.local.aws.organizations.access import READERS, account_in, answers, violation
from portal.local.aws.organizations.model import (
    GONE,
    Directory,
    Organisation,
    describe_account,
)
from portal.local.aws.paging import page

# Services that can have a delegated administrator, and how many each.
# Source: "AWS services that you can use with AWS Organizations".
DELEGABLE = {
    f"{name}.amazonaws.com": count
    for name, count in {
        "access-analyzer": 1,
        "account": 1,
        "agreement-approver.marketplace": 1,
        "auditmanager": 1,
        "backup": 5,
        "backup-search": 5,
        "bcm-data-exports": 5,
        "billing": 5,
        "cloudtrail": 3,
        "compute-optimizer": 1,
        "config": 3,
        "config-multiaccountsetup": 3,
        "cost-optimization-hub.bcm": 1,
        "detective": 1,
        "devops-guru": 5,
        "fms": 10,
        "guardduty": 1,
        "health": 5,
        "iam": 1,
        "inspector2": 1,
        "ipam": 1,
        "license-manager": 1,
        "license-manager-linux-subscriptions": 1,
        "license-manager-user-subscriptions": 1,
        "macie": 1,
        "member.org.stacksets.cloudformation": 5,
        "monitoring.access-analyzer": 1,
        "network-security-director": 1,
        "notifications": 5,
        "observabilityadmin": 1,
        "reachabilityanalyzer.networkinsights": 1,
        "reporting.trustedadvisor": 5,
        "resource-explorer-2": 1,
        "securityhub": 1,
        "security-ir": 1,
        "securitylake": 1,
        "servicecatalog": 50,
        "servicequotas": 1,
        "ssm": 1,
        "ssm-quicksetup": 1,
        "sso": 1,
        "stacksets.cloudformation": 5,
        "storage-lens.s3": 5,
        "tagpolicies.tag": 5,
        "user-notifications": 5,
        "wellarchitected": 5,
    }.items()
}


def _check_principal(principal: str) -> None:
    if not principal.endswith(".amazonaws.com") or principal == ".amazonaws.com":
        raise AwsError(
            "InvalidInputException",
            "You specified an unrecognized service principal.",
            Reason="UNRECOGNIZED_SERVICE_PRINCIPAL",
        )


@answers("EnableAWSServiceAccess")
def enable_aws_service_access(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    _check_principal(ask["ServicePrincipal"])
    organisation.service_access.setdefault(ask["ServicePrincipal"], call.now)
    return {}


@answers("DisableAWSServiceAccess")
def disable_aws_service_access(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    _check_principal(ask["ServicePrincipal"])
    organisation.service_access.pop(ask["ServicePrincipal"], None)
    return {}


@answers("ListAWSServiceAccessForOrganization", READERS)
def list_aws_service_access(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    def describe(principal: str) -> dict[str, Any]:
        return {
            "ServicePrincipal": principal,
            "DateEnabled": organisation.service_access[principal],
        }

    return page(
        call,
        ask,
        "EnabledServicePrincipals",
        organisation.service_access,
        describe,
        size=call.world.settings.page_size,
    )


@answers("RegisterDelegatedAdministrator")
def register_delegated_administrator(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    principal = ask["ServicePrincipal"]
    if principal not in DELEGABLE:
        raise AwsError(
            "InvalidInputException",
            "You specified an unrecognized service principal.",
            Reason="UNRECOGNIZED_SERVICE_PRINCIPAL",
        )
    account = account_in(call, organisation, ask["AccountId"])
    if account.id == organisation.management_id:
        raise violation(
            "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "You can't register the management account as a delegated administrator.",
        )
    if account.state in GONE:
        raise violation(
            "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "You can't register a suspended account as a delegated administrator.",
        )
    if principal not in organisation.service_access:
        raise violation(
            "SERVICE_ACCESS_NOT_ENABLED",
            "Trusted access must be enabled before a delegated administrator is registered.",
        )
    holders = [a for a, services in organisation.delegations.items() if principal in services]
    if account.id in holders:
        raise AwsError(
            "AccountAlreadyRegisteredException",
            "The account is already a delegated administrator for this service.",
        )
    if len(holders) >= DELEGABLE[principal]:
        raise violation(
            "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
            "This service has as many delegated administrators as it can have.",
        )
    organisation.delegations.setdefault(account.id, {})[principal] = call.now
    return {}


@answers("DeregisterDelegatedAdministrator")
def deregister_delegated_administrator(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    account = account_in(call, organisation, ask["AccountId"])
    services = organisation.delegations.get(account.id, {})
    if ask["ServicePrincipal"] not in services:
        raise _not_registered()
    del services[ask["ServicePrincipal"]]
    if not services:
        del organisation.delegations[account.id]
    return {}


def _not_registered() -> AwsError:
    return AwsError(
        "AccountNotRegisteredException",
        "The account is not a delegated administrator for this service.",
    )


@answers("ListDelegatedAdministrators", READERS)
def list_delegated_administrators(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    principal = ask.get("ServicePrincipal")
    accounts = call.world.shelf(Directory).accounts
    holders = [
        account_id
        for account_id, services in organisation.delegations.items()
        if not principal or principal in services
    ]

    def describe(account_id: str) -> dict[str, Any]:
        described = describe_account(call.world, accounts[account_id])
        described.pop("Paths", None)
        since = min(organisation.delegations[account_id].values())
        return {**described, "DelegationEnabledDate": since}

    size = call.world.settings.page_size
    return page(call, ask, "DelegatedAdministrators", holders, describe, size=size)


@answers("ListDelegatedServicesForAccount", READERS)
def list_delegated_services(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    account = account_in(call, organisation, ask["AccountId"])
    services = organisation.delegations.get(account.id)
    if services is None:
        raise _not_registered()

    def describe(principal: str) -> dict[str, Any]:
        return {"ServicePrincipal": principal, "DelegationEnabledDate": services[principal]}

    size = call.world.settings.page_size
    return page(call, ask, "DelegatedServices", services, describe, size=size)
