"""AWS Budgets of the management account: one monthly cost budget per linked account."""

from decimal import Decimal
from typing import Any

from portal.aws.errors import NotThere, our_words
from portal.aws.models import Connection
from portal.aws.session import OPERATE, READ, client


def monthly_limit(connection: Connection, name: str) -> Decimal | None:
    """The limit in USD of the budget with this name, None when there is none. Raises AwsError."""
    try:
        with our_words("budgets:DescribeBudget"):
            answer = _client(connection, READ).describe_budget(
                AccountId=connection.management_account_id, BudgetName=name
            )
    except NotThere:
        return None
    return Decimal(answer["Budget"]["BudgetLimit"]["Amount"])


def create_monthly(
    connection: Connection,
    name: str,
    *,
    account_id: str,
    limit_usd: Decimal,
    alert_emails: list[str],
) -> None:
    """A budget over one account's cost, with mail at 80 % and 100 % of actual cost.
    Raises AlreadyThere, AwsError."""
    with our_words("budgets:CreateBudget"):
        _client(connection, OPERATE).create_budget(
            AccountId=connection.management_account_id,
            Budget=_budget(name, account_id, limit_usd),
            NotificationsWithSubscribers=[_alert(80, alert_emails), _alert(100, alert_emails)],
        )


def change_monthly(
    connection: Connection, name: str, *, account_id: str, limit_usd: Decimal
) -> None:
    """Another limit for a budget that exists. Harmless twice. Raises AwsError."""
    with our_words("budgets:UpdateBudget"):
        _client(connection, OPERATE).update_budget(
            AccountId=connection.management_account_id,
            NewBudget=_budget(name, account_id, limit_usd),
        )


def _client(connection: Connection, role: Any) -> Any:
    return client(connection, "budgets", region="us-east-1", role=role)


def _budget(name: str, account_id: str, limit_usd: Decimal) -> dict[str, Any]:
    return {
        "BudgetName": name,
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": f"{limit_usd:f}", "Unit": "USD"},
        "CostFilters": {"LinkedAccount": [account_id]},
    }


def _alert(percent: int, emails: list[str]) -> dict[str, Any]:
    return {
        "Notification": {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": percent,
            "ThresholdType": "PERCENTAGE",
        },
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": email} for email in emails],
    }
