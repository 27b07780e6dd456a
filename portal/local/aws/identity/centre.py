"""sso-admin: permission sets, and assignments that are made and taken away in the background."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from portal.local.aws.calls import HANDLERS, Answer, Ask, AwsError, Call, handles
from portal.local.aws.identity.model import (
    PAGE_SIZE,
    Centre,
    Instance,
    Operation,
    PermissionSet,
    Principal,
    Seat,
    add_instance,
    add_permission_set,
    assign,
    checked,
    may_use,
    unassign,
)
from portal.local.aws.organizations.model import Directory
from portal.local.aws.paging import page
from portal.local.aws.world import World, deed

InstanceHandler = Callable[[Call, Instance, Ask], Answer]


def answers(operation: str) -> Callable[[InstanceHandler], InstanceHandler]:
    """Enters a handler that is given the instance, when the caller may use it."""

    def enter(function: InstanceHandler) -> InstanceHandler:
        def handler(call: Call, ask: Ask) -> Answer:
            found = call.world.shelf(Centre).by_arn.get(ask["InstanceArn"])
            return function(call, checked(call, found, ask["InstanceArn"]), ask)

        HANDLERS["sso-admin", operation] = handler
        return function

    return enter


def _set(instance: Instance, ask: Ask) -> PermissionSet:
    found = instance.permission_sets.get(ask["PermissionSetArn"])
    if found is None:
        raise AwsError(
            "ResourceNotFoundException",
            f"PermissionSet with arn {ask['PermissionSetArn']} does not exist.",
        )
    return found


@handles("sso-admin", "ListInstances")
def list_instances(call: Call, ask: Ask) -> Answer:
    usable = [i for i in call.world.shelf(Centre).by_arn.values() if may_use(call, i)]
    return page(call, ask, "Instances", usable, _describe_instance, size=10)


def _describe_instance(instance: Instance) -> dict[str, Any]:
    return {
        "InstanceArn": instance.arn,
        "IdentityStoreId": instance.store_id,
        "OwnerAccountId": instance.owner_id,
        "Name": instance.name,
        "CreatedDate": instance.created_at,
        "Status": "ACTIVE",
        "PrimaryRegion": instance.region,
    }


@answers("DescribeInstance")
def describe_instance(call: Call, instance: Instance, ask: Ask) -> Answer:
    return _describe_instance(instance)


@handles("sso-admin", "CreateInstance")
def create_instance(call: Call, ask: Ask) -> Answer:
    centre = call.world.shelf(Centre)
    if any(instance.owner_id == call.account_id for instance in centre.by_arn.values()):
        raise AwsError("ConflictException", "This account has an instance already.")
    found = add_instance(call.world, call.account_id, call.region, ask.get("Name") or "")
    return {"InstanceArn": found.arn}


@answers("CreatePermissionSet")
def create_permission_set(call: Call, instance: Instance, ask: Ask) -> Answer:
    if any(known.name == ask["Name"] for known in instance.permission_sets.values()):
        raise AwsError("ConflictException", f"PermissionSet {ask['Name']} already exists.")
    found = add_permission_set(
        call.world,
        instance,
        ask["Name"],
        description=ask.get("Description") or "",
        session_duration=ask.get("SessionDuration") or "PT1H",
        relay_state=ask.get("RelayState") or "",
        tags={tag["Key"]: tag["Value"] for tag in ask.get("Tags") or []},
    )
    return {"PermissionSet": _describe_set(found)}


def _describe_set(found: PermissionSet) -> dict[str, Any]:
    described = {
        "Name": found.name,
        "PermissionSetArn": found.arn,
        "CreatedDate": found.created_at,
        "SessionDuration": found.session_duration,
    }
    optional = {"Description": found.description, "RelayState": found.relay_state}
    return described | {key: value for key, value in optional.items() if value}


@answers("DescribePermissionSet")
def describe_permission_set(call: Call, instance: Instance, ask: Ask) -> Answer:
    return {"PermissionSet": _describe_set(_set(instance, ask))}


@answers("UpdatePermissionSet")
def update_permission_set(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    found.description = ask.get("Description", found.description)
    found.session_duration = ask.get("SessionDuration", found.session_duration)
    found.relay_state = ask.get("RelayState", found.relay_state)
    found.version += 1
    return {}


@answers("DeletePermissionSet")
def delete_permission_set(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    if any(arn == found.arn for _, arn in instance.assignments):
        raise AwsError("ConflictException", "The permission set is assigned to accounts.")
    del instance.permission_sets[found.arn]
    return {}


@answers("ListPermissionSets")
def list_permission_sets(call: Call, instance: Instance, ask: Ask) -> Answer:
    return page(call, ask, "PermissionSets", instance.permission_sets, str, size=PAGE_SIZE)


@answers("PutInlinePolicyToPermissionSet")
def put_inline_policy(call: Call, instance: Instance, ask: Ask) -> Answer:
    try:
        json.loads(ask["InlinePolicy"])
    except ValueError as error:
        raise AwsError("ValidationException", "The inline policy is not valid JSON.") from error
    found = _set(instance, ask)
    found.inline_policy = ask["InlinePolicy"]
    found.version += 1
    return {}


@answers("GetInlinePolicyForPermissionSet")
def get_inline_policy(call: Call, instance: Instance, ask: Ask) -> Answer:
    return {"InlinePolicy": _set(instance, ask).inline_policy}


@answers("DeleteInlinePolicyFromPermissionSet")
def delete_inline_policy(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    found.inline_policy = ""
    found.version += 1
    return {}


@answers("AttachManagedPolicyToPermissionSet")
def attach_managed_policy(call: Call, instance: Instance, ask: Ask) -> Answer:
    found, arn = _set(instance, ask), ask["ManagedPolicyArn"]
    if arn in found.managed:
        raise AwsError("ConflictException", f"{arn} is attached already.")
    if len(found.managed) >= 20:
        raise AwsError("ServiceQuotaExceededException", "20 managed policies are the most.")
    found.managed[arn] = arn.rsplit("/", 1)[-1]
    found.version += 1
    return {}


@answers("DetachManagedPolicyFromPermissionSet")
def detach_managed_policy(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    if ask["ManagedPolicyArn"] not in found.managed:
        raise AwsError("ResourceNotFoundException", "The policy is not attached.")
    del found.managed[ask["ManagedPolicyArn"]]
    found.version += 1
    return {}


@answers("ListManagedPoliciesInPermissionSet")
def list_managed_policies(call: Call, instance: Instance, ask: Ask) -> Answer:
    managed = _set(instance, ask).managed

    def describe(arn: str) -> dict[str, str]:
        return {"Name": managed[arn], "Arn": arn}

    return page(call, ask, "AttachedManagedPolicies", managed, describe, size=PAGE_SIZE)


def _reference(ask: Ask) -> tuple[str, str]:
    reference = ask["CustomerManagedPolicyReference"]
    return reference["Name"], reference.get("Path") or "/"


@answers("AttachCustomerManagedPolicyReferenceToPermissionSet")
def attach_customer_managed_policy(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    found.customer_managed[_reference(ask)] = None
    found.version += 1
    return {}


@answers("DetachCustomerManagedPolicyReferenceFromPermissionSet")
def detach_customer_managed_policy(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    if _reference(ask) not in found.customer_managed:
        raise AwsError("ResourceNotFoundException", "The policy is not attached.")
    del found.customer_managed[_reference(ask)]
    found.version += 1
    return {}


@answers("ListCustomerManagedPolicyReferencesInPermissionSet")
def list_customer_managed_policies(call: Call, instance: Instance, ask: Ask) -> Answer:
    references = _set(instance, ask).customer_managed

    def describe(reference: tuple[str, str]) -> dict[str, str]:
        return {"Name": reference[0], "Path": reference[1]}

    key = "CustomerManagedPolicyReferences"
    return page(call, ask, key, references, describe, size=PAGE_SIZE)


@answers("PutPermissionsBoundaryToPermissionSet")
def put_permissions_boundary(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    found.boundary = ask["PermissionsBoundary"]
    found.version += 1
    return {}


@answers("GetPermissionsBoundaryForPermissionSet")
def get_permissions_boundary(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _set(instance, ask)
    if not found.boundary:
        raise AwsError("ResourceNotFoundException", "The permission set has no boundary.")
    return {"PermissionsBoundary": found.boundary}


@answers("DeletePermissionsBoundaryFromPermissionSet")
def delete_permissions_boundary(call: Call, instance: Instance, ask: Ask) -> Answer:
    _set(instance, ask).boundary = {}
    return {}


@answers("ListTagsForResource")
def list_tags(call: Call, instance: Instance, ask: Ask) -> Answer:
    tags = _tags(instance, ask)

    def describe(key: str) -> dict[str, str]:
        return {"Key": key, "Value": tags[key]}

    return page(call, ask, "Tags", tags, describe, size=75)


@answers("TagResource")
def tag_resource(call: Call, instance: Instance, ask: Ask) -> Answer:
    _tags(instance, ask).update({tag["Key"]: tag["Value"] for tag in ask["Tags"]})
    return {}


@answers("UntagResource")
def untag_resource(call: Call, instance: Instance, ask: Ask) -> Answer:
    tags = _tags(instance, ask)
    for key in ask["TagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(instance: Instance, ask: Ask) -> dict[str, str]:
    return _set(instance, {"PermissionSetArn": ask["ResourceArn"]}).tags


@answers("CreateAccountAssignment")
def create_account_assignment(call: Call, instance: Instance, ask: Ask) -> Answer:
    """An assignment that exists already is made again without harm, as on AWS."""
    operation = _start(call, instance, ask, "create")
    return {"AccountAssignmentCreationStatus": _describe_operation(operation)}


@answers("DeleteAccountAssignment")
def delete_account_assignment(call: Call, instance: Instance, ask: Ask) -> Answer:
    operation = _start(call, instance, ask, "delete")
    return {"AccountAssignmentDeletionStatus": _describe_operation(operation)}


def _start(call: Call, instance: Instance, ask: Ask, kind: str) -> Operation:
    world = call.world
    permission_set = _set(instance, ask)
    _check_progress(call, instance, ask)
    operation = Operation(
        id=world.new_uuid(),
        kind=kind,
        created_at=call.now,
        permission_set_arn=permission_set.arn,
        account_id=ask["TargetId"],
        principal=(ask["PrincipalType"], ask["PrincipalId"]),
    )
    fault = world.faults.strike(
        "failure_reason", "sso-admin", call.operation, {ask["TargetId"]}, ask
    )
    _begin(world, instance, operation, fault.code if fault else "")
    return operation


def _begin(world: World, instance: Instance, operation: Operation, reason: str) -> None:
    instance.operations[operation.id] = operation
    instance.in_progress[operation.id] = None
    world.later(
        world.settings.assignment_seconds,
        finish_operation,
        instance_arn=instance.arn,
        operation_id=operation.id,
        reason=reason,
    )


def _check_progress(call: Call, instance: Instance, ask: Ask) -> None:
    if len(instance.in_progress) >= call.world.settings.assignments_in_progress:
        raise AwsError("ThrottlingException", "Too many assignments are under way.")
    wanted = (
        ask["TargetId"],
        ask["PermissionSetArn"],
        (ask["PrincipalType"], ask["PrincipalId"]),
    )
    for other_id in instance.in_progress:
        other = instance.operations[other_id]
        if (other.account_id, other.permission_set_arn, other.principal) == wanted:
            raise AwsError("ConflictException", "Another operation on this is under way.")


@deed
def finish_operation(
    world: World, *, instance_arn: str, operation_id: str, reason: str = ""
) -> None:
    instance = world.shelf(Centre).by_arn[instance_arn]
    instance.in_progress.pop(operation_id, None)
    operation = instance.operations[operation_id]
    operation.failure_reason = reason or _refusal(world, instance, operation)
    operation.status = "FAILED" if operation.failure_reason else "SUCCEEDED"
    if operation.failure_reason:
        return
    seat: Seat = (operation.account_id, operation.permission_set_arn)
    if operation.kind == "create":
        assign(world, instance, seat, operation.principal)
    elif operation.kind == "delete":
        unassign(instance, seat, operation.principal)
    else:
        _provision(instance, operation)


def _refusal(world: World, instance: Instance, operation: Operation) -> str:
    """Why the operation fails, in words as AWS has them; empty when it does not."""
    permission_set = instance.permission_sets.get(operation.permission_set_arn)
    if permission_set is None:
        return "Received a 404 status error: PermissionSet not found."
    if operation.kind == "provision":
        return ""
    account = world.shelf(Directory).accounts.get(operation.account_id)
    organisation = world.shelf(Directory).organisation_of(instance.owner_id)
    if account is None or organisation is None or account.organisation_id != organisation.id:
        return f"Received a 404 status error: AWS account {operation.account_id} not found."
    seat = (operation.account_id, operation.permission_set_arn)
    if operation.kind == "delete":
        held = instance.assignments.get(seat, {})
        return "" if operation.principal in held else "Received a 404 status error: not assigned."
    if account.state != "ACTIVE":
        return f"AWS account {account.id} is not active."
    kind, principal_id = operation.principal
    known: dict[str, Any] = {**instance.groups} if kind == "GROUP" else {**instance.users}
    return "" if principal_id in known else f"Received a 404 status error: {kind} not found."


def _provision(instance: Instance, operation: Operation) -> None:
    permission_set = instance.permission_sets[operation.permission_set_arn]
    for account_id in permission_set.provisioned:
        if operation.account_id in ("", account_id):
            permission_set.provisioned[account_id] = permission_set.version


def _describe_operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "Status": operation.status,
        "RequestId": operation.id,
        "TargetId": operation.account_id,
        "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": operation.permission_set_arn,
        "PrincipalType": operation.principal[0],
        "PrincipalId": operation.principal[1],
        "CreatedDate": operation.created_at,
    }
    if operation.failure_reason:
        described["FailureReason"] = operation.failure_reason
    return described


def _operation(instance: Instance, operation_id: str, kind: str) -> Operation:
    found = instance.operations.get(operation_id)
    if found is None or found.kind != kind:
        raise AwsError("ResourceNotFoundException", f"Request {operation_id} does not exist.")
    return found


@answers("DescribeAccountAssignmentCreationStatus")
def describe_creation_status(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _operation(instance, ask["AccountAssignmentCreationRequestId"], "create")
    return {"AccountAssignmentCreationStatus": _describe_operation(found)}


@answers("DescribeAccountAssignmentDeletionStatus")
def describe_deletion_status(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _operation(instance, ask["AccountAssignmentDeletionRequestId"], "delete")
    return {"AccountAssignmentDeletionStatus": _describe_operation(found)}


def _page_of_operations(call: Call, instance: Instance, ask: Ask, kind: str, key: str) -> Answer:
    status = (ask.get("Filter") or {}).get("Status")
    found = [
        operation
        for operation in reversed(instance.operations.values())
        if operation.kind == kind and status in (None, operation.status)
    ]

    def describe(operation: Operation) -> dict[str, Any]:
        return {
            "Status": operation.status,
            "RequestId": operation.id,
            "CreatedDate": operation.created_at,
        }

    return page(call, ask, key, found, describe, size=PAGE_SIZE)


@answers("ListAccountAssignmentCreationStatus")
def list_creation_status(call: Call, instance: Instance, ask: Ask) -> Answer:
    key = "AccountAssignmentsCreationStatus"
    return _page_of_operations(call, instance, ask, "create", key)


@answers("ListAccountAssignmentDeletionStatus")
def list_deletion_status(call: Call, instance: Instance, ask: Ask) -> Answer:
    key = "AccountAssignmentsDeletionStatus"
    return _page_of_operations(call, instance, ask, "delete", key)


@answers("ListPermissionSetProvisioningStatus")
def list_provisioning_status(call: Call, instance: Instance, ask: Ask) -> Answer:
    key = "PermissionSetsProvisioningStatus"
    return _page_of_operations(call, instance, ask, "provision", key)


@answers("ListAccountAssignments")
def list_account_assignments(call: Call, instance: Instance, ask: Ask) -> Answer:
    seat = (ask["AccountId"], _set(instance, ask).arn)

    def describe(principal: Principal) -> dict[str, str]:
        return _describe_assignment(seat, principal)

    holders = instance.assignments.get(seat, {})
    return page(call, ask, "AccountAssignments", holders, describe, size=PAGE_SIZE)


def _describe_assignment(seat: Seat, principal: Principal) -> dict[str, str]:
    return {
        "AccountId": seat[0],
        "PermissionSetArn": seat[1],
        "PrincipalType": principal[0],
        "PrincipalId": principal[1],
    }


@answers("ListAccountAssignmentsForPrincipal")
def list_assignments_for_principal(call: Call, instance: Instance, ask: Ask) -> Answer:
    """For a user also what he has through his groups."""
    principals = [(ask["PrincipalType"], ask["PrincipalId"])]
    if ask["PrincipalType"] == "USER":
        groups = instance.groups_of_user.get(ask["PrincipalId"], {})
        principals += [("GROUP", group_id) for group_id in groups]
    account_id = (ask.get("Filter") or {}).get("AccountId")
    found = [
        (seat, principal)
        for principal in principals
        for seat in instance.seats.get(principal, {})
        if account_id in (None, seat[0])
    ]

    def describe(pair: tuple[Seat, Principal]) -> dict[str, str]:
        return _describe_assignment(*pair)

    return page(call, ask, "AccountAssignments", found, describe, size=PAGE_SIZE)


def _is_wanted(ask: Ask, permission_set: PermissionSet, account_id: str) -> bool:
    wanted = ask.get("ProvisioningStatus")
    is_latest = permission_set.provisioned.get(account_id) == permission_set.version
    latest = "LATEST_PERMISSION_SET_PROVISIONED"
    return wanted is None or (wanted == latest) == is_latest


@answers("ListPermissionSetsProvisionedToAccount")
def list_sets_of_account(call: Call, instance: Instance, ask: Ask) -> Answer:
    account_id = ask["AccountId"]
    found = [
        arn
        for arn in instance.sets_of_account.get(account_id, {})
        if _is_wanted(ask, instance.permission_sets[arn], account_id)
    ]
    return page(call, ask, "PermissionSets", found, str, size=PAGE_SIZE)


@answers("ListAccountsForProvisionedPermissionSet")
def list_accounts_of_set(call: Call, instance: Instance, ask: Ask) -> Answer:
    permission_set = _set(instance, ask)
    found = [a for a in permission_set.provisioned if _is_wanted(ask, permission_set, a)]
    return page(call, ask, "AccountIds", found, str, size=PAGE_SIZE)


@answers("ProvisionPermissionSet")
def provision_permission_set(call: Call, instance: Instance, ask: Ask) -> Answer:
    operation = Operation(
        id=call.world.new_uuid(),
        kind="provision",
        created_at=call.now,
        permission_set_arn=_set(instance, ask).arn,
        account_id=ask.get("TargetId") or "",
    )
    fault = call.world.faults.strike(
        "failure_reason", "sso-admin", call.operation, {operation.account_id}, ask
    )
    _begin(call.world, instance, operation, fault.code if fault else "")
    return {"PermissionSetProvisioningStatus": _describe_provisioning(operation)}


def _describe_provisioning(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "Status": operation.status,
        "RequestId": operation.id,
        "PermissionSetArn": operation.permission_set_arn,
        "CreatedDate": operation.created_at,
    }
    if operation.account_id:
        described["AccountId"] = operation.account_id
    if operation.failure_reason:
        described["FailureReason"] = operation.failure_reason
    return described


@answers("DescribePermissionSetProvisioningStatus")
def describe_provisioning_status(call: Call, instance: Instance, ask: Ask) -> Answer:
    found = _operation(instance, ask["ProvisionPermissionSetRequestId"], "provision")
    return {"PermissionSetProvisioningStatus": _describe_provisioning(found)}
