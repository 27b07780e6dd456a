"""The connections page: which organisations the portal reaches, and whether it may change them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.aws import connections
from portal.aws.forms import ModeForm
from portal.aws.models import Connection
from portal.permissions import Action, needs
from portal.ui.request import PortalRequest

Mode = Connection.Mode


@needs(Action.ORGANISATION_VIEW)
@require_safe
def connection_list(request: PortalRequest) -> HttpResponse:
    return _page(request)


@needs(Action.CONNECTION_MANAGE)
@require_POST
def set_mode(request: PortalRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=pk)
    form = ModeForm(request.POST, auto_id=_ids(connection))
    if not form.is_valid():
        return _page(request, wrong={connection.pk: form}, status=422)
    connections.set_mode(connection, actor=request.user, **form.cleaned_data)
    messages.success(request, _("The mode of %(name)s was changed.") % {"name": connection.name})
    return redirect("connection-list")


def _page(
    request: PortalRequest, *, wrong: dict[int, ModeForm] | None = None, status: int = 200
) -> HttpResponse:
    wrong = wrong or {}
    lines = [
        (connection, wrong.get(connection.pk) or _form(connection))
        for connection in Connection.objects.all()
    ]
    return render(request, "connections/connection_list.html", {"lines": lines}, status=status)


def _form(connection: Connection) -> ModeForm:
    return ModeForm(initial={"mode": _other(connection)}, auto_id=_ids(connection))


def _ids(connection: Connection) -> str:
    """Several of these forms stand on one page."""
    return f"id_{connection.pk}_%s"


def _other(connection: Connection) -> str:
    return Mode.OBSERVE if connection.mode == Mode.MANAGE else Mode.MANAGE
