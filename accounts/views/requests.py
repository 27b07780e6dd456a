"""Lists of requests, and the page of one."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.filters import RequestFilter
from accounts.forms import CommentForm, DecisionForm, WithdrawForm
from accounts.models import AccountRequest
from accounts.selectors import requests as selector
from accounts.tables import MyRequestTable, QueueTable
from accounts.views.story import Story, story_of
from portal.errors import Missing
from portal.permissions import Action, may, needs
from portal.ui.lists import table_page
from portal.ui.request import PortalRequest

TAB_TITLES = {
    "all": _("All"),
    "drafts": _("Drafts"),
    "mine": _("For me to decide"),
    "waiting": _("Waiting for a decision"),
    "making": _("Being made"),
    "delivered": _("Delivered"),
    "over": _("Rejected, withdrawn, cancelled"),
}


@needs(Action.REQUEST_CREATE)
@require_GET
def mine(request: PortalRequest) -> HttpResponseBase:
    """What the person and their teams asked for."""
    requests = selector.mine(request.user)
    tab = _tab(request, default="all", offered=list(selector.TABS))
    return table_page(
        request,
        table_class=MyRequestTable,
        filterset_class=RequestFilter,
        queryset=requests.filter(status__in=selector.TABS[tab]),
        page_template="accounts/request_list.html",
        export_name="account-requests",
        default_size=25,
        context={"tabs": _tabs(tab, selector.tab_counts(requests))},
    )


@needs(Action.REQUEST_DECIDE)
@require_GET
def queue(request: PortalRequest) -> HttpResponseBase:
    """Requests that wait for somebody, those due first in front; and what became of others."""
    requests = selector.queue(request.user)
    offered = ["mine", "waiting", "making", "delivered", "over", "all"]
    tab = _tab(request, default="waiting", offered=offered)
    for_me = selector.waiting_for(request.user)
    counts = selector.tab_counts(requests) | {"mine": selector.count_up_to(for_me)}
    chosen = for_me if tab == "mine" else requests.filter(status__in=selector.TABS[tab])
    return table_page(
        request,
        table_class=QueueTable,
        filterset_class=RequestFilter,
        queryset=chosen.prefetch_related("approval__steps"),
        page_template="accounts/request_queue.html",
        export_name="request-queue",
        default_size=25,
        context={"tabs": _tabs(tab, counts, offered)},
        exclude=[*_hidden(tab), *([] if _sees_all(request) else ["requester"])],
    )


def _hidden(tab: str) -> list[str]:
    """Columns that say the same in every row of a tab."""
    if tab in ("mine", "waiting"):
        return ["status"]
    return [] if tab == "all" else ["due"]


def _sees_all(request: PortalRequest) -> bool:
    """Whether more than the cost fields may be shown in a list."""
    return may(request.user, Action.REQUEST_VIEW)


def _tab(request: PortalRequest, *, default: str, offered: list[str]) -> str:
    tab = request.GET.get("tab", default)
    if tab not in offered:
        raise Missing()
    return tab


def _tabs(
    current: str, counts: dict[str, int], offered: list[str] | None = None
) -> list[dict[str, Any]]:
    return [
        {
            "title": TAB_TITLES[key],
            "href": f"?{urlencode({'tab': key})}",
            "is_current": key == current,
            "count": counts[key],
            "is_more": key == "mine" and counts[key] == selector.MOST,
        }
        for key in offered or counts
    ]


@needs(Action.REQUEST_VIEW_COST)
@require_GET
def detail(request: PortalRequest, pk: int) -> HttpResponse:
    return show(request, found(request, pk))


@needs(Action.REQUEST_VIEW_COST)
@require_GET
def progress(request: PortalRequest, pk: int) -> HttpResponse:
    """What became of it so far; asks again by itself while something is on its way."""
    story = story_of(found(request, pk), request.user)
    return render(request, "accounts/_request_progress.html", {"story": story})


def found(request: PortalRequest, pk: int) -> AccountRequest:
    """A request the person may see at least the cost fields of. Raises Missing."""
    requests: QuerySet[AccountRequest] = selector.visible_to(request.user)
    account_request = requests.select_related(*selector.PAGE).filter(pk=pk).first()
    if account_request is None:
        raise Missing()
    return account_request


def show(
    request: PortalRequest,
    account_request: AccountRequest,
    *,
    status: int = 200,
    decision: DecisionForm | None = None,
    comment: CommentForm | None = None,
) -> HttpResponse:
    """The page of a request; with a form that was filled in wrongly, when there is one."""
    story: Story = story_of(account_request, request.user)
    context = {
        "story": story,
        "account_request": account_request,
        "decision": decision or DecisionForm(),
        "comment": comment or CommentForm(),
        "withdrawal": WithdrawForm(),
    }
    return render(request, "accounts/request.html", context, status=status)
