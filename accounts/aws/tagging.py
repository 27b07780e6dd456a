"""Tags of the whole organisation in few calls, through the Resource Groups Tagging API."""

from portal.aws.models import Connection
from portal.aws.paging import items
from portal.aws.session import READ, client

PER_PAGE = 100


def organization_tags(connection: Connection, kind: str) -> dict[str, dict[str, str]]:
    """Tags by id of all tagged accounts or OUs. `kind` is "account" or "ou". Raises AwsError.

    Untagged ones are not among them. Answers from us-east-1, where Organizations lives.
    """
    found: dict[str, dict[str, str]] = {}
    tagging = client(connection, "resourcegroupstaggingapi", region="us-east-1", role=READ)
    ask = {"ResourceTypeFilters": [f"organizations:{kind}"], "ResourcesPerPage": PER_PAGE}
    for raw in items(tagging, "get_resources", "ResourceTagMappingList", **ask):
        resource_id = raw["ResourceARN"].rsplit("/", 1)[-1]
        found[resource_id] = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", [])}
    return found
