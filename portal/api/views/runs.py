"""Runs: list, look, retry, skip, cancel."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from portal.api.doors import Door, ListDoor
from portal.api.request import ApiRequest
from portal.api.serializers import ReasonInput, RunDetailOut, RunOut, RunQuery
from portal.errors import Missing
from portal.flow import reading, runs
from portal.flow.models import Run
from portal.people.models import User
from portal.permissions import Action


def run_for(user: User, pk: int) -> Run:
    """A run the person may see, with its steps. Raises Missing."""
    seen = reading.visible_to(user).select_related("actor").prefetch_related("steps")
    run = seen.filter(pk=pk).first()
    if run is None:
        raise Missing()
    return run


class RunListApi(ListDoor):
    needs = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="list_runs",
        summary="Runs, the newest first",
        parameters=[RunQuery],
        responses=RunOut(many=True),
    )
    def get(self, request: ApiRequest) -> Response:
        found = reading.visible_to(request.user).filter(**self.filters(request, RunQuery))
        return self.paged(request, found.select_related("actor"), RunOut().to_representation)


class RunApi(Door):
    needs = {"GET": Action.RUN_VIEW}

    @extend_schema(operation_id="read_run", summary="A run with its steps", responses=RunDetailOut)
    def get(self, request: ApiRequest, pk: int) -> Response:
        return Response(RunDetailOut(run_for(request.user, pk)).data)


class SteerApi(Door):
    """What the three ways to steer a run have in common."""

    needs = {"POST": Action.RUN_STEER}

    def steered(self, request: ApiRequest, pk: int, steer: Any) -> Response:
        run = run_for(request.user, pk)
        given = ReasonInput(data=request.data)
        given.is_valid(raise_exception=True)
        steer(run, actor=request.user, reason=given.validated_data["reason"])
        return Response(RunDetailOut(run_for(request.user, pk)).data)


class RetryRunApi(SteerApi):
    @extend_schema(
        operation_id="retry_run",
        summary="Walk a failed run again from where it stopped",
        request=ReasonInput,
        responses=RunDetailOut,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        return self.steered(request, pk, runs.retry)


class SkipStepApi(SteerApi):
    @extend_schema(
        operation_id="skip_step",
        summary="Leave the failed step undone, with a reason",
        request=ReasonInput,
        responses=RunDetailOut,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        return self.steered(request, pk, runs.skip)


class CancelRunApi(SteerApi):
    @extend_schema(
        operation_id="cancel_run",
        summary="Stop a run for good, with a reason",
        request=ReasonInput,
        responses=RunDetailOut,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        return self.steered(request, pk, runs.cancel)
