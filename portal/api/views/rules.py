"""The approval rules, and what a rule can ask about."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from portal.api.doors import Door, ListDoor
from portal.api.request import ApiRequest
from portal.api.serializers import KindOut, RuleOut, RuleQuery
from portal.approvals.kinds import KINDS, OPERATORS, Fact, Kind
from portal.approvals.models import Rule
from portal.permissions import Action


class RuleListApi(ListDoor):
    needs = {"GET": Action.RULE_VIEW}
    ordering = ("position", "id")

    @extend_schema(
        operation_id="list_rules",
        summary="Approval rules in the order in which they are asked",
        parameters=[RuleQuery],
        responses=RuleOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        asked = self.filters(request, RuleQuery).items()
        found = Rule.objects.filter(**{name: value for name, value in asked if value is not None})
        rows = found.prefetch_related("conditions", "steps")
        return self.paged(request, rows, RuleOut().to_representation)


class RuleKindApi(Door):
    needs = {"GET": Action.RULE_VIEW}

    @extend_schema(
        operation_id="list_rule_kinds",
        summary="Kinds of approval with their facts and operators",
        responses=KindOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        return Response(KindOut([_kind(kind) for kind in KINDS.values()], many=True).data)


def _kind(kind: Kind) -> dict[str, Any]:
    facts = [_fact(name, fact) for name, fact in kind.facts.items()]
    return {"key": kind.key, "title": kind.title, "facts": facts}


def _fact(name: str, fact: Fact) -> dict[str, Any]:
    return {
        "name": name,
        "title": fact.title,
        "type": fact.type,
        "unit": fact.unit,
        "choices": [{"value": value, "title": title} for value, title in fact.choices.items()],
        "operators": [{"value": v, "title": title} for v, title in OPERATORS[fact.type].items()],
    }
