"""The AWS budget of a new account."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import AccountRequest
from costs.aws import budgets
from portal.aws.errors import AlreadyThere
from portal.flow.steps import DONE, Outcome, done, step


def budget_name(request: AccountRequest) -> str:
    """One budget per account, found again by its name."""
    return f"account-{request.account_id}"


@step(_("Set the AWS budget"))
def set_budget(request: AccountRequest) -> Outcome:
    if request.budget_usd is None or request.connection is None:
        return DONE
    about: dict[str, Any] = {"account_id": request.account_id, "limit_usd": request.budget_usd}
    connection, name = request.connection, budget_name(request)
    limit = budgets.monthly_limit(connection, name)
    if limit is None:
        people = [person.email for person in (request.owner, request.deputy) if person]
        emails = sorted(set(people)) or [connection.contact_email]
        try:
            budgets.create_monthly(connection, name, alert_emails=emails, **about)
        except AlreadyThere:
            budgets.change_monthly(connection, name, **about)
    elif limit != request.budget_usd:
        budgets.change_monthly(connection, name, **about)
    request.has_budget = True
    request.save(update_fields=["has_budget", "changed_at"])
    return done(f"USD {request.budget_usd:,.2f}")
