"""CloudFormation StackSets with service-managed permissions, from the management account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.aws.errors import NotThere, our_words
from portal.aws.models import Connection
from portal.aws.paging import items
from portal.aws.session import OPERATE, READ, client


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One stack of a set. `status` is CURRENT, OUTDATED or INOPERABLE."""

    account_id: str
    region: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`status` is QUEUED, RUNNING, SUCCEEDED, FAILED, STOPPING or STOPPED."""

    status: str
    reason: str
    ended_at: datetime | None


def exists(connection: Connection, name: str) -> bool:
    try:
        with our_words("cloudformation:DescribeStackSet"):
            client(connection, "cloudformation", role=READ).describe_stack_set(StackSetName=name)
    except NotThere:
        return False
    return True


def create(connection: Connection, name: str, *, template: str, description: str) -> None:
    """A set that follows accounts into its OUs. Raises AlreadyThere, AwsError."""
    with our_words("cloudformation:CreateStackSet"):
        client(connection, "cloudformation", role=OPERATE).create_stack_set(
            StackSetName=name,
            Description=description,
            TemplateBody=template,
            PermissionModel="SERVICE_MANAGED",
            AutoDeployment={"Enabled": True, "RetainStacksOnAccountRemoval": False},
            Capabilities=["CAPABILITY_NAMED_IAM"],
            ManagedExecution={"Active": True},
        )


def instances(connection: Connection, name: str, account_id: str) -> Iterator[Instance]:
    """The set's stacks in one account. Raises AwsError."""
    ask: dict[str, Any] = {"StackSetName": name, "StackInstanceAccount": account_id}
    cloudformation = client(connection, "cloudformation", role=READ)
    for raw in items(cloudformation, "list_stack_instances", "Summaries", **ask):
        yield Instance(
            account_id=raw["Account"],
            region=raw["Region"],
            status=raw.get("Status", ""),
            reason=raw.get("StatusReason", ""),
        )


def deploy(
    connection: Connection,
    name: str,
    *,
    account_id: str,
    ou_id: str,
    regions: list[str],
    operation_id: str,
) -> None:
    """Start stacks in one account of an OU. The same operation id is carried out once:
    AlreadyThere means it has been started. Raises Busy, AwsError."""
    with our_words("cloudformation:CreateStackInstances"):
        client(connection, "cloudformation", role=OPERATE).create_stack_instances(
            StackSetName=name,
            DeploymentTargets={
                "OrganizationalUnitIds": [ou_id],
                "Accounts": [account_id],
                "AccountFilterType": "INTERSECTION",
            },
            Regions=regions,
            OperationPreferences={"RegionConcurrencyType": "PARALLEL"},
            OperationId=operation_id,
        )


def operation(connection: Connection, name: str, operation_id: str) -> Operation:
    """How far an operation is. Raises NotThere when AWS never got it."""
    with our_words("cloudformation:DescribeStackSetOperation"):
        answer = client(connection, "cloudformation", role=READ).describe_stack_set_operation(
            StackSetName=name, OperationId=operation_id
        )
    raw = answer["StackSetOperation"]
    return Operation(
        status=raw["Status"],
        reason=raw.get("StatusReason", ""),
        ended_at=raw.get("EndTimestamp"),
    )
