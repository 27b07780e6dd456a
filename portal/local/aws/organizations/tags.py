"""Tags of accounts, OUs, roots and policies."""

from __future__ import annotations

from portal.local.aws.calls import Answer, Ask, AwsError, Call
from portal.local.aws.organizations.access import READERS, answers, violation
from portal.local.aws.organizations.model import Directory, Organisation
from portal.local.aws.paging import page

MOST = 50


def read(pairs: list[dict[str, str]]) -> dict[str, str]:
    """Raises AwsError for a key that is reserved or named twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        key = pair["Key"]
        if key.lower().startswith("aws:"):
            raise AwsError(
                "InvalidInputException",
                "You can't use system tags.",
                Reason="INVALID_SYSTEM_TAGS_PARAMETER",
            )
        if key.lower() in (known.lower() for known in found):
            raise AwsError(
                "InvalidInputException", f"Duplicate tag key {key}.", Reason="DUPLICATE_TAG_KEY"
            )
        found[key] = pair["Value"]
    return found


def check_count(tags: dict[str, str]) -> None:
    if len(tags) > MOST:
        raise violation("MAX_TAG_LIMIT_EXCEEDED", f"A resource can have {MOST} tags.")


def tags_of(call: Call, organisation: Organisation, resource_id: str) -> dict[str, str]:
    """The live tags of a resource. Raises TargetNotFoundException."""
    account = call.world.shelf(Directory).accounts.get(resource_id)
    if account and account.organisation_id == organisation.id and account.visible_at <= call.now:
        return account.tags
    if resource_id in organisation.units:
        return organisation.units[resource_id].tags
    if resource_id in organisation.policies:
        return organisation.policies[resource_id].tags
    raise AwsError("TargetNotFoundException", "You specified a target that doesn't exist.")


@answers("TagResource")
def tag_resource(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    live = tags_of(call, organisation, ask["ResourceId"])
    new = read(ask["Tags"])
    check_count(live | new)
    live.update(new)
    return {}


@answers("UntagResource")
def untag_resource(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    live = tags_of(call, organisation, ask["ResourceId"])
    for key in ask["TagKeys"]:
        live.pop(key, None)
    return {}


@answers("ListTagsForResource", READERS)
def list_tags_for_resource(call: Call, organisation: Organisation, ask: Ask) -> Answer:
    live = tags_of(call, organisation, ask["ResourceId"])
    return page(call, ask, "Tags", live, lambda key: {"Key": key, "Value": live[key]}, size=MOST)
