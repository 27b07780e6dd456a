"""identitystore: users, groups and who belongs to which."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.local.aws.calls import HANDLERS, Answer, Ask, AwsError, Call
from portal.local.aws.identity.model import (
    PAGE_SIZE,
    Centre,
    Group,
    Instance,
    User,
    add_group,
    add_member,
    add_user,
    checked,
    remove_member,
    unassign,
)
from portal.local.aws.paging import page

StoreHandler = Callable[[Call, Instance, Ask], Answer]
UNIQUE = "UNIQUENESS_CONSTRAINT_VIOLATION"
USER_ATTRIBUTES = {
    "username": "UserName",
    "displayname": "DisplayName",
    "nickname": "NickName",
    "profileurl": "ProfileUrl",
    "usertype": "UserType",
    "title": "Title",
    "preferredlanguage": "PreferredLanguage",
    "locale": "Locale",
    "timezone": "Timezone",
    "name": "Name",
    "emails": "Emails",
    "userstatus": "UserStatus",
}


def answers(operation: str) -> Callable[[StoreHandler], StoreHandler]:
    """Enters a handler that is given the instance of the store, when the caller may use it."""

    def enter(function: StoreHandler) -> StoreHandler:
        def handler(call: Call, ask: Ask) -> Answer:
            store_id = ask["IdentityStoreId"].rsplit("/", 1)[-1]
            found = call.world.shelf(Centre).by_store.get(store_id)
            return function(call, checked(call, found, store_id), ask)

        HANDLERS["identitystore", operation] = handler
        return function

    return enter


def _missing(kind: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"{kind} not found.", ResourceType=kind)


def _user(instance: Instance, user_id: str) -> User:
    found = instance.users.get(user_id.rsplit("/", 1)[-1])
    if found is None:
        raise _missing("USER")
    return found


def _group(instance: Instance, group_id: str) -> Group:
    found = instance.groups.get(group_id.rsplit("/", 1)[-1])
    if found is None:
        raise _missing("GROUP")
    return found


def _arn(kind: str, thing_id: str) -> str:
    return f"arn:aws:identitystore:::{kind}/{thing_id}"


def _describe_user(instance: Instance, user: User) -> dict[str, Any]:
    return {
        "UserStatus": "ENABLED",
        **user.attributes,
        "IdentityStoreId": instance.store_id,
        "UserId": user.id,
        "UserArn": _arn("user", user.id),
        "Revision": "1",
        "UserName": user.username,
        "CreatedAt": user.created_at,
    }


def _describe_group(instance: Instance, group: Group) -> dict[str, Any]:
    return {
        "IdentityStoreId": instance.store_id,
        "GroupId": group.id,
        "GroupArn": _arn("group", group.id),
        "Revision": "1",
        "DisplayName": group.name,
        "Description": group.description,
        "CreatedAt": group.created_at,
    }


def _describe_membership(instance: Instance, group: Group, user_id: str) -> dict[str, Any]:
    membership_id = group.members[user_id]
    return {
        "IdentityStoreId": instance.store_id,
        "MembershipId": membership_id,
        "MembershipArn": _arn("membership", membership_id),
        "GroupId": group.id,
        "MemberId": {"UserId": user_id},
        "CreatedAt": group.created_at,
    }


@answers("CreateUser")
def create_user(call: Call, instance: Instance, ask: Ask) -> Answer:
    username = ask.get("UserName")
    if not username:
        raise AwsError("ValidationException", "UserName is required.")
    if username.lower() in instance.user_by_name:
        raise AwsError("ConflictException", "Duplicate UserName", Reason=UNIQUE)
    rest = {k: v for k, v in ask.items() if k not in ("IdentityStoreId", "UserName")}
    user = add_user(call.world, instance, username, **rest)
    return _keys(_describe_user(instance, user), "UserId", "UserArn")


def _keys(described: dict[str, Any], *names: str) -> Answer:
    return {key: described[key] for key in ("IdentityStoreId", *names, "Revision")}


@answers("DescribeUser")
def describe_user(call: Call, instance: Instance, ask: Ask) -> Answer:
    return _describe_user(instance, _user(instance, ask["UserId"]))


@answers("UpdateUser")
def update_user(call: Call, instance: Instance, ask: Ask) -> Answer:
    user = _user(instance, ask["UserId"])
    for operation in ask["Operations"]:
        _change(instance, user, operation["AttributePath"], operation.get("AttributeValue"))
    return _keys(_describe_user(instance, user), "UserId", "UserArn")


def _change(instance: Instance, user: User, path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    name = USER_ATTRIBUTES.get(first.lower())
    if name is None:
        raise AwsError("ValidationException", f"Unknown attribute {path}.")
    if name == "UserName":
        del instance.user_by_name[user.username.lower()]
        user.username = str(value)
        instance.user_by_name[user.username.lower()] = user.id
    elif rest:
        part = rest[:1].upper() + rest[1:]
        user.attributes[name] = {**user.attributes.get(name, {}), part: value}
    elif value is None:
        user.attributes.pop(name, None)
    else:
        user.attributes[name] = value


@answers("DeleteUser")
def delete_user(call: Call, instance: Instance, ask: Ask) -> Answer:
    user = _user(instance, ask["UserId"])
    for group_id in list(instance.groups_of_user.get(user.id, {})):
        remove_member(instance, instance.groups[group_id], user.id)
    for seat in list(instance.seats.get(("USER", user.id), {})):
        unassign(instance, seat, ("USER", user.id))
    del instance.user_by_name[user.username.lower()]
    del instance.users[user.id]
    return {}


@answers("ListUsers")
def list_users(call: Call, instance: Instance, ask: Ask) -> Answer:
    def describe(user_id: str) -> dict[str, Any]:
        return _describe_user(instance, instance.users[user_id])

    wanted = _filtered(ask, "username", instance.user_by_name, instance.users)
    return page(call, ask, "Users", wanted, describe, size=PAGE_SIZE)


def _filtered(ask: Ask, attribute: str, by_name: dict[str, str], all_of: dict[str, Any]) -> Any:
    """Ids. The API filters by the one unique name only."""
    for one in ask.get("Filters") or []:
        if one["AttributePath"].lower() != attribute:
            raise AwsError("ValidationException", f"Cannot filter by {one['AttributePath']}.")
        found = by_name.get(one["AttributeValue"].lower())
        return [found] if found else []
    return all_of


@answers("GetUserId")
def get_user_id(call: Call, instance: Instance, ask: Ask) -> Answer:
    user_id = _unique(ask, "USER", "username", instance.user_by_name)
    return {
        "IdentityStoreId": instance.store_id,
        "UserId": user_id,
        "UserArn": _arn("user", user_id),
    }


def _unique(ask: Ask, kind: str, attribute: str, by_name: dict[str, str]) -> str:
    wanted = ask["AlternateIdentifier"].get("UniqueAttribute") or {}
    if wanted.get("AttributePath", "").lower() != attribute:
        raise AwsError("ValidationException", f"Only {attribute} is unique.")
    found = by_name.get(str(wanted.get("AttributeValue")).lower())
    if found is None:
        raise _missing(kind)
    return found


@answers("CreateGroup")
def create_group(call: Call, instance: Instance, ask: Ask) -> Answer:
    name = ask.get("DisplayName")
    if not name:
        raise AwsError("ValidationException", "DisplayName is required.")
    if name.lower() in instance.group_by_name:
        raise AwsError("ConflictException", "Duplicate GroupDisplayName", Reason=UNIQUE)
    group = add_group(call.world, instance, name, ask.get("Description") or "")
    return _keys(_describe_group(instance, group), "GroupId", "GroupArn")


@answers("DescribeGroup")
def describe_group(call: Call, instance: Instance, ask: Ask) -> Answer:
    return _describe_group(instance, _group(instance, ask["GroupId"]))


@answers("UpdateGroup")
def update_group(call: Call, instance: Instance, ask: Ask) -> Answer:
    group = _group(instance, ask["GroupId"])
    for operation in ask["Operations"]:
        value = str(operation.get("AttributeValue") or "")
        if operation["AttributePath"].lower() == "displayname":
            del instance.group_by_name[group.name.lower()]
            group.name = value
            instance.group_by_name[value.lower()] = group.id
        else:
            group.description = value
    return _keys(_describe_group(instance, group), "GroupId", "GroupArn")


@answers("DeleteGroup")
def delete_group(call: Call, instance: Instance, ask: Ask) -> Answer:
    group = _group(instance, ask["GroupId"])
    for user_id in list(group.members):
        remove_member(instance, group, user_id)
    for seat in list(instance.seats.get(("GROUP", group.id), {})):
        unassign(instance, seat, ("GROUP", group.id))
    del instance.group_by_name[group.name.lower()]
    del instance.groups[group.id]
    return {}


@answers("ListGroups")
def list_groups(call: Call, instance: Instance, ask: Ask) -> Answer:
    def describe(group_id: str) -> dict[str, Any]:
        return _describe_group(instance, instance.groups[group_id])

    wanted = _filtered(ask, "displayname", instance.group_by_name, instance.groups)
    return page(call, ask, "Groups", wanted, describe, size=PAGE_SIZE)


@answers("GetGroupId")
def get_group_id(call: Call, instance: Instance, ask: Ask) -> Answer:
    group_id = _unique(ask, "GROUP", "displayname", instance.group_by_name)
    return {
        "IdentityStoreId": instance.store_id,
        "GroupId": group_id,
        "GroupArn": _arn("group", group_id),
    }


@answers("CreateGroupMembership")
def create_group_membership(call: Call, instance: Instance, ask: Ask) -> Answer:
    group = _group(instance, ask["GroupId"])
    user = _user(instance, ask["MemberId"]["UserId"])
    if user.id in group.members:
        raise AwsError(
            "ConflictException", "Member and Group relationship already exists.", Reason=UNIQUE
        )
    membership_id = add_member(call.world, instance, group, user)
    return {
        "IdentityStoreId": instance.store_id,
        "MembershipId": membership_id,
        "MembershipArn": _arn("membership", membership_id),
    }


def _membership(instance: Instance, membership_id: str) -> tuple[Group, str]:
    found = instance.membership_by_id.get(membership_id.rsplit("/", 1)[-1])
    if found is None:
        raise _missing("GROUP_MEMBERSHIP")
    return instance.groups[found[0]], found[1]


@answers("DeleteGroupMembership")
def delete_group_membership(call: Call, instance: Instance, ask: Ask) -> Answer:
    group, user_id = _membership(instance, ask["MembershipId"])
    remove_member(instance, group, user_id)
    return {}


@answers("DescribeGroupMembership")
def describe_group_membership(call: Call, instance: Instance, ask: Ask) -> Answer:
    return _describe_membership(instance, *_membership(instance, ask["MembershipId"]))


@answers("GetGroupMembershipId")
def get_group_membership_id(call: Call, instance: Instance, ask: Ask) -> Answer:
    group = _group(instance, ask["GroupId"])
    user = _user(instance, ask["MemberId"]["UserId"])
    if user.id not in group.members:
        raise _missing("GROUP_MEMBERSHIP")
    described = _describe_membership(instance, group, user.id)
    return {key: described[key] for key in ("IdentityStoreId", "MembershipId", "MembershipArn")}


@answers("ListGroupMemberships")
def list_group_memberships(call: Call, instance: Instance, ask: Ask) -> Answer:
    group = _group(instance, ask["GroupId"])

    def describe(user_id: str) -> dict[str, Any]:
        return _describe_membership(instance, group, user_id)

    return page(call, ask, "GroupMemberships", group.members, describe, size=PAGE_SIZE)


@answers("ListGroupMembershipsForMember")
def list_memberships_for_member(call: Call, instance: Instance, ask: Ask) -> Answer:
    user = _user(instance, ask["MemberId"]["UserId"])

    def describe(group_id: str) -> dict[str, Any]:
        return _describe_membership(instance, instance.groups[group_id], user.id)

    groups = instance.groups_of_user.get(user.id, {})
    return page(call, ask, "GroupMemberships", groups, describe, size=PAGE_SIZE)


@answers("IsMemberInGroups")
def is_member_in_groups(call: Call, instance: Instance, ask: Ask) -> Answer:
    user = _user(instance, ask["MemberId"]["UserId"])
    return {
        "Results": [
            {
                "GroupId": group_id,
                "MemberId": {"UserId": user.id},
                "MembershipExists": user.id in _group(instance, group_id).members,
            }
            for group_id in ask["GroupIds"]
        ]
    }
