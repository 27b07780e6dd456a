"""What the local AWS starts with: nothing, the demo organisation, or a big one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.local import demo_data
from portal.local.aws import roles
from portal.local.aws.callers import HOME_ACCOUNT
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


def organisation_of(world: World, account_id: str) -> Organisation:
    found = world.shelf(Directory).organisation_of(account_id)
    if found is None:
        raise LookupError(account_id)
    return found
