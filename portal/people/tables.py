"""The list of people, and what narrows it."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_tables2 import TemplateColumn

from portal.people.models import Team, User
from portal.permissions import ROLE_NAMES
from portal.ui.filters import FilterSet, SearchFilter
from portal.ui.tables import Table, TimeColumn

NO_ROLE = "none"


class PeopleFilter(FilterSet):
    """By name, role (of their own or through a team), team, and whether they can sign in."""

    q = SearchFilter(over=["name", "username", "email"])
    role = django_filters.ChoiceFilter(
        label=_("Role"),
        method="with_role",
        choices=[*ROLE_NAMES.items(), (NO_ROLE, _("No role at all"))],
    )
    team = django_filters.ModelChoiceFilter(
        label=_("Team"), field_name="teams", queryset=Team.objects.all()
    )
    active = django_filters.ChoiceFilter(
        label=_("Can sign in"), method="that_can", choices=[("yes", _("Yes")), ("no", _("No"))]
    )

    class Meta:
        model = User
        fields: list[str] = []

    def with_role(self, people: QuerySet[User], name: str, role: str) -> QuerySet[User]:
        if role == NO_ROLE:
            return without_role(people)
        held = Q(role_bindings__role=role) | Q(teams__role_bindings__role=role)
        return people.filter(pk__in=User.objects.filter(held).values("pk"))

    def that_can(self, people: QuerySet[User], name: str, word: str) -> QuerySet[User]:
        return people.filter(is_active=word == "yes")


def without_role(people: QuerySet[User]) -> QuerySet[User]:
    """Those who hold no role, neither of their own nor through a team."""
    return people.filter(role_bindings__isnull=True).exclude(teams__role_bindings__isnull=False)


class PeopleTable(Table):
    nothing = _("Nobody here yet.")

    name = TemplateColumn(template_name="people/_name.html", verbose_name=_("Name"))
    # By pk, as reading User.roles would ask for each row what was prefetched already.
    roles = TemplateColumn(
        template_name="people/_roles.html", verbose_name=_("Roles"), accessor="pk", orderable=False
    )
    teams = TemplateColumn(
        template_name="people/_teams.html", verbose_name=_("Teams"), accessor="pk", orderable=False
    )
    last_login = TimeColumn(verbose_name=_("Last signed in"))

    class Meta(Table.Meta):
        model = User
        fields = ("name", "roles", "teams", "last_login")
