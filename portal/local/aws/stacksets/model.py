"""What CloudFormation StackSets knows: stack sets, their instances and operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.local.aws.calls import AwsError
from portal.local.aws.organizations.model import Directory, Organisation, Unit
from portal.local.aws.world import World

Place = tuple[str, str]  # (account id, region)


@dataclass(slots=True, kw_only=True)
class Instance:
    account_id: str
    region: str
    unit_id: str = ""  # the OU through which it was deployed
    stack_id: str = ""
    status: str = "OUTDATED"  # CURRENT, OUTDATED, INOPERABLE
    detailed_status: str = "PENDING"
    reason: str = ""
    last_operation_id: str = ""
    overrides: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Result:
    account_id: str
    region: str
    unit_id: str = ""
    status: str = "PENDING"
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Operation:
    id: str
    action: str  # CREATE, UPDATE, DELETE
    created_at: float
    results: dict[Place, Result]
    status: str = "RUNNING"
    ended_at: float = 0.0
    reason: str = ""
    preferences: dict[str, Any] = field(default_factory=dict)
    targets: dict[str, Any] = field(default_factory=dict)
    has_retained_stacks: bool = False
    is_automatic: bool = False


@dataclass(slots=True, kw_only=True)
class StackSet:
    id: str  # name:uuid
    name: str
    owner_id: str
    region: str
    template: str
    permission_model: str
    description: str = ""
    status: str = "ACTIVE"
    token: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    auto_deployment: dict[str, Any] = field(default_factory=dict)
    is_managed_execution: bool = False
    administration_role: str = ""
    execution_role: str = ""
    instances: dict[Place, Instance] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    running: str = ""  # id of the operation
    queue: list[str] = field(default_factory=list)
    # OU -> regions: where new accounts are deployed to by themselves
    auto_targets: dict[str, dict[str, None]] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudformation:{self.region}:{self.owner_id}:stackset/{self.id}"

    @property
    def deploys_by_itself(self) -> bool:
        return self.permission_model == "SERVICE_MANAGED" and bool(
            self.auto_deployment.get("Enabled")
        )


@dataclass
class StackSets:
    by_id: dict[str, StackSet] = field(default_factory=dict)
    by_name: dict[tuple[str, str, str], str] = field(default_factory=dict)  # owner, region, name

    def find(self, owner_id: str, region: str, name: str) -> StackSet:
        """By name or id. Raises StackSetNotFoundException."""
        found = self.by_id.get(self.by_name.get((owner_id, region, name), name))
        if found is None or (found.owner_id, found.region) != (owner_id, region):
            raise AwsError("StackSetNotFoundException", f"StackSet {name} not found")
        return found


def add_stack_set(
    world: World, *, owner_id: str, region: str, name: str, template: str, **rest: Any
) -> StackSet:
    found = StackSet(
        id=f"{name}:{world.new_uuid()}",
        name=name,
        owner_id=owner_id,
        region=region,
        template=template,
        **rest,
    )
    shelf = world.shelf(StackSets)
    shelf.by_id[found.id] = found
    shelf.by_name[owner_id, region, name] = found.id
    return found


def accounts_below(organisation: Organisation, unit: Unit) -> list[str]:
    """Ids of all accounts in this OU and below it."""
    found = list(unit.accounts)
    for child_id in unit.units:
        found += accounts_below(organisation, organisation.units[child_id])
    return found


def target_accounts(world: World, stack_set: StackSet, targets: dict[str, Any]) -> dict[str, str]:
    """The accounts that DeploymentTargets means, each with the OU through which it is meant.

    The management account is never among those of a service-managed stack set.
    """
    named = dict.fromkeys(targets.get("Accounts") or [], "")
    if stack_set.permission_model == "SELF_MANAGED":
        return named
    organisation = world.shelf(Directory).managed_by(stack_set.owner_id)
    if organisation is None:
        raise AwsError("ValidationError", "The account does not manage an organization.")
    in_units: dict[str, str] = {}
    for unit_id in targets.get("OrganizationalUnitIds") or []:
        unit = organisation.units.get(unit_id)
        if unit is None:
            raise AwsError("ValidationError", f"OU {unit_id} does not exist.")
        for account_id in accounts_below(organisation, unit):
            in_units.setdefault(account_id, unit_id)
    in_units.pop(organisation.management_id, None)
    return _filtered(in_units, named, targets.get("AccountFilterType") or "NONE")


def _filtered(in_units: dict[str, str], named: dict[str, str], kind: str) -> dict[str, str]:
    if kind == "NONE":
        if named:
            raise AwsError("ValidationError", "Accounts need an AccountFilterType.")
        return in_units
    if not named:
        raise AwsError("ValidationError", f"{kind} needs Accounts.")
    if kind == "INTERSECTION":
        return {account: unit for account, unit in in_units.items() if account in named}
    if kind == "DIFFERENCE":
        return {account: unit for account, unit in in_units.items() if account not in named}
    return {**named, **in_units}
