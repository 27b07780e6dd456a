"""What AWS Organizations knows: accounts, roots and OUs, policies, one directory for all of AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from portal.local.aws.calls import AwsError
from portal.local.aws.world import World

FULL_ACCESS_ID = "p-FullAWSAccess"
RCP_FULL_ACCESS_ID = "p-RCPFullAWSAccess"
SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
# type -> (id, name, statement) of what AWS attaches by itself
MANAGED_POLICIES: dict[str, tuple[str, str, dict[str, str]]] = {
    SCP: (
        FULL_ACCESS_ID,
        "FullAWSAccess",
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
    ),
    RCP: (
        RCP_FULL_ACCESS_ID,
        "RCPFullAWSAccess",
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
    ),
}
LEGACY_STATUS = {
    "PENDING_ACTIVATION": "ACTIVE",
    "ACTIVE": "ACTIVE",
    "PENDING_CLOSURE": "PENDING_CLOSURE",
    "SUSPENDED": "SUSPENDED",
    "CLOSED": "SUSPENDED",
}
GONE = ("SUSPENDED", "CLOSED", "PENDING_CLOSURE")


@dataclass(slots=True, kw_only=True)
class Account:
    id: str
    name: str
    email: str
    joined_at: float
    organisation_id: str = ""  # empty for a standalone account
    parent_id: str = ""
    joined_method: str = "CREATED"
    state: str = "ACTIVE"
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, None] = field(default_factory=dict)
    visible_at: float = 0.0
    usable_at: float = 0.0

    def is_usable(self, now: float) -> bool:
        """True when its roles may be entered."""
        return self.state not in GONE and self.usable_at <= now


@dataclass(slots=True, kw_only=True)
class Unit:
    """A root or an OU."""

    id: str
    name: str
    arn: str
    path: str  # o-…/r-…/ou-…/
    depth: int  # 0 for the root
    parent_id: str = ""
    units: dict[str, None] = field(default_factory=dict)
    accounts: dict[str, None] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Policy:
    id: str
    name: str
    type: str
    content: str
    arn: str
    description: str = ""
    is_aws_managed: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    targets: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Creation:
    """One request of CreateAccount."""

    id: str
    name: str
    email: str
    role_name: str
    tags: dict[str, str]
    requested_at: float
    state: str = "IN_PROGRESS"
    completed_at: float = 0.0
    account_id: str = ""
    failure_reason: str = ""


@dataclass(slots=True, kw_only=True)
class Organisation:
    id: str
    management_id: str
    root_id: str
    feature_set: str = "ALL"
    units: dict[str, Unit] = field(default_factory=dict)
    account_ids: dict[str, None] = field(default_factory=dict)  # in the order of joining
    policies: dict[str, Policy] = field(default_factory=dict)
    policy_types: dict[str, str] = field(default_factory=dict)  # type -> status
    creations: dict[str, Creation] = field(default_factory=dict)
    in_progress: dict[str, None] = field(default_factory=dict)  # ids of creations
    service_access: dict[str, float] = field(default_factory=dict)  # principal -> enabled at
    # account -> principal -> enabled at
    delegations: dict[str, dict[str, float]] = field(default_factory=dict)
    closures: list[float] = field(default_factory=list)
    closing: dict[str, None] = field(default_factory=dict)  # accounts in PENDING_CLOSURE

    @property
    def root(self) -> Unit:
        return self.units[self.root_id]

    def arn(self, kind: str, rest: str) -> str:
        return f"arn:aws:organizations::{self.management_id}:{kind}/{self.id}/{rest}"

    def account_arn(self, account_id: str) -> str:
        return self.arn("account", account_id)

    def unit(self, unit_id: str, error: str) -> Unit:
        """The root or OU with this id. Raises AwsError with this code."""
        found = self.units.get(unit_id)
        if found is None:
            raise AwsError(error, f"You specified an entity that doesn't exist: {unit_id}.")
        return found


@dataclass
class Directory:
    """All accounts and organisations of this local AWS, and every e-mail address ever used."""

    accounts: dict[str, Account] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    account_by_email: dict[str, str] = field(default_factory=dict)

    def organisation_of(self, account_id: str) -> Organisation | None:
        account = self.accounts.get(account_id)
        return self.organisations.get(account.organisation_id) if account else None

    def managed_by(self, account_id: str) -> Organisation | None:
        organisation = self.organisation_of(account_id)
        return organisation if organisation and organisation.management_id == account_id else None


def add_account(
    world: World,
    *,
    account_id: str,
    name: str,
    email: str,
    organisation: Organisation | None = None,
    parent_id: str = "",
    tags: dict[str, str] | None = None,
    joined_at: float | None = None,
    joined_method: str = "CREATED",
) -> Account:
    """Enters an account in the directory and, in an organisation, under its parent."""
    directory = world.shelf(Directory)
    account = Account(
        id=account_id,
        name=name,
        email=email,
        joined_at=world.now() if joined_at is None else joined_at,
        joined_method=joined_method,
        tags=dict(tags or {}),
    )
    directory.accounts[account_id] = account
    directory.account_by_email[email.lower()] = account_id
    if organisation:
        place(organisation, account, parent_id or organisation.root_id)
        organisation.account_ids[account_id] = None
        account.organisation_id = organisation.id
        for policy in default_policies(organisation):
            account.policies[policy.id] = None
            policy.targets[account_id] = None
    world.touch()
    return account


def place(organisation: Organisation, account: Account, parent_id: str) -> None:
    """Puts the account under a parent, and takes it from where it was."""
    if account.parent_id:
        del organisation.units[account.parent_id].accounts[account.id]
    organisation.units[parent_id].accounts[account.id] = None
    account.parent_id = parent_id


def add_organisation(world: World, management: Account, *, feature_set: str) -> Organisation:
    """A new organisation of one account, with SCPs enabled and FullAWSAccess on its root."""
    organisation = Organisation(
        id=world.new_id("o-", 10),
        management_id=management.id,
        root_id=world.new_id("r-", 4),
        feature_set=feature_set,
    )
    root_id = organisation.root_id
    organisation.units[root_id] = Unit(
        id=root_id,
        name="Root",
        arn=organisation.arn("root", root_id),
        path=f"{organisation.id}/{root_id}/",
        depth=0,
    )
    _add_managed_policy(organisation, SCP)
    organisation.policy_types[SCP] = "ENABLED"
    world.shelf(Directory).organisations[organisation.id] = organisation
    management.organisation_id = organisation.id
    management.joined_method = "INVITED"
    organisation.account_ids[management.id] = None
    place(organisation, management, root_id)
    for policy in default_policies(organisation):
        for target in (organisation.root.policies, management.policies):
            target[policy.id] = None
        policy.targets |= {root_id: None, management.id: None}
    world.touch()
    return organisation


def _add_managed_policy(organisation: Organisation, kind: str) -> Policy:
    policy_id, name, statement = MANAGED_POLICIES[kind]
    organisation.policies[policy_id] = Policy(
        id=policy_id,
        name=name,
        type=kind,
        content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        arn=f"arn:aws:organizations::aws:policy/{kind.lower().removesuffix('_policy')}/{policy_id}",
        description="Allows access to every operation",
        is_aws_managed=True,
    )
    return organisation.policies[policy_id]


def attach_managed_policy(world: World, organisation: Organisation, kind: str) -> None:
    """Enabling SCPs or RCPs attaches the policy that allows everything to everything."""
    if kind not in MANAGED_POLICIES:
        return
    policy = organisation.policies.get(MANAGED_POLICIES[kind][0]) or _add_managed_policy(
        organisation, kind
    )
    accounts = world.shelf(Directory).accounts
    for target_id in [*organisation.units, *organisation.account_ids]:
        target = organisation.units.get(target_id) or accounts[target_id]
        target.policies[policy.id] = None
        policy.targets[target_id] = None


def default_policies(organisation: Organisation) -> list[Policy]:
    """What AWS attaches by itself to everything new."""
    ids = [
        MANAGED_POLICIES[kind][0] for kind in organisation.policy_types if kind in MANAGED_POLICIES
    ]
    return [organisation.policies[policy_id] for policy_id in ids]


def add_unit(
    world: World,
    organisation: Organisation,
    parent: Unit,
    name: str,
    tags: dict[str, str] | None = None,
) -> Unit:
    unit_id = world.new_id(f"ou-{organisation.root_id[2:]}-", 8)
    unit = Unit(
        id=unit_id,
        name=name,
        arn=organisation.arn("ou", unit_id),
        path=f"{parent.path}{unit_id}/",
        depth=parent.depth + 1,
        parent_id=parent.id,
        tags=dict(tags or {}),
    )
    organisation.units[unit_id] = unit
    parent.units[unit_id] = None
    for policy in default_policies(organisation):
        unit.policies[policy.id] = None
        policy.targets[unit_id] = None
    world.touch()
    return unit


def new_account_id(world: World) -> str:
    accounts = world.shelf(Directory).accounts
    while True:
        found = str(world.random.randrange(400_000_000_000, 999_999_999_999))
        if found not in accounts:
            return found


def describe_account(world: World, account: Account) -> dict[str, Any]:
    organisation = world.shelf(Directory).organisations[account.organisation_id]
    described: dict[str, Any] = {
        "Id": account.id,
        "Arn": organisation.account_arn(account.id),
        "Email": account.email,
        "Name": account.name,
        "State": account.state,
        "JoinedMethod": account.joined_method,
        "JoinedTimestamp": account.joined_at,
    }
    if not world.settings.omit_status:
        described["Status"] = LEGACY_STATUS[account.state]
    if not world.settings.omit_paths:
        described["Paths"] = [f"{organisation.units[account.parent_id].path}{account.id}/"]
    return described


def describe_unit(unit: Unit) -> dict[str, Any]:
    return {"Id": unit.id, "Arn": unit.arn, "Name": unit.name, "Path": unit.path}
