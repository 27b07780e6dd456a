"""The audit log as pages: the list, one event with its link in the chain, export, verification."""

from itertools import chain
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.audit import log, services
from portal.audit.filters import AuditFilter
from portal.audit.models import AuditEvent
from portal.audit.tables import AuditTable
from portal.errors import Invalid, Missing
from portal.people.scopes import EVERYWHERE
from portal.permissions import Action, needs, require
from portal.ui.answers import page_or_part
from portal.ui.lists import EXPORTS
from portal.ui.request import PortalRequest


@needs(Action.AUDIT_VIEW)
@require_safe
def event_list(request: PortalRequest) -> HttpResponse:
    require(request.user, Action.AUDIT_VIEW, EVERYWHERE)
    filters = AuditFilter(request.GET, queryset=log.events(), request=request)
    context = {"list": log.page(request, AuditTable, filters)}
    return page_or_part(request, "audit/event_list.html", "audit/_rows.html", context)


@needs(Action.AUDIT_VIEW)
@require_safe
def event_detail(request: PortalRequest, pk: int) -> HttpResponse:
    require(request.user, Action.AUDIT_VIEW, EVERYWHERE)
    event = AuditEvent.objects.select_related("seal", "actor").filter(pk=pk).first()
    if event is None:
        raise Missing()
    context = {
        "event": event,
        "holds": event.computed_digest() == event.digest,
    }
    return render(request, "audit/event_detail.html", context)


@needs(Action.AUDIT_EXPORT)
@require_POST
def export(request: PortalRequest) -> HttpResponseBase:
    """The filtered log as a file; filters stand in the query, as on the page it was asked from.

    Its first line carries the head of the chain, so that the file can be compared with the log.
    """
    answer = EXPORTS.get(request.POST.get("format", ""))
    filters = AuditFilter(request.GET, queryset=log.events(), request=request)
    if answer is None or not filters.is_possible:
        raise Invalid()
    asked = request.GET.urlencode()
    begun = services.begin_export(actor=request.user, filters=asked, format=request.POST["format"])
    moment = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    comment = [f"# audit log · head {begun.head} · exported {moment} · filters {asked or '-'}"]
    rows = log.export_rows(filters.qs, up_to=begun.last_seq)
    table: Any = chain([log.EXPORT_HEADER], rows)
    return answer(f"audit-{moment[:10]}", comment, table)


@needs(Action.AUDIT_VIEW)
@require_POST
def verify(request: PortalRequest) -> HttpResponse:
    context = {"report": services.verify_now(actor=request.user)}
    return page_or_part(request, "audit/verified.html", "audit/_verified.html", context)
