"""AWS Budgets: budgets of an account, their notifications and subscribers.

`AccountId` must be the calling account, as on AWS. Spend is not calculated here: it stays zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.local.aws.calls import HANDLERS, Answer, Ask, AwsError, Call
from portal.local.aws.paging import page

NotificationKey = tuple[str, str, float, str]
SubscriberKey = tuple[str, str]
MOST_NOTIFICATIONS = 10
MOST_SUBSCRIBERS = 11
FOREVER = 3_706_473_600.0  # 2087-06-15, as AWS writes an open end


@dataclass(slots=True, kw_only=True)
class Budget:
    facts: dict[str, Any]
    notifications: dict[NotificationKey, dict[SubscriberKey, None]] = field(default_factory=dict)
    states: dict[NotificationKey, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Budgets:
    by_account: dict[str, dict[str, Budget]] = field(default_factory=dict)


BudgetsHandler = Callable[[Call, dict[str, Budget], Ask], Answer]
BudgetHandler = Callable[[Call, Budget, Ask], Answer]


def answers(operation: str) -> Callable[[BudgetsHandler], BudgetsHandler]:
    """Enters a handler that is given the budgets of the account, by name."""

    def enter(function: BudgetsHandler) -> BudgetsHandler:
        def handler(call: Call, ask: Ask) -> Answer:
            if ask["AccountId"] != call.account_id:
                raise AwsError(
                    "AccessDeniedException",
                    f"Account {call.account_id} may not ask for {ask['AccountId']}.",
                )
            shelf = call.world.shelf(Budgets).by_account
            return function(call, shelf.setdefault(ask["AccountId"], {}), ask)

        HANDLERS["budgets", operation] = handler
        return function

    return enter


def answers_for_one(operation: str) -> Callable[[BudgetHandler], BudgetHandler]:
    """Enters a handler that is given the budget that BudgetName names."""

    def enter(function: BudgetHandler) -> BudgetHandler:
        def with_budgets(call: Call, budgets: dict[str, Budget], ask: Ask) -> Answer:
            return function(call, _budget(budgets, ask["BudgetName"]), ask)

        answers(operation)(with_budgets)
        return function

    return enter


def _budget(budgets: dict[str, Budget], name: str) -> Budget:
    found = budgets.get(name)
    if found is None:
        raise AwsError("NotFoundException", f"Unable to get budget: {name} - it doesn't exist.")
    return found


def new_budget(call_now: float, facts: dict[str, Any]) -> Budget:
    """A budget with what AWS fills in by itself."""
    unit = (facts.get("BudgetLimit") or {}).get("Unit", "USD")
    period = facts.get("TimePeriod") or {}
    filled = {
        "CostTypes": {"IncludeTax": True, "IncludeCredit": True, "UseBlended": False},
        "CalculatedSpend": {"ActualSpend": {"Amount": "0.0", "Unit": unit}},
        "HealthStatus": {"Status": "HEALTHY", "LastUpdatedTime": call_now},
        **facts,
        "TimePeriod": {
            "Start": period.get("Start", call_now),
            "End": period.get("End", FOREVER),
        },
        "LastUpdatedTime": call_now,
    }
    return Budget(facts=filled)


@answers("CreateBudget")
def create_budget(call: Call, budgets: dict[str, Budget], ask: Ask) -> Answer:
    facts = ask["Budget"]
    name = facts["BudgetName"]
    if name in budgets:
        raise AwsError(
            "DuplicateRecordException",
            f"Error creating budget: {name} - the budget already exists.",
        )
    _check_limit(facts)
    budget = new_budget(call.now, facts)
    for one in ask.get("NotificationsWithSubscribers") or []:
        _add_notification(budget, one["Notification"], one["Subscribers"])
    budget.tags.update({tag["Key"]: tag["Value"] for tag in ask.get("ResourceTags") or []})
    budgets[name] = budget
    return {}


def _check_limit(facts: dict[str, Any]) -> None:
    has_limit = any(
        facts.get(key) for key in ("BudgetLimit", "PlannedBudgetLimits", "AutoAdjustData")
    )
    if not has_limit and facts.get("BudgetType") in ("COST", "USAGE"):
        raise AwsError("InvalidParameterException", "A budget limit is required.")
    if facts.get("CostFilters") and facts.get("FilterExpression"):
        raise AwsError(
            "InvalidParameterException", "CostFilters and FilterExpression exclude each other."
        )


@answers("UpdateBudget")
def update_budget(call: Call, budgets: dict[str, Budget], ask: Ask) -> Answer:
    facts = ask["NewBudget"]
    budget = _budget(budgets, facts["BudgetName"])
    _check_limit(facts)
    kept = {key: budget.facts[key] for key in ("CalculatedSpend", "HealthStatus")}
    budget.facts = {**kept, **new_budget(call.now, facts).facts, **kept}
    return {}


@answers("DescribeBudgets")
def describe_budgets(call: Call, budgets: dict[str, Budget], ask: Ask) -> Answer:
    def describe(name: str) -> dict[str, Any]:
        return budgets[name].facts

    return page(call, ask, "Budgets", budgets, describe, size=100)


@answers_for_one("DescribeBudget")
def describe_budget(call: Call, budget: Budget, ask: Ask) -> Answer:
    return {"Budget": budget.facts}


@answers("DeleteBudget")
def delete_budget(call: Call, budgets: dict[str, Budget], ask: Ask) -> Answer:
    _budget(budgets, ask["BudgetName"])
    del budgets[ask["BudgetName"]]
    return {}


def _key(notification: dict[str, Any]) -> NotificationKey:
    return (
        notification["NotificationType"],
        notification["ComparisonOperator"],
        float(notification["Threshold"]),
        notification.get("ThresholdType") or "PERCENTAGE",
    )


def _subscriber_key(subscriber: dict[str, str]) -> SubscriberKey:
    return subscriber["SubscriptionType"], subscriber["Address"]


def _describe_notification(budget: Budget, key: NotificationKey) -> dict[str, Any]:
    names = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
    return {**dict(zip(names, key, strict=True)), "NotificationState": budget.states[key]}


def _add_notification(
    budget: Budget, notification: dict[str, Any], subscribers: list[dict[str, str]]
) -> None:
    key = _key(notification)
    if key in budget.notifications:
        raise AwsError("DuplicateRecordException", "The notification already exists.")
    if len(budget.notifications) >= MOST_NOTIFICATIONS:
        raise AwsError("CreationLimitExceededException", "A budget has ten notifications at most.")
    budget.notifications[key] = {_subscriber_key(one): None for one in subscribers}
    budget.states[key] = "OK"


def _subscribers(budget: Budget, notification: dict[str, Any]) -> dict[SubscriberKey, None]:
    found = budget.notifications.get(_key(notification))
    if found is None:
        raise AwsError("NotFoundException", "Unable to find the notification.")
    return found


@answers_for_one("CreateNotification")
def create_notification(call: Call, budget: Budget, ask: Ask) -> Answer:
    _add_notification(budget, ask["Notification"], ask["Subscribers"])
    return {}


@answers_for_one("UpdateNotification")
def update_notification(call: Call, budget: Budget, ask: Ask) -> Answer:
    subscribers = _subscribers(budget, ask["OldNotification"])
    old, new = _key(ask["OldNotification"]), _key(ask["NewNotification"])
    if new != old and new in budget.notifications:
        raise AwsError("DuplicateRecordException", "The notification already exists.")
    del budget.notifications[old], budget.states[old]
    budget.notifications[new], budget.states[new] = subscribers, "OK"
    return {}


@answers_for_one("DeleteNotification")
def delete_notification(call: Call, budget: Budget, ask: Ask) -> Answer:
    _subscribers(budget, ask["Notification"])
    key = _key(ask["Notification"])
    del budget.notifications[key], budget.states[key]
    return {}


@answers_for_one("DescribeNotificationsForBudget")
def describe_notifications(call: Call, budget: Budget, ask: Ask) -> Answer:
    def describe(key: NotificationKey) -> dict[str, Any]:
        return _describe_notification(budget, key)

    return page(call, ask, "Notifications", budget.notifications, describe, size=100)


@answers("DescribeBudgetNotificationsForAccount")
def describe_all_notifications(call: Call, budgets: dict[str, Budget], ask: Ask) -> Answer:
    def describe(name: str) -> dict[str, Any]:
        budget = budgets[name]
        notifications = [_describe_notification(budget, key) for key in budget.notifications]
        return {"BudgetName": name, "Notifications": notifications}

    key = "BudgetNotificationsForAccount"
    return page(call, ask, key, budgets, describe, size=1000)


@answers_for_one("CreateSubscriber")
def create_subscriber(call: Call, budget: Budget, ask: Ask) -> Answer:
    subscribers = _subscribers(budget, ask["Notification"])
    key = _subscriber_key(ask["Subscriber"])
    if key in subscribers:
        raise AwsError("DuplicateRecordException", "The subscriber already exists.")
    if len(subscribers) >= MOST_SUBSCRIBERS:
        raise AwsError("CreationLimitExceededException", "There are too many subscribers.")
    subscribers[key] = None
    return {}


@answers_for_one("UpdateSubscriber")
def update_subscriber(call: Call, budget: Budget, ask: Ask) -> Answer:
    subscribers = _subscribers(budget, ask["Notification"])
    old, new = _subscriber_key(ask["OldSubscriber"]), _subscriber_key(ask["NewSubscriber"])
    if old not in subscribers:
        raise AwsError("NotFoundException", "Unable to find the subscriber.")
    if new != old and new in subscribers:
        raise AwsError("DuplicateRecordException", "The subscriber already exists.")
    del subscribers[old]
    subscribers[new] = None
    return {}


@answers_for_one("DeleteSubscriber")
def delete_subscriber(call: Call, budget: Budget, ask: Ask) -> Answer:
    subscribers = _subscribers(budget, ask["Notification"])
    if _subscriber_key(ask["Subscriber"]) not in subscribers:
        raise AwsError("NotFoundException", "Unable to find the subscriber.")
    del subscribers[_subscriber_key(ask["Subscriber"])]
    return {}


@answers_for_one("DescribeSubscribersForNotification")
def describe_subscribers(call: Call, budget: Budget, ask: Ask) -> Answer:
    def describe(key: SubscriberKey) -> dict[str, str]:
        return {"SubscriptionType": key[0], "Address": key[1]}

    subscribers = _subscribers(budget, ask["Notification"])
    return page(call, ask, "Subscribers", subscribers, describe, size=100)
