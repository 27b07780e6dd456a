"""The data page: how fresh everything is, and what each pass cost and found."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from portal.permissions import Action, may, needs
from portal.sync import reading
from portal.sync.tables import FullPassTable, PassFilter, PassTable
from portal.ui.answers import wants_part
from portal.ui.lists import table_page
from portal.ui.request import PortalRequest


@needs(Action.ORGANISATION_VIEW)
@require_safe
def data_list(request: PortalRequest) -> HttpResponseBase:
    sees_errors = any(
        may(request.user, action) for action in (Action.ORGANISATION_SYNC, Action.AUDIT_VIEW)
    )
    return table_page(
        request,
        table_class=FullPassTable if sees_errors else PassTable,
        filterset_class=PassFilter,
        queryset=reading.passes(),
        page_template="data/data_list.html",
        context={
            "readings": [] if wants_part(request) else reading.readings(),
            "sees_errors": sees_errors,
        },
        export_name="passes",
    )
