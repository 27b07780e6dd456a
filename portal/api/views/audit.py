"""The audit log, to read."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from portal.api.doors import ListDoor
from portal.api.request import ApiRequest
from portal.api.serializers import AuditEventOut, AuditQuery
from portal.audit.models import AuditEvent
from portal.people.scopes import EVERYWHERE
from portal.permissions import Action, require

COLUMNS = {"actor": "actor__username", "since": "at__gte", "until": "at__lt"}


class AuditEventListApi(ListDoor):
    needs = {"GET": Action.AUDIT_VIEW}

    @extend_schema(
        operation_id="list_audit_events",
        summary="The audit log, the newest first",
        parameters=[AuditQuery],
        responses=AuditEventOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        require(request.user, Action.AUDIT_VIEW, EVERYWHERE)  # events have no place
        asked = self.filters(request, AuditQuery)
        found = AuditEvent.objects.filter(**{COLUMNS.get(n, n): v for n, v in asked.items()})
        rows = found.select_related("actor")
        return self.paged(request, rows, AuditEventOut().to_representation)
