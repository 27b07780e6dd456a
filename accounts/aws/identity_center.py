"""IAM Identity Center: who gets into which account with what."""

from dataclasses import dataclass
from typing import Any

from portal.aws.errors import NotThere, our_words
from portal.aws.models import Connection
from portal.aws.paging import items
from portal.aws.session import OPERATE, READ, client


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    arn: str
    identity_store_id: str


def instance(connection: Connection) -> Instance:
    """The organisation's instance. Raises NotThere when Identity Center is not switched on."""
    for raw in items(_reading(connection), "list_instances", "Instances"):
        return Instance(arn=raw["InstanceArn"], identity_store_id=raw["IdentityStoreId"])
    raise NotThere("sso-admin:ListInstances", "NoInstance", "Identity Center is not switched on.")


def group_id(connection: Connection, instance: Instance, name: str) -> str:
    """The id of the group with this display name. Raises NotThere."""
    path = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": name}}
    with our_words("identitystore:GetGroupId"):
        answer = client(connection, "identitystore", role=READ).get_group_id(
            IdentityStoreId=instance.identity_store_id, AlternateIdentifier=path
        )
    return str(answer["GroupId"])


def permission_set_arn(connection: Connection, instance: Instance, name: str) -> str:
    """The permission set with this name. Raises NotThere."""
    reading = _reading(connection)
    for arn in items(reading, "list_permission_sets", "PermissionSets", InstanceArn=instance.arn):
        with our_words("sso-admin:DescribePermissionSet"):
            raw = reading.describe_permission_set(InstanceArn=instance.arn, PermissionSetArn=arn)
        if raw["PermissionSet"]["Name"] == name:
            return str(arn)
    raise NotThere("sso-admin:ListPermissionSets", "NoPermissionSet", name)


def is_assigned(
    connection: Connection, instance: Instance, *, account_id: str, permission_set: str, group: str
) -> bool:
    """Whether the group (id) has the permission set (ARN) on the account. Raises AwsError."""
    listed = items(
        _reading(connection),
        "list_account_assignments",
        "AccountAssignments",
        InstanceArn=instance.arn,
        AccountId=account_id,
        PermissionSetArn=permission_set,
    )
    return any(raw["PrincipalType"] == "GROUP" and raw["PrincipalId"] == group for raw in listed)


def assign(
    connection: Connection, instance: Instance, *, account_id: str, permission_set: str, group: str
) -> str:
    """Start giving the group the permission set on the account; the request id to ask with.
    Harmless twice, though the second gets another id. Raises Busy, AwsError."""
    with our_words("sso-admin:CreateAccountAssignment"):
        answer = client(connection, "sso-admin", role=OPERATE).create_account_assignment(
            InstanceArn=instance.arn,
            TargetId=account_id,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=permission_set,
            PrincipalType="GROUP",
            PrincipalId=group,
        )
    return str(answer["AccountAssignmentCreationStatus"]["RequestId"])


def assignment_status(
    connection: Connection, instance: Instance, request_id: str
) -> tuple[str, str]:
    """(IN_PROGRESS | SUCCEEDED | FAILED, reason). Raises AwsError."""
    with our_words("sso-admin:DescribeAccountAssignmentCreationStatus"):
        answer = _reading(connection).describe_account_assignment_creation_status(
            InstanceArn=instance.arn, AccountAssignmentCreationRequestId=request_id
        )
    raw = answer["AccountAssignmentCreationStatus"]
    return raw["Status"], raw.get("FailureReason", "")


def _reading(connection: Connection) -> Any:
    return client(connection, "sso-admin", role=READ)
