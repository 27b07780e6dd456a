"""The menu entries of the ground: control and administration."""

from django.utils.translation import gettext_lazy as _

from portal.permissions import Action
from portal.ui.menu import Section, entry

entry(
    title=_("Runs"), icon="player-play", url_name="run-list", order=10, needs=Action.RUN_VIEW,
    section=Section.CONTROL,
)  # fmt: skip
entry(
    title=_("Approval rules"), icon="scale", url_name="rule-list", order=20,
    needs=Action.RULE_VIEW, section=Section.CONTROL,
)  # fmt: skip
entry(
    title=_("Audit log"), icon="history", url_name="audit-list", order=30,
    needs=Action.AUDIT_VIEW, section=Section.CONTROL,
)  # fmt: skip
entry(
    title=_("Data"), icon="database", url_name="data-list", order=40,
    needs=Action.ORGANISATION_VIEW, section=Section.CONTROL,
)  # fmt: skip
entry(
    title=_("Connections"), icon="plug", url_name="connection-list", order=20,
    needs=Action.CONNECTION_MANAGE, section=Section.ADMINISTRATION,
)  # fmt: skip
entry(
    title=_("People"), icon="users", url_name="person-list", order=10,
    needs=Action.PEOPLE_VIEW, section=Section.ADMINISTRATION,
)  # fmt: skip
