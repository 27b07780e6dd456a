"""CloudFormation's operations on stack sets. Stacks themselves are moto's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from portal.local.aws.calls import HANDLERS, Answer, Ask, AwsError, Call, handles, not_emulated
from portal.local.aws.organizations.model import Directory
from portal.local.aws.paging import page
from portal.local.aws.stacksets import work
from portal.local.aws.stacksets.model import (
    Instance,
    Operation,
    Place,
    Result,
    StackSet,
    StackSets,
    add_stack_set,
    target_accounts,
)

PRINCIPAL = "member.org.stacksets.cloudformation.amazonaws.com"
PAGE_SIZE = 100
LARGEST_TEMPLATE = 51_200
StackSetHandler = Callable[[Call, StackSet, Ask], Answer]


def _owner(call: Call, ask: Ask) -> str:
    """Whose stack sets are meant: a delegated administrator works on the management account's."""
    if ask.get("CallAs") != "DELEGATED_ADMIN":
        return call.account_id
    organisation = call.world.shelf(Directory).organisation_of(call.account_id)
    services = organisation.delegations.get(call.account_id, {}) if organisation else {}
    if organisation is None or PRINCIPAL not in services:
        raise AwsError(
            "ValidationError",
            "Account used is not a delegated administrator",
        )
    return organisation.management_id


def answers(operation: str) -> Callable[[StackSetHandler], StackSetHandler]:
    """Enters a handler that is given the stack set that StackSetName names."""

    def enter(function: StackSetHandler) -> StackSetHandler:
        def handler(call: Call, ask: Ask) -> Answer:
            shelf = call.world.shelf(StackSets)
            found = shelf.find(_owner(call, ask), call.region, ask["StackSetName"])
            return function(call, found, ask)

        HANDLERS["cloudformation", operation] = handler
        return function

    return enter


@handles("cloudformation", "ActivateOrganizationsAccess")
def activate_organizations_access(call: Call, ask: Ask) -> Answer:
    organisation = call.world.shelf(Directory).managed_by(call.account_id)
    if organisation is None:
        raise AwsError("InvalidOperationException", "Only a management account can do this.")
    organisation.service_access.setdefault(PRINCIPAL, call.now)
    return {}


@handles("cloudformation", "DeactivateOrganizationsAccess")
def deactivate_organizations_access(call: Call, ask: Ask) -> Answer:
    organisation = call.world.shelf(Directory).managed_by(call.account_id)
    if organisation is None:
        raise AwsError("InvalidOperationException", "Only a management account can do this.")
    organisation.service_access.pop(PRINCIPAL, None)
    return {}


@handles("cloudformation", "DescribeOrganizationsAccess")
def describe_organizations_access(call: Call, ask: Ask) -> Answer:
    organisation = call.world.shelf(Directory).managed_by(_owner(call, ask))
    if organisation is None:
        raise AwsError("InvalidOperationException", "Only a management account can do this.")
    return {"Status": "ENABLED" if PRINCIPAL in organisation.service_access else "DISABLED"}


@handles("cloudformation", "CreateStackSet")
def create_stack_set(call: Call, ask: Ask) -> Answer:
    owner_id, name = _owner(call, ask), ask["StackSetName"]
    shelf = call.world.shelf(StackSets)
    known = shelf.by_id.get(shelf.by_name.get((owner_id, call.region, name), ""))
    if known:
        if ask.get("ClientRequestToken") and known.token == ask["ClientRequestToken"]:
            return {"StackSetId": known.id}
        raise AwsError("NameAlreadyExistsException", f"StackSet {name} already exists")
    model = ask.get("PermissionModel") or "SELF_MANAGED"
    if model == "SERVICE_MANAGED":
        _check_service_managed(call, ask, owner_id)
    found = add_stack_set(
        call.world,
        owner_id=owner_id,
        region=call.region,
        name=name,
        template=_template(call, ask),
        permission_model=model,
        description=ask.get("Description") or "",
        token=ask.get("ClientRequestToken") or "",
        parameters=_pairs(ask.get("Parameters"), "ParameterKey", "ParameterValue"),
        capabilities=ask.get("Capabilities") or [],
        tags=_pairs(ask.get("Tags"), "Key", "Value"),
        auto_deployment=ask.get("AutoDeployment") or {},
        is_managed_execution=bool((ask.get("ManagedExecution") or {}).get("Active")),
        administration_role=ask.get("AdministrationRoleARN") or "",
        execution_role=ask.get("ExecutionRoleName") or "",
    )
    return {"StackSetId": found.id}


def _check_service_managed(call: Call, ask: Ask, owner_id: str) -> None:
    organisation = call.world.shelf(Directory).managed_by(owner_id)
    if organisation is None or PRINCIPAL not in organisation.service_access:
        raise AwsError(
            "ValidationError",
            "You must enable organizations access to operate a service managed stack set",
        )
    if not ask.get("AutoDeployment"):
        raise AwsError(
            "ValidationError", "AutoDeployment must be specified for SERVICE_MANAGED stack sets"
        )


def _template(call: Call, ask: Ask) -> str:
    if ask.get("TemplateURL"):
        raise not_emulated("cloudformation", f"{call.operation} with TemplateURL")
    body: str = ask.get("TemplateBody") or ""
    if len(body) > LARGEST_TEMPLATE:
        raise AwsError("ValidationError", f"templateBody is longer than {LARGEST_TEMPLATE}")
    if not _has_resources(body):
        raise AwsError("ValidationError", "Template format error: no Resources")
    return body


def _has_resources(body: str) -> bool:
    if not body.lstrip().startswith("{"):
        return "Resources:" in body
    try:
        return bool(json.loads(body).get("Resources"))
    except ValueError:
        return False


def _pairs(items: list[dict[str, str]] | None, key: str, value: str) -> dict[str, str]:
    return {item[key]: item.get(value, "") for item in items or []}


@answers("DescribeStackSet")
def describe_stack_set(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    units = {i.unit_id for i in stack_set.instances.values() if i.unit_id}
    described: dict[str, Any] = {
        **_summary(stack_set),
        "TemplateBody": stack_set.template,
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in stack_set.parameters.items()
        ],
        "Capabilities": stack_set.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in stack_set.tags.items()],
        "StackSetARN": stack_set.arn,
        "OrganizationalUnitIds": sorted(units | stack_set.auto_targets.keys()),
        "Regions": sorted({region for _, region in stack_set.instances}),
    }
    if stack_set.administration_role:
        described["AdministrationRoleARN"] = stack_set.administration_role
    if stack_set.execution_role:
        described["ExecutionRoleName"] = stack_set.execution_role
    return {"StackSet": described}


def _summary(stack_set: StackSet) -> dict[str, Any]:
    described: dict[str, Any] = {
        "StackSetName": stack_set.name,
        "StackSetId": stack_set.id,
        "Description": stack_set.description,
        "Status": stack_set.status,
        "PermissionModel": stack_set.permission_model,
        "ManagedExecution": {"Active": stack_set.is_managed_execution},
    }
    if stack_set.auto_deployment:
        described["AutoDeployment"] = stack_set.auto_deployment
    return described


@handles("cloudformation", "ListStackSets")
def list_stack_sets(call: Call, ask: Ask) -> Answer:
    owner_id = _owner(call, ask)
    found = [
        one
        for one in call.world.shelf(StackSets).by_id.values()
        if (one.owner_id, one.region) == (owner_id, call.region)
        and ask.get("Status") in (None, one.status)
    ]
    return page(call, ask, "Summaries", found, _summary, size=PAGE_SIZE)


@answers("DeleteStackSet")
def delete_stack_set(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    if stack_set.running:
        raise _in_progress(stack_set)
    if stack_set.instances:
        raise AwsError("StackSetNotEmptyException", "StackSet is not empty")
    shelf = call.world.shelf(StackSets)
    del shelf.by_id[stack_set.id]
    del shelf.by_name[stack_set.owner_id, stack_set.region, stack_set.name]
    return {}


def _in_progress(stack_set: StackSet) -> AwsError:
    return AwsError(
        "OperationInProgressException",
        f"Another Operation on StackSet {stack_set.id} is in progress",
    )


def _start(
    call: Call,
    stack_set: StackSet,
    ask: Ask,
    action: str,
    results: dict[Place, Result],
) -> Answer:
    """Raises OperationIdAlreadyExistsException, OperationInProgressException."""
    _check_start(stack_set, ask)
    operation = Operation(
        id=ask.get("OperationId") or call.world.new_uuid(),
        action=action,
        created_at=call.now,
        results=results,
        preferences=ask.get("OperationPreferences") or {},
        targets=ask.get("DeploymentTargets") or {},
        has_retained_stacks=bool(ask.get("RetainStacks")),
    )
    work.begin(call.world, stack_set, operation)
    return {"OperationId": operation.id}


def _check_start(stack_set: StackSet, ask: Ask) -> None:
    if ask.get("OperationId") in stack_set.operations:
        raise AwsError(
            "OperationIdAlreadyExistsException",
            f"Operation {ask['OperationId']} already exists",
        )
    if stack_set.running and not stack_set.is_managed_execution:
        raise _in_progress(stack_set)


def _places(call: Call, stack_set: StackSet, ask: Ask) -> dict[Place, Result]:
    """Accounts times regions that are meant."""
    targets = ask.get("DeploymentTargets") or {"Accounts": ask.get("Accounts") or []}
    if stack_set.permission_model == "SERVICE_MANAGED" and not targets.get("OrganizationalUnitIds"):
        raise AwsError(
            "ValidationError",
            "OrganizationalUnitIds are required in DeploymentTargets for SERVICE_MANAGED",
        )
    accounts = target_accounts(call.world, stack_set, targets)
    return {
        (account_id, region): Result(account_id=account_id, region=region, unit_id=unit_id)
        for region in ask.get("Regions") or []
        for account_id, unit_id in accounts.items()
    }


@answers("CreateStackInstances")
def create_stack_instances(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    _check_start(stack_set, ask)
    results = _places(call, stack_set, ask)
    targets = ask.get("DeploymentTargets") or {}
    overrides = _pairs(ask.get("ParameterOverrides"), "ParameterKey", "ParameterValue")
    answer = _start(call, stack_set, ask, "CREATE", results)
    for unit_id in targets.get("OrganizationalUnitIds") or []:
        regions = stack_set.auto_targets.setdefault(unit_id, {})
        regions.update(dict.fromkeys(ask["Regions"]))
    _override(stack_set, results, overrides)
    return answer


def _override(stack_set: StackSet, results: dict[Place, Result], overrides: dict[str, str]) -> None:
    for place in results:
        if overrides and place in stack_set.instances:
            stack_set.instances[place].overrides = overrides


def _existing(stack_set: StackSet, results: dict[Place, Result]) -> dict[Place, Result]:
    return {place: result for place, result in results.items() if place in stack_set.instances}


@answers("UpdateStackInstances")
def update_stack_instances(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    _check_start(stack_set, ask)
    results = _existing(stack_set, _places(call, stack_set, ask))
    if not results:
        raise AwsError("StackInstanceNotFoundException", "No such stack instance")
    overrides = _pairs(ask.get("ParameterOverrides"), "ParameterKey", "ParameterValue")
    _override(stack_set, results, overrides)
    return _start(call, stack_set, ask, "UPDATE", results)


@answers("DeleteStackInstances")
def delete_stack_instances(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    _check_start(stack_set, ask)
    results = _existing(stack_set, _places(call, stack_set, ask))
    targets = ask.get("DeploymentTargets") or {}
    if (targets.get("AccountFilterType") or "NONE") == "NONE":
        for unit_id in targets.get("OrganizationalUnitIds") or []:
            _forget_regions(stack_set, unit_id, ask["Regions"])
    return _start(call, stack_set, ask, "DELETE", results)


def _forget_regions(stack_set: StackSet, unit_id: str, regions: list[str]) -> None:
    left = stack_set.auto_targets.get(unit_id, {})
    for region in regions:
        left.pop(region, None)
    if not left:
        stack_set.auto_targets.pop(unit_id, None)


@answers("UpdateStackSet")
def update_stack_set(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    """The new template stays even when the operation fails, as on AWS."""
    _check_start(stack_set, ask)
    results = _to_update(call, stack_set, ask)
    if not ask.get("UsePreviousTemplate"):
        stack_set.template = _template(call, ask)
    if "Parameters" in ask:
        stack_set.parameters = {
            item["ParameterKey"]: stack_set.parameters.get(item["ParameterKey"], "")
            if item.get("UsePreviousValue")
            else item.get("ParameterValue", "")
            for item in ask["Parameters"]
        }
    if "Tags" in ask:
        stack_set.tags = _pairs(ask["Tags"], "Key", "Value")
    stack_set.description = ask.get("Description") or stack_set.description
    stack_set.capabilities = ask.get("Capabilities") or stack_set.capabilities
    stack_set.auto_deployment = ask.get("AutoDeployment") or stack_set.auto_deployment
    if "ManagedExecution" in ask:
        stack_set.is_managed_execution = bool(ask["ManagedExecution"].get("Active"))
    return _start(call, stack_set, ask, "UPDATE", results)


def _to_update(call: Call, stack_set: StackSet, ask: Ask) -> dict[Place, Result]:
    """The instances named, or all; those left out become outdated."""
    everything = {
        place: Result(account_id=place[0], region=place[1], unit_id=instance.unit_id)
        for place, instance in stack_set.instances.items()
    }
    if not (ask.get("Accounts") or ask.get("DeploymentTargets")):
        return everything
    results = _existing(stack_set, _places(call, stack_set, ask))
    for place in everything.keys() - results.keys():
        stack_set.instances[place].status = "OUTDATED"
    return results


@answers("StopStackSetOperation")
def stop_stack_set_operation(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    operation = _operation(stack_set, ask)
    if operation.status not in ("RUNNING", "QUEUED"):
        raise AwsError("InvalidOperationException", f"Operation is {operation.status}")
    was_running = operation.status == "RUNNING"
    operation.status, operation.ended_at = "STOPPED", call.now
    for place, result in operation.results.items():
        result.status = "CANCELLED"
        if place in stack_set.instances:
            stack_set.instances[place].detailed_status = "CANCELLED"
    if was_running:
        work.end(call.world, stack_set, operation)
    else:
        stack_set.queue.remove(operation.id)
    return {}


def _operation(stack_set: StackSet, ask: Ask) -> Operation:
    found = stack_set.operations.get(ask["OperationId"])
    if found is None:
        raise AwsError("OperationNotFoundException", f"Operation {ask['OperationId']} not found")
    return found


@answers("DescribeStackSetOperation")
def describe_stack_set_operation(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    operation = _operation(stack_set, ask)
    described = {
        **_describe_operation(operation),
        "StackSetId": stack_set.id,
        "RetainStacks": operation.has_retained_stacks,
        "DeploymentTargets": operation.targets,
    }
    return {"StackSetOperation": described}


def _describe_operation(operation: Operation) -> dict[str, Any]:
    failed = sum(result.status == "FAILED" for result in operation.results.values())
    described: dict[str, Any] = {
        "OperationId": operation.id,
        "Action": operation.action,
        "Status": operation.status,
        "CreationTimestamp": operation.created_at,
        "StatusDetails": {"FailedStackInstancesCount": failed},
    }
    if operation.preferences:
        described["OperationPreferences"] = operation.preferences
    if operation.ended_at:
        described["EndTimestamp"] = operation.ended_at
    if operation.reason:
        described["StatusReason"] = operation.reason
    return described


@answers("ListStackSetOperations")
def list_stack_set_operations(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    """Newest first."""
    found = list(stack_set.operations.values())[::-1]
    return page(call, ask, "Summaries", found, _describe_operation, size=PAGE_SIZE)


@answers("ListStackSetOperationResults")
def list_stack_set_operation_results(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    wanted = [
        one["Values"]
        for one in ask.get("Filters") or []
        if one["Name"] == "OPERATION_RESULT_STATUS"
    ]
    found = [
        result
        for result in _operation(stack_set, ask).results.values()
        if not wanted or result.status in wanted[0]
    ]
    return page(call, ask, "Summaries", found, _describe_result, size=PAGE_SIZE)


def _describe_result(result: Result) -> dict[str, Any]:
    described = {
        "Account": result.account_id,
        "Region": result.region,
        "Status": result.status,
        "AccountGateResult": {"Status": "SKIPPED"},
    }
    optional = {"StatusReason": result.reason, "OrganizationalUnitId": result.unit_id}
    return described | {key: value for key, value in optional.items() if value}


@answers("ListStackInstances")
def list_stack_instances(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    found = [one for one in stack_set.instances.values() if _is_wanted(one, ask)]

    def describe(instance: Instance) -> dict[str, Any]:
        return _describe_instance(stack_set, instance)

    return page(call, ask, "Summaries", found, describe, size=PAGE_SIZE)


def _is_wanted(instance: Instance, ask: Ask) -> bool:
    facts = {
        "DETAILED_STATUS": instance.detailed_status,
        "LAST_OPERATION_ID": instance.last_operation_id,
        "DRIFT_STATUS": "NOT_CHECKED",
    }
    return (
        ask.get("StackInstanceAccount") in (None, instance.account_id)
        and ask.get("StackInstanceRegion") in (None, instance.region)
        and all(facts[one["Name"]] == one["Values"] for one in ask.get("Filters") or [])
    )


def _describe_instance(stack_set: StackSet, instance: Instance) -> dict[str, Any]:
    described = {
        "StackSetId": stack_set.id,
        "Region": instance.region,
        "Account": instance.account_id,
        "Status": instance.status,
        "StackInstanceStatus": {"DetailedStatus": instance.detailed_status},
        "DriftStatus": "NOT_CHECKED",
    }
    optional = {
        "StackId": instance.stack_id,
        "StatusReason": instance.reason,
        "OrganizationalUnitId": instance.unit_id,
        "LastOperationId": instance.last_operation_id,
    }
    return described | {key: value for key, value in optional.items() if value}


@answers("DescribeStackInstance")
def describe_stack_instance(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    found = stack_set.instances.get((ask["StackInstanceAccount"], ask["StackInstanceRegion"]))
    if found is None:
        raise AwsError("StackInstanceNotFoundException", "StackInstance not found")
    overrides = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in found.overrides.items()
    ]
    described = _describe_instance(stack_set, found)
    return {"StackInstance": {**described, "ParameterOverrides": overrides}}


@answers("ListStackSetAutoDeploymentTargets")
def list_auto_deployment_targets(call: Call, stack_set: StackSet, ask: Ask) -> Answer:
    def describe(unit_id: str) -> dict[str, Any]:
        return {
            "OrganizationalUnitId": unit_id,
            "Regions": list(stack_set.auto_targets[unit_id]),
        }

    return page(call, ask, "Summaries", stack_set.auto_targets, describe, size=PAGE_SIZE)


def _not_here(call: Call, ask: Ask) -> Answer:
    raise not_emulated(call.service, call.operation)


# moto has made-up answers of its own for these, about stack sets that are not ours.
for name in (
    "DetectStackSetDrift",
    "ImportStacksToStackSet",
    "ListStackInstanceResourceDrifts",
):
    HANDLERS["cloudformation", name] = _not_here
