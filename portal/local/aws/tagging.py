"""Resource Groups Tagging API for accounts and OUs, asked from the management account.

Other resource types are moto's. Only what has or had a tag is listed, as on AWS.
"""

from __future__ import annotations

from typing import Any

from portal.local.aws.calls import Answer, Ask, AwsError, Call, PassOn, handles
from portal.local.aws.organizations.model import Directory, Organisation
from portal.local.aws.paging import page

PAGE_SIZE = 100
TOKEN_KEY = "PaginationToken"  # noqa: S105 - the name of a parameter


@handles("resourcegroupstaggingapi", "GetResources")
def get_resources(call: Call, ask: Ask) -> Answer:
    wanted = ask.get("ResourceTypeFilters") or []
    if not wanted or not all(name.startswith("organizations") for name in wanted):
        raise PassOn
    if ask.get("ResourceARNList"):
        raise AwsError(
            "InvalidParameterException", "ResourceARNList excludes all other parameters."
        )
    organisation = call.world.shelf(Directory).managed_by(call.account_id)
    found = _resources(call, organisation, wanted) if organisation else []
    filters = ask.get("TagFilters") or []
    chosen = [(arn, tags) for arn, tags in found if tags and _fits(tags, filters)]

    def describe(resource: tuple[str, dict[str, str]]) -> dict[str, Any]:
        arn, tags = resource
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {"ResourceARN": arn, "Tags": pairs}

    answer = page(
        call,
        ask,
        "ResourceTagMappingList",
        chosen,
        describe,
        size=PAGE_SIZE,
        size_key="ResourcesPerPage",
        token_key=TOKEN_KEY,
    )
    return {TOKEN_KEY: "", **answer}


def _resources(
    call: Call, organisation: Organisation, wanted: list[str]
) -> list[tuple[str, dict[str, str]]]:
    accounts = call.world.shelf(Directory).accounts
    found: list[tuple[str, dict[str, str]]] = []
    if {"organizations", "organizations:account"} & set(wanted):
        found += [
            (organisation.account_arn(account_id), accounts[account_id].tags)
            for account_id in organisation.account_ids
            if accounts[account_id].visible_at <= call.now
        ]
    if {"organizations", "organizations:ou"} & set(wanted):
        found += [(unit.arn, unit.tags) for unit in organisation.units.values() if unit.parent_id]
    return found


def _fits(tags: dict[str, str], filters: list[dict[str, Any]]) -> bool:
    return all(
        one["Key"] in tags and (not one.get("Values") or tags[one["Key"]] in one["Values"])
        for one in filters
    )
