"""Organisations, OUs and accounts, to read."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.serializers import (
    AccountOut,
    AccountQuery,
    ChangeOut,
    OrganisationOut,
    OuOut,
    PlacementOut,
)
from accounts.models import Account
from accounts.selectors import directory, history
from portal.api.bodies import Query
from portal.api.doors import Door, ListDoor
from portal.api.request import ApiRequest
from portal.api.serializers import FreshnessOut
from portal.errors import Invalid, Missing
from portal.people.models import User
from portal.permissions import Action
from portal.sync.models import SyncRun
from portal.sync.sources import freshness


class OrganisationListApi(Door):
    needs = {"GET": Action.ORGANISATION_VIEW}

    @extend_schema(
        operation_id="list_organisations",
        summary="AWS Organizations the portal is connected to",
        responses=OrganisationOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        seen = directory.connections_for(request.user)
        return Response(OrganisationOut(seen, many=True).data)


class OuListApi(ListDoor):
    needs = {"GET": Action.ORGANISATION_VIEW}
    ordering = ("path",)

    @extend_schema(
        operation_id="list_ous",
        summary="The OUs of an organisation, parents before children",
        responses=OuOut(many=True),
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        if pk not in {connection.pk for connection in directory.connections_for(request.user)}:
            raise Missing()
        self.filters(request, Query)
        seen = directory.ous_for(request.user).filter(connection_id=pk).select_related("parent")
        return self.paged(request, seen, OuOut().to_representation)


class AccountListApi(ListDoor):
    needs = {"GET": Action.ACCOUNT_VIEW}
    ordering = ("account_id",)

    @extend_schema(
        operation_id="list_accounts",
        summary="AWS accounts, by account id",
        parameters=[AccountQuery],
        responses=AccountOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        asked = self.filters(request, AccountQuery)
        found = directory.accounts_for(request.user).filter(_condition(request.user, asked))
        return self.paged(request, found.select_related("deputy"), AccountOut().to_representation)


def _condition(user: User, asked: dict[str, Any]) -> Q:
    condition = Q()
    for name, value in asked.items():
        if name == "q":
            named = Q(name__icontains=value) | Q(email__icontains=value)
            condition &= named | Q(account_id__contains=value)
        elif name == "ou":
            condition &= _below(user, value)
        else:
            column = {"organisation": "connection_id", "team": "team__slug"}.get(name, name)
            condition &= Q(**{column: value})
    return condition


def _below(user: User, ou_id: str) -> Q:
    ou = directory.ous_for(user).filter(ou_id=ou_id).first()
    if ou is None:
        raise Invalid(fields={"ou": [_("There is no such OU.")]})
    return directory.subtree(ou)


class AccountApi(Door):
    needs = {"GET": Action.ACCOUNT_VIEW}

    @extend_schema(operation_id="read_account", summary="One AWS account", responses=AccountOut)
    def get(self, request: ApiRequest, account_id: str) -> Response:
        return Response(AccountOut(_account(request.user, account_id)).data)


class PlacementListApi(ListDoor):
    needs = {"GET": Action.ACCOUNT_VIEW}

    @extend_schema(
        operation_id="list_placements",
        summary="Which OUs the account was in, the newest first",
        responses=PlacementOut(many=True),
    )
    def get(self, request: ApiRequest, account_id: str) -> Response:
        self.filters(request, Query)
        rows = directory.placements(_account(request.user, account_id))
        return self.paged(request, rows, PlacementOut().to_representation)


class ChangeListApi(ListDoor):
    needs = {"GET": Action.ACCOUNT_VIEW}

    @extend_schema(
        operation_id="list_changes",
        summary="What changed about the account, the newest first",
        responses=ChangeOut(many=True),
    )
    def get(self, request: ApiRequest, account_id: str) -> Response:
        self.filters(request, Query)
        account = _account(request.user, account_id)
        rows = history.changes_for(request.user).filter(account=account)
        return self.paged(request, rows, ChangeOut().to_representation)


def _account(user: User, account_id: str) -> Account:
    seen: QuerySet[Account] = directory.accounts_for(user).select_related("deputy")
    account = seen.filter(account_id=account_id).first()
    if account is None:
        raise Missing()
    return account


class FreshnessApi(Door):
    needs = {"GET": Action.ORGANISATION_VIEW}

    @extend_schema(
        operation_id="list_freshness",
        summary="How old the portal's picture of AWS is",
        responses=FreshnessOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        return Response(FreshnessOut(list(_freshness(request.user)), many=True).data)


def _freshness(user: User) -> Iterator[dict[str, Any]]:
    seen = {connection.pk for connection in directory.connections_for(user)}
    sources = SyncRun.objects.order_by("source").values_list("source", flat=True).distinct()
    for source in [*sources] or [history.SOURCE]:
        for connection, as_of, newest, word in freshness(source):
            if connection.pk in seen:
                yield {
                    "source": source,
                    "organisation": connection.pk,
                    "state": word,
                    "complete_as_of": as_of,
                    "last_status": newest.status if newest else "",
                    "last_ended_at": newest.ended_at if newest else None,
                    "last_error": newest.error if newest else "",
                }
