"""Policies: SCPs and all other types, their limits and their attachments.

Nothing here enforces what a policy says; only its size, its count and its form are checked.
"""

from __future__ import annotations

import json
from typing import Any

from portal.local.aws.calls import Answer, Ask, AwsError, Call
from portal.local.aws.organizations import tags
from portal.local.aws.organizations.access import READERS, answers, violation
from portal.local.aws.organizations.model import (
    RCP,
    RCP_FULL_ACCESS_ID,
    SCP,
    Account,
    Directory,
    Organisation,
    Policy,
    Unit,
    attach_managed_policy,
)
from portal.local.aws.organizations.units import describe_root
from portal.local.aws.paging import page
from portal.local.aws.world import World, deed

# Characters, attachments per target, policies per organisation. Source: "Quotas and service
# limits for AWS Organizations", as of May 2026.
LIMITS = {
    SCP: (10_240, 10, 10_000),
    RCP: (5_120, 5, 2_000),
    "AISERVICES_OPT_OUT_POLICY": (2_500, 5, 1_000),
    "CHATBOT_POLICY": (10_000, 5, 1_000),
}
OTHER_LIMITS = (10_000, 10, 1_000)


def limits(kind: str) -> tuple[int, int, int]:
    return LIMITS.get(kind, OTHER_LIMITS)


@answers("CreatePolicy")
def create_policy(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    kind = ask["Type"]
    if organisation.policy_types.get(kind) != "ENABLED":
        raise _type_not_enabled(kind)
    check_content(kind, ask["Content"])
    _check_name(organisation, ask["Name"], kind)
    if sum(p.type == kind for p in organisation.policies.values()) >= limits(kind)[2]:
        raise violation("POLICY_NUMBER_LIMIT_EXCEEDED", "You have too many policies.")
    new_tags = tags.read(ask.get("Tags") or [])
    tags.check_count(new_tags)
    policy = add_policy(
        call.world,
        organisation,
        name=ask["Name"],
        kind=kind,
        content=ask["Content"],
        description=ask.get("Description") or "",
    )
    policy.tags.update(new_tags)
    return {"Policy": _describe(policy)}


def add_policy(
    world: World,
    organisation: Organisation,
    *,
    name: str,
    kind: str,
    content: str,
    description: str = "",
) -> Policy:
    policy_id = world.new_id("p-", 10)
    policy = Policy(
        id=policy_id,
        name=name,
        type=kind,
        content=content,
        description=description,
        arn=organisation.arn("policy", f"{kind.lower()}/{policy_id}"),
    )
    organisation.policies[policy_id] = policy
    return policy


def attach(policy: Policy, target: Unit | Account) -> None:
    policy.targets[target.id] = None
    target.policies[policy.id] = None


def check_content(kind: str, content: str) -> None:
    """Raises MalformedPolicyDocumentException, or the violation of the size limit."""
    if len(content) > limits(kind)[0]:
        raise violation(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            f"The policy has {len(content)} characters; the limit is {limits(kind)[0]}.",
        )
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    is_statement = kind not in (SCP, RCP) or _has_statements(document)
    if not isinstance(document, dict) or not is_statement:
        raise AwsError(
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy "
            "type.",
        )


def _has_statements(document: Any) -> bool:
    statements = document.get("Statement") if isinstance(document, dict) else None
    statements = statements if isinstance(statements, list) else [statements]
    return bool(statements) and all(
        isinstance(one, dict)
        and one.get("Effect") in ("Allow", "Deny")
        and bool({"Action", "NotAction"} & one.keys())
        for one in statements
    )


def _check_name(organisation: Organisation, name: str, kind: str) -> None:
    if any(p.name == name and p.type == kind for p in organisation.policies.values()):
        raise AwsError("DuplicatePolicyException", "A policy with the same name already exists.")


def _type_not_enabled(kind: str) -> AwsError:
    return AwsError("PolicyTypeNotEnabledException", f"{kind} is not enabled in this root.")


def _policy(organisation: Organisation, policy_id: str) -> Policy:
    found = organisation.policies.get(policy_id)
    if found is None:
        raise AwsError("PolicyNotFoundException", "You specified a policy that doesn't exist.")
    return found


def _own_policy(organisation: Organisation, policy_id: str) -> Policy:
    found = _policy(organisation, policy_id)
    if found.is_aws_managed:
        raise AwsError(
            "InvalidInputException",
            "You can't change an AWS managed policy.",
            Reason="IMMUTABLE_POLICY",
        )
    return found


def _target(call: Call, organisation: Organisation, target_id: str) -> Unit | Account:
    if target_id in organisation.units:
        return organisation.units[target_id]
    account = call.world.shelf(Directory).accounts.get(target_id)
    if account is None or account.organisation_id != organisation.id:
        raise AwsError("TargetNotFoundException", "You specified a target that doesn't exist.")
    return account


@answers("UpdatePolicy")
def update_policy(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    policy = _own_policy(organisation, ask["PolicyId"])
    content, name = ask.get("Content"), ask.get("Name")
    if content is not None:
        check_content(policy.type, content)
    if name and name != policy.name:
        _check_name(organisation, name, policy.type)
    policy.content = policy.content if content is None else content
    policy.name = name or policy.name
    if ask.get("Description") is not None:
        policy.description = ask["Description"]
    return {"Policy": _describe(policy)}


@answers("DeletePolicy")
def delete_policy(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    policy = _own_policy(organisation, ask["PolicyId"])
    if policy.targets:
        raise AwsError("PolicyInUseException", "The policy is attached to one or more entities.")
    del organisation.policies[policy.id]
    return {}


@answers("DescribePolicy", READERS)
def describe_policy(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    return {"Policy": _describe(_policy(organisation, ask["PolicyId"]))}


def _summary(policy: Policy) -> dict[str, Any]:
    return {
        "Id": policy.id,
        "Arn": policy.arn,
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.type,
        "AwsManaged": policy.is_aws_managed,
    }


def _describe(policy: Policy) -> dict[str, Any]:
    return {"PolicySummary": _summary(policy), "Content": policy.content}


@answers("ListPolicies", READERS)
def list_policies(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    found = [p for p in organisation.policies.values() if p.type == ask["Filter"]]
    return page(call, ask, "Policies", found, _summary, size=call.world.settings.page_size)


@answers("ListPoliciesForTarget", READERS)
def list_policies_for_target(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    target = _target(call, organisation, ask["TargetId"])
    attached = [organisation.policies[policy_id] for policy_id in target.policies]
    found = [p for p in attached if p.type == ask["Filter"]]
    return page(call, ask, "Policies", found, _summary, size=call.world.settings.page_size)


@answers("ListTargetsForPolicy", READERS)
def list_targets_for_policy(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    policy = _policy(organisation, ask["PolicyId"])

    def describe(target_id: str) -> dict[str, Any]:
        target = _target(call, organisation, target_id)
        return {
            "TargetId": target.id,
            "Arn": _arn(organisation, target),
            "Name": target.name,
            "Type": _kind(organisation, target),
        }

    size = call.world.settings.page_size
    return page(call, ask, "Targets", policy.targets, describe, size=size)


def _arn(organisation: Organisation, target: Unit | Account) -> str:
    return target.arn if isinstance(target, Unit) else organisation.account_arn(target.id)


def _kind(organisation: Organisation, target: Unit | Account) -> str:
    if isinstance(target, Account):
        return "ACCOUNT"
    return "ROOT" if target.id == organisation.root_id else "ORGANIZATIONAL_UNIT"


@answers("AttachPolicy")
def attach_policy(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    policy = _policy(organisation, ask["PolicyId"])
    target = _target(call, organisation, ask["TargetId"])
    if organisation.policy_types.get(policy.type) != "ENABLED":
        raise _type_not_enabled(policy.type)
    if policy.id in target.policies:
        raise AwsError(
            "DuplicatePolicyAttachmentException",
            "The selected policy is already attached to the specified target.",
        )
    if _count(organisation, target, policy.type) >= limits(policy.type)[1]:
        raise violation(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You have attached the maximum number of policies of this type to this target.",
        )
    attach(policy, target)
    return {}


def _count(organisation: Organisation, target: Unit | Account, kind: str) -> int:
    return sum(organisation.policies[policy_id].type == kind for policy_id in target.policies)


@answers("DetachPolicy")
def detach_policy(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    policy = _policy(organisation, ask["PolicyId"])
    target = _target(call, organisation, ask["TargetId"])
    if policy.id not in target.policies:
        raise AwsError(
            "PolicyNotAttachedException",
            "The policy isn't attached to the specified target in the specified root.",
        )
    if policy.id == RCP_FULL_ACCESS_ID:
        raise AwsError(
            "InvalidInputException",
            "You can't detach RCPFullAWSAccess.",
            Reason="NON_DETACHABLE_POLICY",
        )
    if policy.type == SCP and _count(organisation, target, SCP) == 1:
        raise violation(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "You can't detach the last SCP from a target.",
        )
    del policy.targets[target.id]
    del target.policies[policy.id]
    return {}


@answers("EnablePolicyType")
def enable_policy_type(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    organisation.unit(ask["RootId"], "RootNotFoundException")
    kind = ask["PolicyType"]
    if kind in organisation.policy_types:
        raise AwsError("PolicyTypeAlreadyEnabledException", f"{kind} is already enabled.")
    organisation.policy_types[kind] = "PENDING_ENABLE"
    call.world.later(
        call.world.settings.policy_type_seconds,
        finish_policy_type,
        organisation_id=organisation.id,
        kind=kind,
        is_enabled=True,
    )
    return {"Root": describe_root(organisation)}


@answers("DisablePolicyType")
def disable_policy_type(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    organisation.unit(ask["RootId"], "RootNotFoundException")
    kind = ask["PolicyType"]
    if kind not in organisation.policy_types:
        raise _type_not_enabled(kind)
    organisation.policy_types[kind] = "PENDING_DISABLE"
    call.world.later(
        call.world.settings.policy_type_seconds,
        finish_policy_type,
        organisation_id=organisation.id,
        kind=kind,
        is_enabled=False,
    )
    return {"Root": describe_root(organisation)}


@deed
def finish_policy_type(world: World, *, organisation_id: str, kind: str, is_enabled: bool) -> None:
    """Disabling detaches every policy of the type; enabling SCPs or RCPs brings full access."""
    organisation = world.shelf(Directory).organisations[organisation_id]
    if is_enabled:
        organisation.policy_types[kind] = "ENABLED"
        attach_managed_policy(world, organisation, kind)
        return
    organisation.policy_types.pop(kind, None)
    accounts = world.shelf(Directory).accounts
    for policy in [p for p in organisation.policies.values() if p.type == kind]:
        for target_id in policy.targets:
            target = organisation.units.get(target_id) or accounts[target_id]
            target.policies.pop(policy.id, None)
        policy.targets.clear()
