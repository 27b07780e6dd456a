"""Runs as pages: the list, one run live, and the three things a person can do to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.errors import Text
from portal.flow import reading, runs
from portal.flow.forms import ReasonForm
from portal.flow.tables import RunFilter, RunTable
from portal.permissions import Action, needs
from portal.ui.answers import page_or_part, wants_part
from portal.ui.lists import table_page
from portal.ui.request import PortalRequest

POLL_SECONDS = 2


@needs(Action.RUN_VIEW)
@require_safe
def run_list(request: PortalRequest) -> HttpResponseBase:
    return table_page(
        request,
        table_class=RunTable,
        filterset_class=RunFilter,
        queryset=reading.visible_to(request.user).select_related("actor"),
        page_template="runs/run_list.html",
        export_name="runs",
    )


@needs(Action.RUN_VIEW)
@require_safe
def run_detail(request: PortalRequest, pk: int) -> HttpResponse:
    """The page, or for polling htmx the part that moves."""
    return _run_page(request, pk)


@needs(Action.RUN_STEER)
@require_POST
def run_retry(request: PortalRequest, pk: int) -> HttpResponse:
    runs.retry(reading.story(request.user, pk).run, actor=request.user)
    messages.success(request, _("The run goes on."))
    return redirect("run-detail", pk)


@needs(Action.RUN_STEER)
@require_POST
def run_skip(request: PortalRequest, pk: int) -> HttpResponse:
    return _with_reason(request, pk, "skip", runs.skip, _("The step is skipped; the run goes on."))


@needs(Action.RUN_STEER)
@require_POST
def run_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    return _with_reason(request, pk, "cancel", runs.cancel, _("The run is cancelled."))


def _with_reason(
    request: PortalRequest, pk: int, name: str, do: Callable[..., None], told: Text
) -> HttpResponse:
    """Steer with a reason; without one the page comes back with the dialog open."""
    story = reading.story(request.user, pk)
    form = ReasonForm(request.POST, prefix=name)
    if not form.is_valid():
        return _run_page(request, pk, **{f"{name}_form": form})
    do(story.run, actor=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, str(told))
    return redirect("run-detail", pk)


def _run_page(request: PortalRequest, pk: int, **forms: ReasonForm) -> HttpResponse:
    context: dict[str, Any] = {
        "story": reading.story(request.user, pk),
        "skip_form": ReasonForm(prefix="skip"),
        "cancel_form": ReasonForm(prefix="cancel"),
        "poll_seconds": POLL_SECONDS,
        "is_part": wants_part(request),
        **forms,
    }
    status = 422 if forms else 200
    return page_or_part(request, "runs/run_detail.html", "runs/_live.html", context, status=status)
