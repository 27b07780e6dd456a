"""Lists of accounts, changes and requests. Their richer cells are in templates/accounts/."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AccountRequest, OrganisationChange
from accounts.selectors import history
from portal.errors import Text
from portal.ui.tables import (
    AccountColumn,
    BadgeColumn,
    Component,
    MoneyColumn,
    Table,
    TimeColumn,
    UserColumn,
)


class FileOnly(tables.Column):
    """A column that files have and the screen has not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, visible=False, **kwargs)


class OuColumn(Component):
    """An OU by name, leading to its page."""

    component = "accounts/cell_ou.html"

    def value(self, value: Any) -> str:
        return str(value)


class AccountTable(Table):
    nothing = _("No accounts to show.")
    nothing_hint = _("Accounts appear here when they are yours, or your role may see them.")

    account = AccountColumn(exclude_from_export=True)
    name = FileOnly(verbose_name=_("Account"))
    account_id = FileOnly(verbose_name=_("Account id"))
    email = FileOnly(verbose_name=_("E-mail"))
    environment = BadgeColumn(verbose_name=_("Environment"))
    ou = OuColumn(verbose_name=_("OU"), order_by="ou__name")
    team = tables.Column(verbose_name=_("Team"), order_by="team__name")
    owner = UserColumn(verbose_name=_("Owner"), order_by="owner__name")
    state = BadgeColumn(verbose_name=_("State"))
    joined_at = TimeColumn(verbose_name=_("Joined"))
    connection = FileOnly(verbose_name=_("Organisation"))
    workload = FileOnly()
    cost_centre = FileOnly()
    data_class = FileOnly()
    expires_on = FileOnly()

    class Meta(Table.Meta):
        model = Account
        fields: ClassVar[list[str]] = []


class RowColumn(Component):
    """A column that tells of the whole row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="pk", **kwargs)

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"value": record}

    def value(self, value: Any, record: Any) -> str:  # type: ignore[override]  # by name
        return str(record)


class ChangeColumn(RowColumn):
    """What a change is about: an account or an OU."""

    component = "accounts/cell_changed.html"

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"change": record}

    def value(self, value: Any, record: Any) -> str:  # type: ignore[override]  # by name
        return str(record.account or record.ou or "")


class DifferencesColumn(RowColumn):
    """Before → after, line by line."""

    component = "accounts/cell_differences.html"

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"differences": history.differences(record)}

    def value(self, value: Any, record: Any) -> str:  # type: ignore[override]  # by name
        return "; ".join(
            f"{line.label}: {line.before or '–'} → {line.after or '–'}"
            for line in history.differences(record)
        )


class ChangeTable(Table):
    nothing = _("Nothing has changed since the organisation was first read.")

    at = TimeColumn(verbose_name=_("When"))
    kind = BadgeColumn(verbose_name=_("What happened"))
    about = ChangeColumn(verbose_name=_("On what"), orderable=False)
    differences = DifferencesColumn(verbose_name=_("Before → after"), orderable=False)
    connection = tables.Column(verbose_name=_("Organisation"), order_by="connection__name")

    class Meta(Table.Meta):
        model = OrganisationChange
        fields: ClassVar[list[str]] = []


class RequestColumn(RowColumn):
    """A request by the account's name, with its workload."""

    component = "accounts/cell_request.html"


class StatusColumn(Component):
    """The state of a request; a run that stopped is worse news than “being made”."""

    component = "accounts/cell_status.html"

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"account_request": record}


class DueColumn(Component):
    """Until when somebody should have decided, marked when that is over."""

    component = "accounts/cell_due.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="approval", **kwargs)

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"approval": value}

    def value(self, value: Any) -> Any:
        return value.due_at if value else None


class WaitsForColumn(Component):
    """Which rule spoke and why, and who is asked."""

    component = "accounts/cell_waits_for.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, accessor="approval", **kwargs)

    def context(self, *, value: Any, record: Any) -> dict[str, Any]:
        return {"approval": value}

    def value(self, value: Any) -> str:
        return f"{value.rule_name}: {value.rule_reason}" if value else ""


class MyRequestTable(Table):
    nothing = _("No requests here.")
    nothing_hint = _("Ask for an account: one for each workload and environment.")

    request = RequestColumn(verbose_name=_("Request"), order_by=("account_name", "workload"))
    environment = BadgeColumn(verbose_name=_("Environment"))
    team = tables.Column(verbose_name=_("Team"), order_by="team__name")
    requester = UserColumn(verbose_name=_("Asked by"), order_by="requester__name")
    status = StatusColumn(verbose_name=_("State"))
    changed_at = TimeColumn(verbose_name=_("Last change"))

    class Meta(Table.Meta):
        model = AccountRequest
        fields: ClassVar[list[str]] = []


class QueueTable(Table):
    nothing: ClassVar[Text] = _("Nothing waits here.")

    request = RequestColumn(verbose_name=_("Request"), order_by=("account_name", "workload"))
    requester = UserColumn(verbose_name=_("Asked by"), order_by="requester__name")
    team = tables.Column(verbose_name=_("Team"), order_by="team__name")
    environment = BadgeColumn(verbose_name=_("Environment"))
    budget_usd = MoneyColumn(verbose_name=_("Budget per month"))
    waits_for = WaitsForColumn(verbose_name=_("Why, and who may decide"), orderable=False)
    due = DueColumn(verbose_name=_("Due"), order_by="approval__due_at")
    status = StatusColumn(verbose_name=_("State"))
    submitted_at = TimeColumn(verbose_name=_("Asked"))
    owner = FileOnly(verbose_name=_("Owner"))
    cost_centre = FileOnly()
    expires_on = FileOnly()
    account_id = FileOnly(verbose_name=_("Account id"))

    class Meta(Table.Meta):
        model = AccountRequest
        fields: ClassVar[list[str]] = []
