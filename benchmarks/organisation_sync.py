"""Organisation sync against the local AWS: calls against the fewest possible, time against a loop.

The bare loop reads the same pages with boto3 and keeps nothing; the sync reads, compares and writes
all rows into an empty database (fresh), then once more when nothing has changed. The sides take
turns, and the ratio is taken round by round.
"""

import json
import math
import os
import statistics

import _world
import boto3


def main() -> None:
    accounts, ous, rounds = (1000, 200, 7) if _world.scale() == "small" else (10_000, 200, 5)
    with _world.portal() as folder:
        from django.db import connection as db

        from accounts.services.organisation import sync
        from portal.aws.models import Connection
        from portal.local import demo_data
        from portal.local.aws import LocalAwsProcess

        plan = {"seed": "scale", "accounts": accounts, "ous": ous}
        with LocalAwsProcess(folder / "aws", **plan) as aws:
            os.environ["AWS_ENDPOINT_URL"] = aws.url
            connection = Connection.objects.create(
                name="Scale",
                purpose="production",
                management_account_id=demo_data.MANAGEMENT_ID,
                external_id=demo_data.EXTERNAL_ID,
                email_pattern="aws+{name}@example.com",
            )
            pages = Pages(demo_data.MANAGEMENT_ID, demo_data.EXTERNAL_ID)
            minimum = pages.read()
            sync(connection)
            fresh, unchanged, bare, calls = [], [], [], 0
            for _round in range(rounds):
                with db.cursor() as cursor:
                    cursor.execute("TRUNCATE accounts_organizationalunit, accounts_account CASCADE")
                bare.append(_world.seconds(pages.read))
                aws.clear_calls()
                fresh.append(_world.seconds(lambda: sync(connection)))
                calls = sum(aws.calls().values())
                unchanged.append(_world.seconds(lambda: sync(connection)))
            written = rows(db)
    print(f"{accounts:,} accounts in {ous} OUs: {calls} calls, {minimum} is the minimum;"
          f" {written:,} rows written")  # fmt: skip
    print(f"bare loop {statistics.median(bare):.2f} s, sync fresh {statistics.median(fresh):.2f} s,"
          f" unchanged {statistics.median(unchanged):.2f} s")  # fmt: skip
    print(json.dumps({
        "calls_over_minimum": round(calls / minimum, 4),
        "time_over_bare_loop": ratio(fresh, bare),
        "time_over_bare_loop_unchanged": ratio(unchanged, bare),
        "calls": calls,
        "minimum_calls": minimum,
        "accounts": written,
    }))  # fmt: skip


class Pages:
    """The bare loop: boto3, page after page, nothing kept but the counts."""

    def __init__(self, management_id: str, external_id: str):
        sts = boto3.client("sts")
        keys = sts.assume_role(
            RoleArn=f"arn:aws:iam::{management_id}:role/PortalRead",
            RoleSessionName="bench",
            ExternalId=external_id,
            SourceIdentity="bench",
        )["Credentials"]
        self.session = boto3.session.Session(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1"
        )

    def read(self) -> int:
        """Read every page; the number of calls that page sizes force (20, tags 100)."""
        org = self.session.client("organizations")
        tags = self.session.client("resourcegroupstaggingapi")
        org.describe_organization()
        calls, waiting = 2, [r["Id"] for r in everything(org, "list_roots", "Roots")]
        while waiting:
            parent = waiting.pop()
            below = everything(
                org, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
            )
            calls += pages_of(below, 20)
            waiting += [ou["Id"] for ou in below]
        calls += pages_of(everything(org, "list_accounts", "Accounts"), 20)
        admins = everything(org, "list_delegated_administrators", "DelegatedAdministrators")
        calls += pages_of(admins, 20)
        for admin in admins:
            services = "list_delegated_services_for_account"
            found = everything(org, services, "DelegatedServices", AccountId=admin["Id"])
            calls += pages_of(found, 20)
        for kind in ("account", "ou"):
            ask = {"ResourceTypeFilters": [f"organizations:{kind}"], "ResourcesPerPage": 100}
            found = everything(tags, "get_resources", "ResourceTagMappingList", **ask)
            calls += pages_of(found, 100)
        return calls


def everything(client, operation, key, **ask):
    return [item for page in client.get_paginator(operation).paginate(**ask) for item in page[key]]


def pages_of(found, size):
    return max(1, math.ceil(len(found) / size))


def ratio(ours: list[float], bare: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, bare, strict=True)), 3)


def rows(db) -> int:
    with db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_account")
        return cursor.fetchone()[0]


if __name__ == "__main__":
    main()
