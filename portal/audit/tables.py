"""The rows of the audit log."""

from django.utils.translation import gettext_lazy as _
from django_tables2 import Column, TemplateColumn

from portal.ui.tables import Table


class AuditTable(Table):
    nothing = _("Nothing has happened yet.")

    at = TemplateColumn(
        template_name="audit/_at.html",
        verbose_name=_("When"),
        attrs={"td": {"class": "text-nowrap"}},
    )
    actor_name = Column(verbose_name=_("Who"))
    action = TemplateColumn(template_name="audit/_action.html", verbose_name=_("What"))
    target_label = TemplateColumn(template_name="audit/_target.html", verbose_name=_("On what"))
    reason = Column(verbose_name=_("Why"))
    address = Column(verbose_name=_("From where"))
