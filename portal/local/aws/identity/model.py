"""What IAM Identity Center and its identity store know. One instance, in the management account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.local.aws import roles
from portal.local.aws.calls import AwsError, Call
from portal.local.aws.organizations.model import Directory
from portal.local.aws.world import World

HEX = "0123456789abcdef"
SSO_PRINCIPAL = "sso.amazonaws.com"
PAGE_SIZE = 100
Principal = tuple[str, str]  # (USER or GROUP, id)
Seat = tuple[str, str]  # (account id, permission set ARN)


@dataclass(slots=True, kw_only=True)
class User:
    id: str
    username: str
    created_at: float
    attributes: dict[str, Any] = field(default_factory=dict)  # DisplayName, Name, Emails, Title …


@dataclass(slots=True, kw_only=True)
class Group:
    id: str
    name: str
    created_at: float
    description: str = ""
    members: dict[str, str] = field(default_factory=dict)  # user id -> membership id


@dataclass(slots=True, kw_only=True)
class PermissionSet:
    arn: str
    name: str
    created_at: float
    description: str = ""
    session_duration: str = "PT1H"
    relay_state: str = ""
    inline_policy: str = ""
    managed: dict[str, str] = field(default_factory=dict)  # ARN -> name
    customer_managed: dict[tuple[str, str], None] = field(default_factory=dict)  # (name, path)
    boundary: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    version: int = 1
    provisioned: dict[str, int] = field(default_factory=dict)  # account -> version


@dataclass(slots=True, kw_only=True)
class Operation:
    """An assignment that is made or taken away, or a permission set that is provisioned."""

    id: str
    kind: str  # create, delete, provision
    created_at: float
    permission_set_arn: str
    account_id: str = ""
    principal: Principal = ("", "")
    status: str = "IN_PROGRESS"
    failure_reason: str = ""


@dataclass(slots=True, kw_only=True)
class Instance:
    arn: str
    store_id: str
    owner_id: str
    created_at: float
    region: str
    name: str = ""
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    user_by_name: dict[str, str] = field(default_factory=dict)
    group_by_name: dict[str, str] = field(default_factory=dict)
    groups_of_user: dict[str, dict[str, None]] = field(default_factory=dict)
    membership_by_id: dict[str, tuple[str, str]] = field(default_factory=dict)  # (group, user)
    permission_sets: dict[str, PermissionSet] = field(default_factory=dict)
    assignments: dict[Seat, dict[Principal, None]] = field(default_factory=dict)
    seats: dict[Principal, dict[Seat, None]] = field(default_factory=dict)
    sets_of_account: dict[str, dict[str, None]] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    in_progress: dict[str, None] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return self.arn.rsplit("/", 1)[-1]


@dataclass
class Centre:
    by_arn: dict[str, Instance] = field(default_factory=dict)
    by_store: dict[str, Instance] = field(default_factory=dict)


def add_instance(world: World, owner_id: str, region: str, name: str = "") -> Instance:
    instance = Instance(
        arn=f"arn:aws:sso:::instance/ssoins-{world.new_id('', 16, HEX)}",
        store_id=world.new_id("d-", 10, HEX),
        owner_id=owner_id,
        created_at=world.now(),
        region=region,
        name=name,
    )
    centre = world.shelf(Centre)
    centre.by_arn[instance.arn] = instance
    centre.by_store[instance.store_id] = instance
    return instance


def may_use(call: Call, instance: Instance) -> bool:
    """The owner, or the account to which Identity Center is delegated."""
    if call.account_id == instance.owner_id:
        return True
    organisation = call.world.shelf(Directory).organisation_of(instance.owner_id)
    services = organisation.delegations.get(call.account_id, {}) if organisation else {}
    return SSO_PRINCIPAL in services


def checked(call: Call, instance: Instance | None, name: str) -> Instance:
    """Raises ResourceNotFoundException, AccessDeniedException."""
    if instance is None:
        raise AwsError("ResourceNotFoundException", f"{name} does not exist.")
    if not may_use(call, instance):
        raise AwsError(
            "AccessDeniedException",
            f"User: {call.caller.arn} is not authorized to perform: {call.operation} on {name}",
        )
    return instance


def add_user(world: World, instance: Instance, username: str, **attributes: Any) -> User:
    user = User(
        id=world.new_uuid(), username=username, created_at=world.now(), attributes=attributes
    )
    instance.users[user.id] = user
    instance.user_by_name[username.lower()] = user.id
    return user


def add_group(world: World, instance: Instance, name: str, description: str = "") -> Group:
    group = Group(id=world.new_uuid(), name=name, description=description, created_at=world.now())
    instance.groups[group.id] = group
    instance.group_by_name[name.lower()] = group.id
    return group


def add_member(world: World, instance: Instance, group: Group, user: User) -> str:
    """The id of the membership."""
    membership_id = world.new_uuid()
    group.members[user.id] = membership_id
    instance.groups_of_user.setdefault(user.id, {})[group.id] = None
    instance.membership_by_id[membership_id] = (group.id, user.id)
    return membership_id


def remove_member(instance: Instance, group: Group, user_id: str) -> None:
    del instance.membership_by_id[group.members.pop(user_id)]
    instance.groups_of_user[user_id].pop(group.id, None)


def add_permission_set(
    world: World, instance: Instance, name: str, **attributes: Any
) -> PermissionSet:
    arn = f"arn:aws:sso:::permissionSet/{instance.number}/ps-{world.new_id('', 16, HEX)}"
    found = PermissionSet(arn=arn, name=name, created_at=world.now(), **attributes)
    instance.permission_sets[arn] = found
    return found


def assign(world: World, instance: Instance, seat: Seat, principal: Principal) -> None:
    """Makes an assignment, and the role that Identity Center puts into the account for it."""
    account_id, arn = seat
    permission_set = instance.permission_sets[arn]
    instance.assignments.setdefault(seat, {})[principal] = None
    instance.seats.setdefault(principal, {})[seat] = None
    instance.sets_of_account.setdefault(account_id, {})[arn] = None
    if account_id not in permission_set.provisioned:
        permission_set.provisioned[account_id] = permission_set.version
        roles.add(
            world,
            roles.Role(
                account_id=account_id,
                name=f"AWSReservedSSO_{permission_set.name}_{arn[-16:]}",
                path=f"/aws-reserved/sso.amazonaws.com/{instance.region}/",
                trusted=(),
            ),
        )


def unassign(instance: Instance, seat: Seat, principal: Principal) -> None:
    account_id, arn = seat
    holders = instance.assignments[seat]
    del holders[principal]
    instance.seats[principal].pop(seat, None)
    if not holders:
        del instance.assignments[seat]
        instance.sets_of_account[account_id].pop(arn, None)
        instance.permission_sets[arn].provisioned.pop(account_id, None)
