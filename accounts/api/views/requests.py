"""Account requests: ask, change, hand in, talk, decide."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.api.serializers import (
    CommentInput,
    CommentOut,
    NewRequestInput,
    RequestCostOut,
    RequestInput,
    RequestOut,
    RequestQuery,
)
from accounts.models import AccountRequest
from accounts.services import requests
from portal.api.bodies import Input, Query
from portal.api.doors import Door, ListDoor
from portal.api.idempotency import once
from portal.api.request import ApiRequest
from portal.api.schema import IDEMPOTENCY_KEY
from portal.api.serializers import DecisionInput, DecisionOut, ReasonInput
from portal.approvals import services as approvals
from portal.approvals.models import Decision
from portal.errors import Conflict, Invalid, Missing
from portal.people.models import User
from portal.permissions import Action, may

BY_SESSION: Any = [{"cookieAuth": []}]  # the stubs know names only, the schema wants scopes too


def requests_for(user: User, action: Action) -> QuerySet[AccountRequest]:
    """Requests in the person's scope, with all that is shown of them."""
    rows = AccountRequest.objects.visible_to(user, action).select_related(
        "connection", "team", "owner", "deputy", "requester", "ou", "approval"
    )
    return rows.prefetch_related("approval__steps")


def request_for(user: User, pk: int, action: Action = Action.REQUEST_VIEW_COST) -> AccountRequest:
    """One of them. Raises Missing."""
    found = requests_for(user, action).filter(pk=pk).first()
    if found is None:
        raise Missing()
    return found


class Shower:
    """Requests as the person may see them: whole, or their costs only."""

    def __init__(self, user: User) -> None:
        self.user, self.whole, self.costs = user, RequestOut(), RequestCostOut()

    def __call__(self, row: AccountRequest) -> dict[str, Any]:
        shape = self.whole if may(self.user, Action.REQUEST_VIEW, row) else self.costs
        return dict(shape.to_representation(row))


def _shown(user: User, pk: int, *, status: int = 200) -> Response:
    """The request as it is now."""
    return Response(Shower(user)(request_for(user, pk)), status=status)


def _given(form: type[Input], request: ApiRequest, **more: Any) -> dict[str, Any]:
    given = form(data=request.data, context={"user": request.user}, **more)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


@contextmanager
def _in_words_of_the_api() -> Iterator[None]:
    """Services call the organisation by its column; programs know it by its field."""
    try:
        yield
    except Invalid as error:
        words = {"connection": "organisation"}
        fields = {words.get(name, name): lines for name, lines in error.fields.items()}
        raise Invalid(error.message, fields=fields) from error


class RequestListApi(ListDoor):
    needs = {"GET": Action.REQUEST_VIEW_COST, "POST": Action.REQUEST_CREATE}

    @extend_schema(
        operation_id="list_requests",
        summary="Account requests, the newest first",
        parameters=[RequestQuery],
        responses=RequestOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        asked = self.filters(request, RequestQuery)
        rows = requests_for(request.user, Action.REQUEST_VIEW_COST)
        if asked.pop("mine"):
            rows = rows.filter(requester=request.user)
        return self.paged(request, rows.filter(**asked), Shower(request.user))

    @extend_schema(
        operation_id="create_request",
        summary="Ask for an account: keep a draft, or hand it in",
        parameters=[IDEMPOTENCY_KEY],
        request=NewRequestInput,
        responses={201: RequestOut},
    )
    def post(self, request: ApiRequest) -> Response:
        return once(request, lambda: self._create(request))

    @transaction.atomic
    def _create(self, request: ApiRequest) -> Response:
        fields = _given(NewRequestInput, request)
        hand_in = fields.pop("submit")
        with _in_words_of_the_api():
            made = requests.start_draft(actor=request.user, **fields)
            if hand_in:
                requests.submit(made, actor=request.user)
        return _shown(request.user, made.pk, status=201)


class RequestApi(Door):
    needs = {
        "GET": Action.REQUEST_VIEW_COST,
        "PATCH": Action.REQUEST_CHANGE,
        "DELETE": Action.REQUEST_CHANGE,
    }

    @extend_schema(operation_id="read_request", summary="An account request", responses=RequestOut)
    def get(self, request: ApiRequest, pk: int) -> Response:
        return _shown(request.user, pk)

    @extend_schema(
        operation_id="change_request",
        summary="Change a draft, or a request that waits: decisions on it are then void",
        request=RequestInput,
        responses=RequestOut,
    )
    def patch(self, request: ApiRequest, pk: int) -> Response:
        found = request_for(request.user, pk)
        fields = _given(RequestInput, request)
        change = requests.save_draft if found.is_draft else requests.edit
        with _in_words_of_the_api():
            change(found, actor=request.user, **fields)
        return _shown(request.user, pk)

    @extend_schema(operation_id="delete_draft", summary="Throw a draft away", responses={204: None})
    def delete(self, request: ApiRequest, pk: int) -> Response:
        requests.delete_draft(request_for(request.user, pk), actor=request.user)
        return Response(status=204)


class SubmitApi(Door):
    needs = {"POST": Action.REQUEST_CREATE}

    @extend_schema(
        operation_id="submit_request",
        summary="Hand a draft in; a rule may approve it at once",
        request=None,
        responses=RequestOut,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        found = request_for(request.user, pk)
        _given(Input, request)
        with _in_words_of_the_api():
            requests.submit(found, actor=request.user)
        return _shown(request.user, pk)


class WithdrawApi(Door):
    needs = {"POST": Action.REQUEST_CHANGE}

    @extend_schema(
        operation_id="withdraw_request",
        summary="Take back a request that waits",
        request=ReasonInput,
        responses=RequestOut,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        found = request_for(request.user, pk)
        given = _given(ReasonInput, request)
        requests.withdraw(found, actor=request.user, reason=given["reason"])
        return _shown(request.user, pk)


class CommentsApi(ListDoor):
    needs = {"GET": Action.REQUEST_VIEW, "POST": Action.REQUEST_COMMENT}
    ordering = ("id",)

    @extend_schema(
        operation_id="list_comments",
        summary="What was said beside the request, oldest first",
        responses=CommentOut(many=True),
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        self.filters(request, Query)
        found = request_for(request.user, pk, Action.REQUEST_VIEW)
        rows = found.comments.select_related("author")
        return self.paged(request, rows, CommentOut().to_representation)

    @extend_schema(
        operation_id="comment_on_request",
        summary="Say something beside the request",
        request=CommentInput,
        responses={201: CommentOut},
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        found = request_for(request.user, pk)
        given = _given(CommentInput, request)
        line = requests.comment(found, actor=request.user, text=given["text"])
        return Response(CommentOut(line).data, status=201)


class DecisionsApi(ListDoor):
    needs = {"GET": Action.REQUEST_VIEW, "POST": Action.REQUEST_DECIDE}
    browser_only = ("POST",)
    ordering = ("id",)

    @extend_schema(
        operation_id="list_decisions",
        summary="Who decided what on the request, oldest first",
        responses=DecisionOut(many=True),
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        self.filters(request, Query)
        approval = request_for(request.user, pk, Action.REQUEST_VIEW).approval
        rows = Decision.objects.filter(approval=approval).select_related("decider", "step")
        return self.paged(request, rows, DecisionOut().to_representation)

    @extend_schema(
        operation_id="decide_request",
        auth=BY_SESSION,
        summary="Approve or reject what you saw; by a signed-in person, never by a token",
        request=DecisionInput,
        responses=RequestOut,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        found = request_for(request.user, pk)
        given = _given(DecisionInput, request)
        if found.approval is None:
            raise Conflict(_("This request has not been submitted yet."))
        approvals.decide(
            found.approval,
            actor=request.user,
            verdict=given["verdict"],
            seen_hash=given["seen_content_hash"],
            reason=given["reason"],
        )
        return _shown(request.user, pk)
