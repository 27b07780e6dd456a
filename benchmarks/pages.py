"""Server time of the pages people open most, at 10,000 accounts and 10,000 requests.

Each page is asked for many times through the whole of Django (middleware, view, template), in turns
with the bare SQL of the same page: the very queries it made, sent again and fetched, nothing else.
"""

import json
import re
import statistics
from datetime import timedelta

import _world

ACCOUNTS = REQUESTS = 10_000
OUS = 200
PAGES = {
    "organisation_tree": "/accounts/",
    "account_list": "/accounts/list/",
    "request_queue": "/accounts/requests/queue/",
}


def main() -> None:
    rounds = 40 if _world.scale() == "small" else 200
    with _world.portal():
        from django.conf import settings
        from django.test import Client

        settings.ALLOWED_HOSTS = ["*"]
        user = fill()
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        found = {name: measure(client, address, rounds) for name, address in PAGES.items()}
    for name, page in found.items():
        print(f"{name}: p95 {page['p95']} ms, {page['queries']} queries, bare SQL {page['sql']} ms")
    print(json.dumps({
        "p95_ms": {name: page["p95"] for name, page in found.items()},
        "over_bare_sql": {name: page["ratio"] for name, page in found.items()},
        "queries": {name: page["queries"] for name, page in found.items()},
        "accounts": ACCOUNTS,
        "requests": REQUESTS,
    }))  # fmt: skip


def measure(client, address: str, rounds: int) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def page() -> None:
        response = client.get(address)
        assert response.status_code == 200, response.status_code

    page()
    with CaptureQueriesContext(connection) as captured:
        page()
    # Choices of a filter are read through a cursor on the server; its query is what counts.
    queries = [re.sub(r"^DECLARE .*? FOR ", "", q["sql"]) for q in captured.captured_queries]

    def bare() -> None:
        with connection.cursor() as cursor:
            for query in queries:
                cursor.execute(query)
                if cursor.description:
                    cursor.fetchall()

    bare()
    ours, theirs = [], []
    for _round in range(rounds):
        ours.append(_world.seconds(page) * 1000)
        theirs.append(_world.seconds(bare) * 1000)
    return {
        "p95": round(_world.p95(ours), 1),
        "sql": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 2),
        "queries": len(queries),
    }


def fill():
    """10,000 accounts in 200 OUs, as many requests waiting, and a member of the CCoE to look."""
    from django.db import connection as db
    from django.utils import timezone

    from accounts.models import Account, AccountRequest, OrganizationalUnit
    from portal.approvals.models import Approval, ApprovalStep
    from portal.aws.models import Connection
    from portal.people.models import RoleBinding, Team, User

    user = User.objects.create(username="ccoe", name="Cloud Center", email="ccoe@example.com")
    RoleBinding.objects.create(user=user, role="ccoe")
    people = User.objects.bulk_create(
        User(username=f"person{i}", name=f"Person {i}", email=f"p{i}@example.com", password="!")
        for i in range(400)
    )
    teams = Team.objects.bulk_create(
        Team(slug=f"team-{i}", name=f"Team {i}", access_group=f"aws-team-{i}") for i in range(40)
    )
    organisation = Connection.objects.create(
        name="Large", purpose="production", mode="manage", organization_id="o-large00001",
        management_account_id="100000000001", external_id="x", email_pattern="aws+{name}@e.com",
        governed_regions=["us-east-1"],
    )  # fmt: skip
    root = OrganizationalUnit.objects.create(
        connection=organisation,
        ou_id="r-root",
        name="Root",
        path="o-large00001/r-root/",
        row_hash="",
    )
    ous = [root]
    for i in range(OUS):
        parent = ous[i // 6]
        ou_id = f"ou-root-{i:08d}"
        ous.append(OrganizationalUnit.objects.create(
            connection=organisation, parent=parent, ou_id=ou_id, name=f"Business {i}",
            path=f"{parent.path}{ou_id}/", row_hash="",
        ))  # fmt: skip
    environments = ("sandbox", "development", "test", "production")
    Account.objects.bulk_create(
        (
            Account(
                connection=organisation, account_id=f"{400000000000 + i}", name=f"workload-{i}",
                email=f"aws+workload-{i}@e.com", state="ACTIVE", ou=ous[i % len(ous)], row_hash="x",
                owner=people[i % 400], team=teams[i % 40], environment=environments[i % 4],
                workload=f"workload-{i // 4}", cost_centre=f"CC-{i % 40}",
                tags={"environment": environments[i % 4], "workload": f"workload-{i // 4}"},
                joined_method="CREATED", joined_at=timezone.now() - timedelta(days=i % 900),
            )
            for i in range(ACCOUNTS)
        ),
        batch_size=2000,
    )  # fmt: skip
    asked = timezone.now()
    approvals = Approval.objects.bulk_create(
        (
            Approval(
                kind="account_request", title=f"Account {i}", requested_by=people[i % 400],
                content_hash="0" * 64, rule_name="Production", rule_reason="The CCoE looks.",
                facts={"environment": "production", "budget_usd": "1200.00"},
                opened_at=asked - timedelta(minutes=i), due_at=asked + timedelta(hours=48 - i % 60),
            )
            for i in range(REQUESTS)
        ),
        batch_size=2000,
    )  # fmt: skip
    ApprovalStep.objects.bulk_create(
        (
            ApprovalStep(
                approval=approval, position=0, role="ccoe", count=1, due_at=approval.due_at
            )
            for approval in approvals
        ),
        batch_size=2000,
    )
    AccountRequest.objects.bulk_create(
        (
            AccountRequest(
                requester=people[i % 400], status="submitted", submitted_at=approval.opened_at,
                connection=organisation, workload=f"new-{i}", purpose="A purpose of some length.",
                environment="production", team=teams[i % 40], owner=people[i % 400],
                deputy=people[(i + 1) % 400], cost_centre="CC-1", data_class="internal",
                regions=["us-east-1"], network="none", budget_usd=1200, ou=ous[1],
                access_group="aws", permission_set="DeveloperAccess", approval=approval,
                account_name=f"new-{i}-prod", email=f"aws+new-{i}@e.com",
            )
            for i, approval in enumerate(approvals)
        ),
        batch_size=2000,
    )  # fmt: skip
    with db.cursor() as cursor:
        cursor.execute("ANALYZE")
    return user


if __name__ == "__main__":
    main()
