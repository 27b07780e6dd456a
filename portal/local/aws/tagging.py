"""Resource Groups Tagging API for accounts and OUs, asked from the management account.

Other resource types are moto's. Only what has or had a tag is listed, as on AWS.
"""

from __future__ import annotations

from typing import Any

from portal.local.aws.calls import Answer, Ask, AwsError, Call, PassOn, handles
from portal.local.aws.organizations.model import Directory, Organisation
from portal.local.aws.paging import page

PAGE_SIZE = 100
TOKEN_KEY = "PaginationToken"


@handles("resourcegroupstaggingapi", "GetResources")
def get_resources(call: Call, ask: Ask) -> Answer:
    wanted = ask.get("ResourceTypeFilters") or []
    if not wanted or not all(name.startswith("organizations") for name in wanted):
        raise PassOn
    if ask.get("ResourceARNList"):
        raise AwsError(
            "InvalidParameterException", "ResourceARNList excludes all other parameters."
        )
    filters = ask.get("TagFilters") or []
    organisation = call.world.shelf(Directory).managed_by(call.account_id)

    def describe(resource_id: str) -> dict[str, Any] | None:
        if organisation is None:
            return None
        arn, tags = _arn_and_tags(call, organisation, resource_id)
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {"ResourceARN": arn, "Tags": pairs} if tags else None

    found = _resource_ids(call, organisation, wanted) if organisation else []
    if filters and organisation:
        found = [one for one in found if _fits(_arn_and_tags(call, organisation, one)[1], filters)]
    answer = page(
        call,
        ask,
        "ResourceTagMappingList",
        found,
        describe,
        size=PAGE_SIZE,
        size_key="ResourcesPerPage",
        token_key=TOKEN_KEY,
    )
    return {TOKEN_KEY: "", **answer}


def _resource_ids(call: Call, organisation: Organisation, wanted: list[str]) -> list[str]:
    found: list[str] = []
    if {"organizations", "organizations:account"} & set(wanted):
        accounts = call.world.shelf(Directory).accounts
        found += [one for one in organisation.account_ids if accounts[one].tags]
    if {"organizations", "organizations:ou"} & set(wanted):
        found += [u.id for u in organisation.units.values() if u.parent_id and u.tags]
    return found


def _arn_and_tags(
    call: Call, organisation: Organisation, resource_id: str
) -> tuple[str, dict[str, str]]:
    """An account that is not visible yet has no tags either."""
    unit = organisation.units.get(resource_id)
    if unit:
        return unit.arn, unit.tags
    account = call.world.shelf(Directory).accounts[resource_id]
    tags = account.tags if account.visible_at <= call.now else {}
    return organisation.account_arn(resource_id), tags


def _fits(tags: dict[str, str], filters: list[dict[str, Any]]) -> bool:
    return all(
        one["Key"] in tags and (not one.get("Values") or tags[one["Key"]] in one["Values"])
        for one in filters
    )
