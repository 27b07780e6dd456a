"""Roots, OUs and the tree."""

from __future__ import annotations

from typing import Any

from portal.local.aws.calls import Answer, Ask, AwsError, Call
from portal.local.aws.organizations import tags
from portal.local.aws.organizations.access import READERS, account_in, answers, violation
from portal.local.aws.organizations.model import (
    Organisation,
    Unit,
    add_unit,
    describe_unit,
)
from portal.local.aws.paging import page

DEEPEST = 5


@answers("ListRoots", READERS)
def list_roots(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    return {"Roots": [describe_root(organisation)]}


def describe_root(organisation: Organisation) -> dict[str, Any]:
    return {
        "Id": organisation.root_id,
        "Arn": organisation.root.arn,
        "Name": organisation.root.name,
        "PolicyTypes": [
            {"Type": kind, "Status": status} for kind, status in organisation.policy_types.items()
        ],
    }


def _unit(organisation: Organisation, unit_id: str) -> Unit:
    if unit_id == organisation.root_id:
        unit_id = "the root is no organizational unit"
    return organisation.unit(unit_id, "OrganizationalUnitNotFoundException")


@answers("DescribeOrganizationalUnit", READERS)
def describe_organizational_unit(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    return {"OrganizationalUnit": describe_unit(_unit(organisation, ask["OrganizationalUnitId"]))}


@answers("CreateOrganizationalUnit")
def create_organizational_unit(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    parent = organisation.unit(ask["ParentId"], "ParentNotFoundException")
    _check_name(organisation, parent, ask["Name"])
    if parent.depth >= DEEPEST:
        raise violation("OU_DEPTH_LIMIT_EXCEEDED", "OUs can be nested five levels deep.")
    if len(organisation.units) > call.world.settings.unit_limit:
        raise violation("OU_NUMBER_LIMIT_EXCEEDED", "You have reached the number of OUs.")
    new_tags = tags.read(ask.get("Tags") or [])
    tags.check_count(new_tags)
    unit = add_unit(call.world, organisation, parent, ask["Name"], new_tags)
    return {"OrganizationalUnit": describe_unit(unit)}


@answers("UpdateOrganizationalUnit")
def update_organizational_unit(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    unit = _unit(organisation, ask["OrganizationalUnitId"])
    name = ask.get("Name")
    if name and name != unit.name:
        _check_name(organisation, organisation.units[unit.parent_id], name)
        unit.name = name
    return {"OrganizationalUnit": describe_unit(unit)}


def _check_name(organisation: Organisation, parent: Unit, name: str) -> None:
    if any(organisation.units[sibling].name == name for sibling in parent.units):
        raise AwsError(
            "DuplicateOrganizationalUnitException", "An OU with the same name already exists."
        )


@answers("DeleteOrganizationalUnit")
def delete_organizational_unit(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    unit = _unit(organisation, ask["OrganizationalUnitId"])
    if unit.accounts or unit.units:
        raise AwsError(
            "OrganizationalUnitNotEmptyException", "The organizational unit is not empty."
        )
    for policy_id in unit.policies:
        organisation.policies[policy_id].targets.pop(unit.id, None)
    del organisation.units[unit.parent_id].units[unit.id]
    del organisation.units[unit.id]
    return {}


@answers("ListOrganizationalUnitsForParent", READERS)
def list_organizational_units_for_parent(
    call: Call, organisation: Organisation, ask: Ask
) -> Answer:
    parent = organisation.unit(ask["ParentId"], "ParentNotFoundException")
    return page(
        call,
        ask,
        "OrganizationalUnits",
        parent.units,
        lambda unit_id: describe_unit(organisation.units[unit_id]),
        size=call.world.settings.page_size,
    )


@answers("ListChildren", READERS)
def list_children(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    parent = organisation.unit(ask["ParentId"], "ParentNotFoundException")
    kind = ask["ChildType"]
    children = parent.accounts if kind == "ACCOUNT" else parent.units
    return page(
        call,
        ask,
        "Children",
        children,
        lambda child_id: {"Id": child_id, "Type": kind},
        size=call.world.settings.page_size,
    )


@answers("ListParents", READERS)
def list_parents(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    child_id = ask["ChildId"]
    if child_id.startswith("ou-"):
        parent_id = organisation.unit(child_id, "ChildNotFoundException").parent_id
    else:
        try:
            parent_id = account_in(call, organisation, child_id).parent_id
        except AwsError as error:
            raise AwsError("ChildNotFoundException", error.message) from error
    kind = "ROOT" if parent_id == organisation.root_id else "ORGANIZATIONAL_UNIT"
    return {"Parents": [{"Id": parent_id, "Type": kind}]}
