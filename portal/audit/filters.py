"""What narrows the audit log. Days are the reader's days."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import DateInput
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import log
from portal.audit.models import AuditEvent
from portal.audit.words import word
from portal.people.models import User
from portal.ui.filters import FilterSet, SearchFilter

DAY = DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def action_choices() -> list[tuple[str, Any]]:
    return [(action, word(action)) for action in log.actions()]


def kind_choices() -> list[tuple[str, str]]:
    return [(kind, kind) for kind in log.target_kinds()]


class AuditFilter(FilterSet):
    """Who, what, on what, when, and words in the label or the reason."""

    q = SearchFilter(over=["target_label", "reason"], label=_("Words in the label or the reason"))
    actor = django_filters.ModelChoiceFilter(label=_("Who"), queryset=User.objects.all())
    action = django_filters.ChoiceFilter(label=_("What"), choices=action_choices)
    target_kind = django_filters.ChoiceFilter(label=_("On what kind"), choices=kind_choices)
    target_id = django_filters.CharFilter(label=_("Its id"), max_length=120)
    since = django_filters.DateFilter(label=_("From"), method="from_day", widget=DAY)
    until = django_filters.DateFilter(label=_("To"), method="to_day", widget=DAY)

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def from_day(self, events: QuerySet[AuditEvent], name: str, day: date) -> QuerySet[AuditEvent]:
        return events.filter(at__gte=_midnight(day))

    def to_day(self, events: QuerySet[AuditEvent], name: str, day: date) -> QuerySet[AuditEvent]:
        """The day itself included."""
        if day == date.max:
            return events
        return events.filter(at__lt=_midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
