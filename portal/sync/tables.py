"""The history of passes, and what narrows it."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _
from django_tables2 import Column, TemplateColumn

from portal.aws.models import Connection
from portal.errors import Text
from portal.sync import reading
from portal.sync.models import SyncRun
from portal.ui import words
from portal.ui.filters import FilterSet
from portal.ui.tables import BadgeColumn, MoneyColumn, NumberColumn, Table, TimeColumn


def source_choices() -> list[tuple[str, Any]]:
    return [(source, reading.source_title(source)) for source in reading.source_names()]


class PassFilter(FilterSet):
    """By source, connection and how the pass went."""

    source = django_filters.ChoiceFilter(label=_("Source"), choices=source_choices)
    connection = django_filters.ModelChoiceFilter(
        label=_("Connection"), queryset=Connection.objects.all()
    )
    status = django_filters.ChoiceFilter(label=_("Status"), choices=SyncRun.Status.choices)

    class Meta:
        model = SyncRun
        fields: list[str] = []


class PassTable(Table):
    nothing = _("Nothing has been read from AWS yet.")
    nothing_hint = _("The first pass begins within a quarter of an hour of connecting.")

    started_at = TimeColumn(verbose_name=_("Started"), attrs={"td": {"class": "text-nowrap"}})
    source = Column(verbose_name=_("Source"))
    connection = Column(verbose_name=_("Connection"), order_by="connection__name")
    status = BadgeColumn(verbose_name=_("Status"))
    took = Column(verbose_name=_("Time taken"), accessor="ended_at", orderable=False)
    calls = NumberColumn(verbose_name=_("Calls"))
    seen = NumberColumn(verbose_name=_("Rows"))
    added = NumberColumn(verbose_name=_("New"))
    changed = NumberColumn(verbose_name=_("Changed"))
    gone = NumberColumn(verbose_name=_("Gone"))
    price_usd = MoneyColumn(verbose_name=_("Price"))

    class Meta(Table.Meta):
        model = SyncRun
        fields = ("started_at",)

    def render_source(self, value: str) -> Text:
        return reading.source_title(value)

    def render_took(self, record: SyncRun) -> str:
        return words.duration(reading.seconds(record))

    def value_took(self, record: SyncRun) -> float | None:
        """Seconds, in files."""
        return reading.seconds(record)


class FullPassTable(PassTable):
    """With what went wrong, for those who may look into it: it can name roles and accounts."""

    error = TemplateColumn(template_name="data/_error.html", verbose_name=_("Error"))

    class Meta(PassTable.Meta):
        pass
