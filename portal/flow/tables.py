"""The list of runs, and what narrows it."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django_tables2 import Column, TemplateColumn

from portal.errors import Text
from portal.flow.models import Run
from portal.flow.reading import plan_title
from portal.flow.steps import PLANS
from portal.ui.filters import FilterSet, SearchFilter
from portal.ui.tables import Table, TimeColumn, UserColumn


def plan_choices() -> list[tuple[str, Any]]:
    return [(name, plan.title) for name, plan in PLANS.items()]


class RunFilter(FilterSet):
    """By words in the title, status and plan."""

    q = SearchFilter(over=["title"])
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Run.Status.choices)
    plan = django_filters.ChoiceFilter(label=_("Plan"), choices=plan_choices)

    class Meta:
        model = Run
        fields: list[str] = []


class RunTable(Table):
    nothing = _("No runs yet.")
    nothing_hint = _("A run begins when something is approved and has to be done in AWS.")

    title = TemplateColumn(template_name="runs/_title.html", verbose_name=_("Run"))
    plan = Column(verbose_name=_("Plan"))
    status = TemplateColumn(template_name="runs/_status.html", verbose_name=_("Status"))
    actor = UserColumn(verbose_name=_("For"), order_by="actor__name")
    created_at = TimeColumn(verbose_name=_("Started"))
    ended_at = TimeColumn(verbose_name=_("Ended"))

    class Meta(Table.Meta):
        model = Run
        fields = ("title", "plan", "status", "actor", "created_at", "ended_at")

    def render_plan(self, value: str) -> Text:
        return plan_title(value)
