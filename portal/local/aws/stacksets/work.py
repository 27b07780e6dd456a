"""How operations of stack sets run: one at a time, account by account, region by region."""

from __future__ import annotations

import logging
from typing import Any

from moto.cloudformation.models import cloudformation_backends

from portal.local.aws import moto_door
from portal.local.aws.organizations import watchers
from portal.local.aws.organizations.model import GONE, Account, Directory, Organisation
from portal.local.aws.stacksets.model import (
    Instance,
    Operation,
    Place,
    Result,
    StackSet,
    StackSets,
    target_accounts,
)
from portal.local.aws.world import World, deed

log = logging.getLogger("portal.local.aws")
ENDED = ("SUCCEEDED", "FAILED", "STOPPED")


def begin(world: World, stack_set: StackSet, operation: Operation) -> None:
    """Starts the operation, or puts it in the queue of a stack set with managed execution."""
    stack_set.operations[operation.id] = operation
    for place, result in operation.results.items():
        if operation.action != "DELETE" and place not in stack_set.instances:
            stack_set.instances[place] = Instance(account_id=place[0], region=place[1])
        instance = stack_set.instances[place]
        instance.unit_id = result.unit_id or instance.unit_id
        instance.last_operation_id = operation.id
        instance.detailed_status = "PENDING"
        if operation.action != "DELETE":
            instance.status = "OUTDATED"
    if stack_set.running:
        operation.status = "QUEUED"
        stack_set.queue.append(operation.id)
    else:
        _run(world, stack_set, operation)


def _run(world: World, stack_set: StackSet, operation: Operation) -> None:
    operation.status = "RUNNING"
    stack_set.running = operation.id
    world.later(
        world.settings.stackset_seconds,
        finish_stack_set_operation,
        stack_set_id=stack_set.id,
        operation_id=operation.id,
    )


@deed
def finish_stack_set_operation(world: World, *, stack_set_id: str, operation_id: str) -> None:
    stack_set = world.shelf(StackSets).by_id.get(stack_set_id)
    if stack_set is None:
        return
    operation = stack_set.operations[operation_id]
    if operation.status == "RUNNING":
        _work_through(world, stack_set, operation)
        end(world, stack_set, operation)


def end(world: World, stack_set: StackSet, operation: Operation) -> None:
    """Closes the books on an operation and starts the next one in the queue."""
    operation.ended_at = world.now()
    stack_set.running = ""
    if stack_set.queue:
        _run(world, stack_set, stack_set.operations[stack_set.queue.pop(0)])


def _work_through(world: World, stack_set: StackSet, operation: Operation) -> None:
    """Regions in their order; a region that exceeds the tolerance stops all that follows."""
    by_region: dict[str, list[Place]] = {}
    for place in operation.results:
        by_region.setdefault(place[1], []).append(place)
    order = operation.preferences.get("RegionOrder") or list(by_region)
    is_stopped = False
    for region in [*order, *(name for name in by_region if name not in order)]:
        places = by_region.get(region, [])
        tolerance = 0 if operation.is_automatic else _tolerance(operation.preferences, places)
        failures = 0
        for place in places:
            if is_stopped and not operation.is_automatic:
                _cancel(stack_set, operation, place)
                continue
            failures += not _work_on(world, stack_set, operation, place)
            is_stopped = is_stopped or failures > tolerance
    operation.status = "FAILED" if is_stopped else "SUCCEEDED"
    if is_stopped:
        operation.reason = "The failure tolerance of the operation was exceeded."


def _tolerance(preferences: dict[str, Any], places: list[Place]) -> int:
    if preferences.get("FailureTolerancePercentage") is not None:
        return len(places) * int(preferences["FailureTolerancePercentage"]) // 100
    return int(preferences.get("FailureToleranceCount") or 0)


def _cancel(stack_set: StackSet, operation: Operation, place: Place) -> None:
    result = operation.results[place]
    result.status = "CANCELLED"
    result.reason = "Cancelled since failure tolerance has exceeded"
    instance = stack_set.instances.get(place)
    if instance:
        instance.detailed_status = "CANCELLED"
        instance.reason = result.reason


def _work_on(world: World, stack_set: StackSet, operation: Operation, place: Place) -> bool:
    """True when this one went well."""
    result, instance = operation.results[place], stack_set.instances.get(place)
    if instance is None:
        result.status = "SUCCEEDED"
        return True
    account = world.shelf(Directory).accounts.get(place[0])
    is_gone = account is None or account.state in GONE
    if is_gone and not operation.has_retained_stacks:
        result.status, result.reason = "FAILED", "The account is suspended or does not exist."
        instance.detailed_status = "SKIPPED_SUSPENDED_ACCOUNT"
        instance.reason = result.reason
        return account is not None
    reason = _injected(world, operation, result) or _deploy(world, stack_set, operation, instance)
    _note(stack_set, operation, result, instance, reason)
    return not reason


def _injected(world: World, operation: Operation, result: Result) -> str:
    name = {"CREATE": "CreateStackInstances", "UPDATE": "UpdateStackSet"}.get(
        operation.action, "DeleteStackInstances"
    )
    facts = {"Region": result.region}
    fault = world.faults.strike(
        "failure_reason", "cloudformation", name, {result.account_id}, facts
    )
    return fault.code if fault else ""


def _note(
    stack_set: StackSet, operation: Operation, result: Result, instance: Instance, reason: str
) -> None:
    result.status = "FAILED" if reason else "SUCCEEDED"
    result.reason = instance.reason = reason
    instance.detailed_status = result.status
    if operation.action != "DELETE":
        instance.status = "OUTDATED" if reason else "CURRENT"
    elif reason:
        instance.status = "INOPERABLE"
        instance.detailed_status = "INOPERABLE"
    else:
        del stack_set.instances[instance.account_id, instance.region]


def _deploy(world: World, stack_set: StackSet, operation: Operation, instance: Instance) -> str:
    """Has moto make, change or delete the stack in the account; why it failed, or nothing.

    Resource types that moto does not know are skipped by moto itself.
    """
    if operation.action == "DELETE" and operation.has_retained_stacks:
        return ""
    world.is_moto_changed = True
    try:
        with moto_door.GATE.shared():
            _deploy_with_moto(world, stack_set, operation, instance)
    except Exception as error:
        log.info("stack.failed", extra={"account": instance.account_id, "error": str(error)})
        return f"{type(error).__name__}: {error}"
    return ""


def _deploy_with_moto(
    world: World, stack_set: StackSet, operation: Operation, instance: Instance
) -> None:
    if not instance.stack_id:
        name = f"StackSet-{stack_set.name}-{world.new_uuid()}"
        instance.stack_id = stack_arn(instance, name, world.new_uuid())
    if not world.settings.deploy_stacks:
        return
    backend: Any = cloudformation_backends[instance.account_id][instance.region]
    name = instance.stack_id.split("/")[1]
    stack = next((one for one in backend.stacks.values() if one.name == name), None)
    parameters = {**stack_set.parameters, **instance.overrides}
    if operation.action == "DELETE":
        if stack:
            backend.delete_stack(stack.stack_id)
        return
    if stack:
        changed = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ]
        backend.update_stack(name, stack_set.template, None, changed, stack_set.tags)
        return
    made = backend.create_stack(
        name=name,
        template=stack_set.template,
        parameters=parameters,
        tags=stack_set.tags,
    )
    instance.stack_id = made.stack_id


def stack_arn(instance: Instance, name: str, unique: str) -> str:
    return f"arn:aws:cloudformation:{instance.region}:{instance.account_id}:stack/{name}/{unique}"


def follow_account(
    world: World, organisation: Organisation, account: Account, source_id: str
) -> None:
    """Automatic deployment: an account that comes into a target gets the stacks, one that leaves
    loses them, unless they are retained.
    """
    for stack_set in list(world.shelf(StackSets).by_id.values()):
        if stack_set.owner_id != organisation.management_id or not stack_set.deploys_by_itself:
            continue
        wanted = _wanted_places(world, stack_set, account.id)
        held = {place for place in stack_set.instances if place[0] == account.id}
        _begin_automatic(
            world, stack_set, "CREATE", {p: u for p, u in wanted.items() if p not in held}
        )
        gone = {
            place: ""
            for place in held
            if place not in wanted and stack_set.instances[place].unit_id
        }
        _begin_automatic(world, stack_set, "DELETE", gone)


def forget_account(world: World, organisation: Organisation, account: Account) -> None:
    follow_account(world, organisation, account, "")


def _wanted_places(world: World, stack_set: StackSet, account_id: str) -> dict[Place, str]:
    wanted: dict[Place, str] = {}
    for unit_id, regions in stack_set.auto_targets.items():
        targets = {"OrganizationalUnitIds": [unit_id]}
        if account_id in target_accounts(world, stack_set, targets):
            wanted |= {(account_id, region): unit_id for region in regions}
    return wanted


def _begin_automatic(
    world: World, stack_set: StackSet, action: str, places: dict[Place, str]
) -> None:
    if not places:
        return
    retain = bool(stack_set.auto_deployment.get("RetainStacksOnAccountRemoval"))
    operation = Operation(
        id=world.new_uuid(),
        action=action,
        created_at=world.now(),
        results={
            place: Result(account_id=place[0], region=place[1], unit_id=unit_id)
            for place, unit_id in places.items()
        },
        has_retained_stacks=action == "DELETE" and retain,
        is_automatic=True,
    )
    begin(world, stack_set, operation)


watchers.on_move.append(follow_account)
watchers.on_leave.append(forget_account)
