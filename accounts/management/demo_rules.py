"""The demo's rules: what is approved at once, and who looks at the rest."""

from portal.approvals.models import Rule

KIND = "account_request"
Conditions = list[tuple[str, str, str]]
Steps = list[tuple[str, int, int]]  # role, people, hours

RULES: list[tuple[str, str, Conditions, Steps]] = [
    (
        "Small sandboxes",
        "A sandbox for at most 90 days and 300 USD a month, without confidential data, is for"
        " trying things out: nobody needs to look.",
        [
            ("environment", "in", "sandbox"),
            ("budget_usd", "at_most", "300"),
            ("lifetime_days", "at_most", "90"),
            ("data_class", "in", "public, internal"),
            ("network", "in", "none, internet"),
            ("administrator", "no", ""),
        ],
        [],
    ),
    (
        "Small development accounts",
        "Development up to 500 USD a month with internal data stays inside the guardrails.",
        [
            ("environment", "in", "development, test"),
            ("budget_usd", "at_most", "500"),
            ("data_class", "in", "public, internal"),
            ("network", "in", "none, internet"),
            ("administrator", "no", ""),
            ("team_accounts", "at_most", "12"),
        ],
        [],
    ),
    (
        "Large budgets",
        "More than 5,000 USD a month: finance confirms the budget after the CCoE has looked.",
        [("budget_usd", "more_than", "5000")],
        [("ccoe", 1, 48), ("finance", 1, 72)],
    ),
    (
        "Restricted data",
        "Restricted data needs the eyes of two people of the CCoE.",
        [("data_class", "in", "restricted")],
        [("ccoe", 2, 48)],
    ),
    (
        "Production",
        "Production accounts are looked at by the CCoE: owner, budget and network must fit.",
        [("environment", "in", "production")],
        [("ccoe", 1, 48)],
    ),
]


def seed() -> None:
    for position, (name, reason, conditions, steps) in enumerate(RULES, start=1):
        rule = Rule.objects.create(
            kind=KIND,
            position=position,
            name=name,
            reason=reason,
            outcome=Rule.Outcome.ASK if steps else Rule.Outcome.APPROVE,
        )
        for fact, operator, value in conditions:
            rule.conditions.create(fact=fact, operator=operator, value=value)
        for number, (role, count, hours) in enumerate(steps):
            rule.steps.create(position=number, role=role, count=count, hours=hours)
