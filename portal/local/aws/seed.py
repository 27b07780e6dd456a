"""What the local AWS starts with: nothing, the demo organisation, or a big one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.local import demo_data
from portal.local.aws import roles
from portal.local.aws.budgets import Budgets, new_budget
from portal.local.aws.callers import HOME_ACCOUNT
from portal.local.aws.contacts import Contacts
from portal.local.aws.identity.model import (
    add_group,
    add_instance,
    add_member,
    add_permission_set,
    add_user,
    assign,
)
from portal.local.aws.organizations.accounts import add_access_role
from portal.local.aws.organizations.model import (
    SCP,
    Account,
    Directory,
    Organisation,
    Policy,
    Unit,
    add_account,
    add_organisation,
    add_unit,
)
from portal.local.aws.organizations.policies import add_policy, attach
from portal.local.aws.stacksets.model import Instance as StackInstance
from portal.local.aws.stacksets.model import Operation as StackSetOperation
from portal.local.aws.stacksets.model import Result as StackSetResult
from portal.local.aws.stacksets.model import add_stack_set, target_accounts
from portal.local.aws.stacksets.work import stack_arn
from portal.local.aws.world import World

SEEDS = ("empty", "demo", "scale")
EXTERNAL_ID = demo_data.EXTERNAL_ID
# Role of the portal -> it only reads
PORTAL_ROLES = {"PortalRead": True, "PortalOperate": False, "PortalRespond": False}
FOUNDED_AT = 1_640_995_200.0  # 2022-01-01
TRUSTED_SERVICES = (
    "account",
    "access-analyzer",
    "cloudtrail",
    "config",
    "config-multiaccountsetup",
    "guardduty",
    "ipam",
    "member.org.stacksets.cloudformation",
    "ram",
    "securityhub",
    "sso",
)
DELEGATIONS = {
    "audit": ("securityhub", "guardduty", "config", "config-multiaccountsetup", "access-analyzer"),
    "network": ("ipam",),
    "log-archive": ("cloudtrail",),
}


# name -> (description, length of a session, managed policy)
PERMISSION_SETS = {
    "AdministratorAccess": ("All rights, for the CCoE", "PT1H", "AdministratorAccess"),
    "DeveloperAccess": ("Building in development accounts", "PT8H", "PowerUserAccess"),
    "ReadOnlyAccess": ("Looking without touching", "PT8H", "ReadOnlyAccess"),
    "BillingAccess": ("Costs and invoices", "PT4H", "job-function/Billing"),
    "SecurityAudit": ("Reading all security settings", "PT4H", "SecurityAudit"),
}
# name, US dollars a month, filters, who is told
BUDGETS: tuple[tuple[str, str, dict[str, list[str]], str], ...] = (
    ("organisation-monthly", "180000", {}, f"finance@{demo_data.MAIL_DOMAIN}"),
    (
        "sandbox-monthly",
        "3000",
        {"LinkedAccount": [a.id for a in demo_data.ACCOUNTS if a.ou == "Sandbox"]},
        f"ccoe@{demo_data.MAIL_DOMAIN}",
    ),
)
BASELINE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "Baseline of an account",
    "Resources": {
        "BaselineVersion": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": "/portal/baseline/version", "Type": "String", "Value": "1"},
        },
        "BreakGlassRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "BreakGlass",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": f"arn:aws:iam::{demo_data.MANAGEMENT_ID}:root"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
            },
        },
    },
}


def _deny(sid: str, actions: list[str], **condition: Any) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": "*"}
    return statement | ({"Condition": condition} if condition else {})


# name -> (description, statements, targets: paths of OUs, "" is the root)
SCPS: dict[str, tuple[str, list[dict[str, Any]], tuple[str, ...]]] = {
    "deny-leaving-the-organisation": (
        "Member accounts cannot leave the organisation.",
        [_deny("DenyLeave", ["organizations:LeaveOrganization"])],
        ("",),
    ),
    "protect-security-services": (
        "Nobody switches off CloudTrail, Config, GuardDuty or Security Hub.",
        [
            _deny(
                "ProtectDetectors",
                [
                    "cloudtrail:StopLogging",
                    "cloudtrail:DeleteTrail",
                    "config:StopConfigurationRecorder",
                    "config:DeleteConfigurationRecorder",
                    "guardduty:DeleteDetector",
                    "guardduty:DisassociateFromAdministratorAccount",
                    "securityhub:DisableSecurityHub",
                ],
                ArnNotLike={
                    "aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"
                },
            )
        ],
        ("Workloads", "Core"),
    ),
    "only-governed-regions": (
        "Workloads run in Tokyo, Osaka and, for global services, N. Virginia.",
        [
            {
                "Sid": "DenyOtherRegions",
                "Effect": "Deny",
                "NotAction": [
                    "iam:*",
                    "organizations:*",
                    "route53:*",
                    "cloudfront:*",
                    "support:*",
                    "sts:*",
                ],
                "Resource": "*",
                "Condition": {
                    "StringNotEquals": {
                        "aws:RequestedRegion": ["ap-northeast-1", "ap-northeast-3", "us-east-1"]
                    }
                },
            }
        ],
        ("Workloads",),
    ),
    "deny-everything": (
        "Closed and quarantined accounts do nothing.",
        [_deny("DenyAll", ["*"])],
        ("Suspended",),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    seed: str = "empty"
    accounts: int = 1000
    ous: int = 200

    def __post_init__(self) -> None:
        if self.seed not in SEEDS:
            raise ValueError(f"seed must be one of {', '.join(SEEDS)}")


def sow(world: World, plan: Plan) -> None:
    """The caller holds the lock; the world is empty."""
    if plan.seed == "demo":
        sow_demo(world)
    elif plan.seed == "scale":
        sow_scale(world, accounts=plan.accounts, ous=plan.ous)


def sow_demo(world: World) -> None:
    """Production, verification and two standalone accounts, as portal.local.demo_data has them."""
    organisation = found_organisation(
        world,
        demo_data.MANAGEMENT_ID,
        demo_data.MANAGEMENT.name,
        demo_data.MANAGEMENT.email,
    )
    world.shelf(Directory).accounts[demo_data.MANAGEMENT_ID].tags.update(demo_data.MANAGEMENT.tags)
    units = _sow_units(world, organisation, demo_data.OUS)
    for demo_account in demo_data.ACCOUNTS[1:]:
        account = add_account(
            world,
            account_id=demo_account.id,
            name=demo_account.name,
            email=demo_account.email,
            organisation=organisation,
            parent_id=units[demo_account.ou].id,
            tags=demo_account.tags,
            joined_at=_seconds(demo_account.created_on),
        )
        account.state = demo_account.state
        add_access_role(world, organisation, account)
    _sow_delegations(organisation)
    _sow_policies(world, organisation, units)
    _sow_identity(world)
    _sow_budgets(world)
    _sow_contacts(world)
    _sow_baseline(world, organisation, units)
    _sow_verification(world)
    for name, account_id in demo_data.STANDALONE_ACCOUNTS:
        standalone(world, account_id, name, f"aws+{name}@{demo_data.MAIL_DOMAIN}")


def _seconds(day: str) -> float:
    return datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=UTC).timestamp()


def _sow_units(world: World, organisation: Organisation, paths: tuple[str, ...]) -> dict[str, Unit]:
    """The OUs by path; the empty path is the root."""
    units = {"": organisation.root}
    for path in paths:
        parent, _, name = path.rpartition("/")
        units[path] = add_unit(world, organisation, units[parent], name)
    return units


def _sow_delegations(organisation: Organisation) -> None:
    for service in TRUSTED_SERVICES:
        organisation.service_access[f"{service}.amazonaws.com"] = FOUNDED_AT
    for name, services in DELEGATIONS.items():
        account_id = demo_data.ACCOUNT_BY_NAME[name].id
        organisation.delegations[account_id] = {
            f"{service}.amazonaws.com": FOUNDED_AT for service in services
        }


def _sow_policies(world: World, organisation: Organisation, units: dict[str, Unit]) -> None:
    for name, (description, statements, paths) in SCPS.items():
        document = {"Version": "2012-10-17", "Statement": statements}
        policy = add_policy(
            world,
            organisation,
            name=name,
            kind=SCP,
            content=json.dumps(document, separators=(",", ":")),
            description=description,
        )
        _attach_all(policy, units, paths)


def _attach_all(policy: Policy, units: dict[str, Unit], paths: tuple[str, ...]) -> None:
    for path in paths:
        attach(policy, units[path])


def _sow_identity(world: World) -> None:
    """Groups for each team and role, everybody in theirs, and who may enter what."""
    instance = add_instance(
        world, demo_data.MANAGEMENT_ID, demo_data.HOME_REGION, demo_data.COMPANY
    )
    groups = {name: add_group(world, instance, name) for name in demo_data.GROUPS}
    for person in demo_data.PEOPLE:
        user = add_user(world, instance, person.username, **_attributes(person))
        for name in person.groups:
            add_member(world, instance, groups[name], user)
    sets = {
        name: add_permission_set(
            world,
            instance,
            name,
            description=description,
            session_duration=duration,
            managed={f"arn:aws:iam::aws:policy/{policy}": policy.rsplit("/", 1)[-1]},
        )
        for name, (description, duration, policy) in PERMISSION_SETS.items()
    }
    for account in demo_data.ACCOUNTS:
        for group_name, set_name in _grants(account):
            seat = (account.id, sets[set_name].arn)
            assign(world, instance, seat, ("GROUP", groups[group_name].id))


def _attributes(person: demo_data.Person) -> dict[str, Any]:
    return {
        "DisplayName": person.name_ja or person.name,
        "Name": {"GivenName": person.given_name, "FamilyName": person.family_name},
        "Emails": [{"Value": person.email, "Type": "work", "Primary": True}],
        "UserType": demo_data.TEAM_BY_KEY[person.team].name,
        "Locale": "ja-JP" if person.name_ja else "en-GB",
    }


def _grants(account: demo_data.DemoAccount) -> list[tuple[str, str]]:
    """Groups and the permission sets that they hold in this account."""
    if account.state != "ACTIVE":
        return []
    grants = [("security-operations", "SecurityAudit"), ("auditors", "ReadOnlyAccess")]
    if account.environment == "management":
        return [*grants, ("ccoe", "AdministratorAccess"), ("finance", "BillingAccess")]
    if account.ou.startswith("Core"):
        grants.append(("ccoe", "AdministratorAccess"))
    group = demo_data.TEAM_BY_KEY[account.team].group
    in_production = account.environment in ("production", "shared")
    return [*grants, (group, "ReadOnlyAccess" if in_production else "DeveloperAccess")]


def _sow_budgets(world: World) -> None:
    budgets = world.shelf(Budgets).by_account.setdefault(demo_data.MANAGEMENT_ID, {})
    for name, amount, filters, address in BUDGETS:
        budget = new_budget(
            world.now(),
            {
                "BudgetName": name,
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "TimePeriod": {"Start": FOUNDED_AT},
                "BudgetLimit": {"Amount": amount, "Unit": "USD"},
                "CostFilters": filters,
            },
        )
        for kind, threshold in (("ACTUAL", 80.0), ("FORECASTED", 100.0)):
            key = (kind, "GREATER_THAN", threshold, "PERCENTAGE")
            budget.notifications[key] = {("EMAIL", address): None}
            budget.states[key] = "OK"
        budgets[name] = budget


def _sow_contacts(world: World) -> None:
    """Security contacts of most accounts, and none where people forgot."""
    shelf = world.shelf(Contacts).by_account
    for account in demo_data.ACCOUNTS:
        if account.environment in ("production", "shared", "management"):
            shelf[account.id] = {
                "SECURITY": {
                    "Name": "Security Operations",
                    "Title": "Security Operations",
                    "EmailAddress": f"security@{demo_data.MAIL_DOMAIN}",
                    "PhoneNumber": "+81-3-0000-0000",
                }
            }


def _sow_baseline(world: World, organisation: Organisation, units: dict[str, Unit]) -> None:
    """The stack set of the baseline, deployed through the two large OUs."""
    stack_set = add_stack_set(
        world,
        owner_id=organisation.management_id,
        region=demo_data.HOME_REGION,
        name="portal-baseline",
        template=json.dumps(BASELINE, indent=2),
        description="What every account of the organisation has",
        permission_model="SERVICE_MANAGED",
        capabilities=["CAPABILITY_NAMED_IAM"],
        auto_deployment={"Enabled": True, "RetainStacksOnAccountRemoval": False},
        is_managed_execution=True,
        tags={"managed-by": "governance-portal"},
    )
    unit_ids = [units[path].id for path in ("Core", "Workloads")]
    region = demo_data.HOME_REGION
    stack_set.auto_targets = {unit_id: {region: None} for unit_id in unit_ids}
    targets = {"OrganizationalUnitIds": unit_ids}
    operation = StackSetOperation(
        id=world.new_uuid(),
        action="CREATE",
        created_at=FOUNDED_AT,
        ended_at=FOUNDED_AT + 600,
        status="SUCCEEDED",
        results={},
        targets=targets,
    )
    stack_set.operations[operation.id] = operation
    for account_id, unit_id in target_accounts(world, stack_set, targets).items():
        place = (account_id, region)
        instance = StackInstance(
            account_id=account_id,
            region=region,
            unit_id=unit_id,
            status="CURRENT",
            detailed_status="SUCCEEDED",
            last_operation_id=operation.id,
        )
        name = f"StackSet-portal-baseline-{world.new_uuid()}"
        instance.stack_id = stack_arn(instance, name, world.new_uuid())
        stack_set.instances[place] = instance
        operation.results[place] = StackSetResult(
            account_id=account_id, region=region, unit_id=unit_id, status="SUCCEEDED"
        )


def _sow_verification(world: World) -> None:
    organisation = found_organisation(
        world,
        demo_data.VERIFICATION_MANAGEMENT_ID,
        "verification-management",
        f"aws+verification-management@{demo_data.MAIL_DOMAIN}",
    )
    units = _sow_units(world, organisation, demo_data.VERIFICATION_OUS)
    for service in TRUSTED_SERVICES:
        organisation.service_access[f"{service}.amazonaws.com"] = FOUNDED_AT
    for name, ou, account_id in demo_data.VERIFICATION_ACCOUNTS:
        account = add_account(
            world,
            account_id=account_id,
            name=name,
            email=f"aws+{name}@{demo_data.MAIL_DOMAIN}",
            organisation=organisation,
            parent_id=units[ou].id,
            tags={"environment": "development", "team": "platform", "owner": "shiori.ogawa"},
            joined_at=FOUNDED_AT + 86_400,
        )
        add_access_role(world, organisation, account)


def found_organisation(world: World, account_id: str, name: str, email: str) -> Organisation:
    """A management account with the portal's roles, and its organisation."""
    account = standalone(world, account_id, name, email)
    return add_organisation(world, account, feature_set="ALL")


def standalone(world: World, account_id: str, name: str, email: str) -> Account:
    account = add_account(
        world, account_id=account_id, name=name, email=email, joined_at=FOUNDED_AT
    )
    for role_name, is_read_only in PORTAL_ROLES.items():
        roles.add(
            world,
            roles.Role(
                account_id=account_id,
                name=role_name,
                trusted=(HOME_ACCOUNT,),
                external_id=EXTERNAL_ID,
                is_read_only=is_read_only,
                max_session_seconds=4 * 3600,
            ),
        )
    return account


def sow_scale(world: World, *, accounts: int, ous: int) -> None:
    """One organisation under the demo's management account: a tree of OUs with at most twenty
    children each, and accounts spread evenly over them, three tags each.
    """
    organisation = found_organisation(
        world, demo_data.MANAGEMENT_ID, "Scale Group", "aws+management@scale.example"
    )
    units = [organisation.root]
    for number in range(ous):
        parent = units[number // 20]
        units.append(add_unit(world, organisation, parent, f"unit-{number:04}"))
    homes = units[1:] or units
    for number in range(accounts - 1):
        account = add_account(
            world,
            account_id=f"{500_000_000_000 + number}",
            name=f"account-{number:05}",
            email=f"aws+account-{number:05}@scale.example",
            organisation=organisation,
            parent_id=homes[number % len(homes)].id,
            tags={
                "environment": ("production", "development", "sandbox")[number % 3],
                "team": f"team-{number % 40:02}",
                "cost-centre": f"CC-{1000 + number % 60}",
            },
            joined_at=FOUNDED_AT + number * 3600,
        )
        add_access_role(world, organisation, account)
