"""Filters of the lists: everything in the URL, choices never wider than what a person may see."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AccountRequest, OrganisationChange, OrganizationalUnit
from accounts.selectors import directory, gaps
from accounts.words import ACCOUNT_ENVIRONMENTS, AccountState, Environment
from portal.aws.models import Connection
from portal.people.models import Team
from portal.ui.filters import FilterSet, SearchFilter

OUS_OFFERED = 200
# Root, and two levels below: deeper OUs are reached from the tree and from OU pages.
UPPER_OUS = r"^[^/]+/[^/]+/(ou-[^/]+/){0,2}$"


def _connections(request: Any) -> QuerySet[Connection]:
    seen = directory.connections_for(request.user)
    return Connection.objects.filter(pk__in=[connection.pk for connection in seen])


def _ous(request: Any) -> QuerySet[OrganizationalUnit]:
    """The upper OUs, and the one that the URL names."""
    seen = directory.ous_for(request.user)
    upper = seen.filter(path__regex=UPPER_OUS).values_list("pk", flat=True)[:OUS_OFFERED]
    named = seen.filter(ou_id=request.GET.get("ou", "")).values_list("pk", flat=True)
    return seen.filter(pk__in=[*upper, *named])


class OuField(django_filters.fields.ModelChoiceField):
    def label_from_instance(self, obj: OrganizationalUnit) -> str:
        return "\u2003" * obj.depth + obj.name


class OuFilter(django_filters.ModelChoiceFilter):
    """Accounts in an OU and everywhere below it."""

    field_class = OuField

    def filter(self, qs: Any, value: OrganizationalUnit | None) -> Any:
        return qs if value is None else qs.filter(directory.subtree(value))


class AccountFilter(FilterSet):
    q = SearchFilter(over=["name", "account_id", "email", "workload"])
    organisation = django_filters.ModelChoiceFilter(
        field_name="connection", queryset=_connections, label=_("Organisation")
    )
    ou = OuFilter(queryset=_ous, to_field_name="ou_id", label=_("OU and below"))
    environment = django_filters.ChoiceFilter(choices=ACCOUNT_ENVIRONMENTS, label=_("Environment"))
    state = django_filters.ChoiceFilter(choices=AccountState.choices, label=_("State"))
    team = django_filters.ModelChoiceFilter(queryset=Team.objects.all(), label=_("Team"))
    gap = django_filters.ChoiceFilter(
        choices=gaps.Gap.choices, method="with_gap", label=_("To put right")
    )

    class Meta:
        model = Account
        fields: list[str] = []

    def with_gap(self, queryset: Any, _name: str, value: str) -> Any:
        return queryset.filter(gaps.condition(value))


class ChangeFilter(FilterSet):
    q = SearchFilter(over=["account__name", "account__account_id", "ou__name"])
    organisation = django_filters.ModelChoiceFilter(
        field_name="connection", queryset=_connections, label=_("Organisation")
    )
    kind = django_filters.ChoiceFilter(
        choices=OrganisationChange.Kind.choices, label=_("What happened")
    )
    since = django_filters.DateFilter(field_name="at", lookup_expr="date__gte", label=_("Since"))

    class Meta:
        model = OrganisationChange
        fields: list[str] = []


class RequestFilter(FilterSet):
    q = SearchFilter(over=["workload", "account_name", "account_id", "team__name"])
    environment = django_filters.ChoiceFilter(choices=Environment.choices, label=_("Environment"))
    team = django_filters.ModelChoiceFilter(queryset=Team.objects.all(), label=_("Team"))

    class Meta:
        model = AccountRequest
        fields: list[str] = []
