"""What accounts adds to the sidebar."""

from django.utils.translation import gettext_lazy as _

from portal.permissions import Action
from portal.ui.menu import Section, entry

entry(
    title=_("Organisation"),
    icon="sitemap",
    url_name="accounts:tree",
    order=10,
    needs=Action.ORGANISATION_VIEW,
    section=Section.ACCOUNTS,
)
entry(
    title=_("Accounts"),
    icon="building",
    url_name="accounts:account-list",
    order=20,
    needs=Action.ACCOUNT_VIEW,
    section=Section.ACCOUNTS,
)
entry(
    title=_("My requests"),
    icon="send",
    url_name="accounts:request-list",
    order=30,
    needs=Action.REQUEST_CREATE,
    section=Section.ACCOUNTS,
)
entry(
    title=_("Requests to decide"),
    icon="clipboard-check",
    url_name="accounts:request-queue",
    order=40,
    needs=Action.REQUEST_DECIDE,
    section=Section.ACCOUNTS,
)
