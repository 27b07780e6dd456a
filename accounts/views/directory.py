"""Pages of the organisation: tree, OUs, accounts, what changed; and reading AWS again."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.filters import AccountFilter, ChangeFilter
from accounts.models import Account, OrganizationalUnit
from accounts.selectors import directory, history, requests, tree
from accounts.services import organisation
from accounts.tables import AccountTable, ChangeTable
from portal.aws.models import Connection
from portal.errors import Missing
from portal.permissions import Action, needs
from portal.sync.sources import freshness
from portal.ui.answers import page_or_part, redirect_page
from portal.ui.lists import table_page
from portal.ui.request import PortalRequest

FOUND_AT_ONCE = 50
SHOWN_IN_OU = 200
RECENT = 8


@needs(Action.ORGANISATION_VIEW)
@require_GET
def organisation_tree(request: PortalRequest) -> HttpResponse:
    """The organisation as a tree, or what a search finds in it."""
    connections = directory.connections_for(request.user)
    connection = _chosen(request, connections)
    q = request.GET.get("q", "").strip()[:200]
    context = {
        "connections": connections,
        "connection": connection,
        "q": q,
        **(_found(request, connection, q) if q else _grown(request, connection)),
    }
    if not request.htmx:
        context |= _beside(request, connection)
    return page_or_part(request, "accounts/tree.html", "accounts/_tree.html", context)


def _chosen(request: PortalRequest, connections: list[Connection]) -> Connection | None:
    """The organisation that the URL names, else the first. Raises Missing."""
    wanted = request.GET.get("organisation", "")
    if not wanted:
        return connections[0] if connections else None
    named = next((c for c in connections if str(c.pk) == wanted), None)
    if named is None:
        raise Missing()
    return named


def _grown(request: PortalRequest, connection: Connection | None) -> dict[str, Any]:
    lines = tree.branches(request.user, connection) if connection else []
    return {"branches": lines, "total": sum(line.total for line in lines if line.depth == 0)}


def _found(request: PortalRequest, connection: Connection | None, q: str) -> dict[str, Any]:
    accounts = directory.search_accounts(request.user, q).filter(connection=connection)
    ous = directory.search_ous(request.user, q).filter(connection=connection)
    return {"found_accounts": accounts[:FOUND_AT_ONCE], "found_ous": ous[:FOUND_AT_ONCE]}


def _beside(request: PortalRequest, connection: Connection | None) -> dict[str, Any]:
    """The panels beside the tree."""
    if connection is None:
        return {"freshness": []}
    changes = history.changes_for(request.user).filter(connection=connection)
    return {
        "freshness": freshness(history.SOURCE),
        "last_pass": history.last_pass(connection),
        "is_reading": history.is_reading(connection),
        "changes": _with_differences(changes[:RECENT]),
        "delegations": directory.delegations(request.user, connection),
    }


def _with_differences(changes: QuerySet[Any]) -> list[tuple[Any, list[history.Difference]]]:
    return [(change, history.differences(change)) for change in changes]


@needs(Action.ORGANISATION_VIEW)
@require_GET
def ou_branch(request: PortalRequest, ou_id: str) -> HttpResponse:
    """The OUs below one, for a tree too large to be sent at once."""
    ou = _ou(request, ou_id)
    lines = tree.branches_below(request.user, ou)
    return render(request, "accounts/_branches.html", {"branches": lines})


@needs(Action.ORGANISATION_VIEW)
@require_GET
def ou_accounts(request: PortalRequest, ou_id: str) -> HttpResponse:
    """The accounts directly in an OU, when its line in the tree is opened."""
    ou = _ou(request, ou_id)
    accounts = directory.accounts_for(request.user).filter(ou=ou)
    context = {"ou": ou, "accounts": accounts[:SHOWN_IN_OU], "limit": SHOWN_IN_OU}
    return render(request, "accounts/_ou_accounts.html", context)


@needs(Action.ORGANISATION_VIEW)
@require_GET
def ou_page(request: PortalRequest, ou_id: str) -> HttpResponse:
    ou = _ou(request, ou_id)
    context = {
        "ou": ou,
        "chain": directory.chain(ou),
        "children": tree.branches_below(request.user, ou),
        "accounts": directory.accounts_for(request.user).filter(ou=ou)[:SHOWN_IN_OU],
        "limit": SHOWN_IN_OU,
        "changes": _with_differences(history.changes_of_ou(request.user, ou)[:RECENT]),
        "freshness": freshness(history.SOURCE),
    }
    return render(request, "accounts/ou.html", context)


def _ou(request: PortalRequest, ou_id: str) -> OrganizationalUnit:
    """An OU the person may see, also one that is gone. Raises Missing."""
    seen = directory.ous_ever_for(request.user).select_related("connection")
    found = seen.filter(ou_id=ou_id).first()
    if found is None:
        raise Missing()
    return found


@needs(Action.ACCOUNT_VIEW)
@require_GET
def account_list(request: PortalRequest) -> HttpResponseBase:
    return table_page(
        request,
        table_class=AccountTable,
        filterset_class=AccountFilter,
        queryset=directory.accounts_for(request.user),
        page_template="accounts/account_list.html",
        export_name="accounts",
        default_size=25,
        context={"freshness": freshness(history.SOURCE)},
    )


@needs(Action.ACCOUNT_VIEW)
@require_GET
def account_page(request: PortalRequest, account_id: str) -> HttpResponse:
    account = _account(request, account_id)
    changes = history.changes_for(request.user).filter(account=account)
    context = {
        "account": account,
        "chain": directory.chain(account.ou),
        "placements": directory.placements(account),
        "changes": _with_differences(changes[:20]),
        "delegations": account.delegations.all(),
        "account_request": requests.of_account(request.user, account_id),
        "freshness": freshness(history.SOURCE),
    }
    return render(request, "accounts/account.html", context)


def _account(request: PortalRequest, account_id: str) -> Account:
    """An account the person may see, also one that has left. Raises Missing."""
    seen = Account.objects.visible_to(request.user).filter(account_id=account_id)
    found = seen.select_related("connection", "ou", "team", "owner", "deputy").first()
    if found is None:
        raise Missing()
    return found


@needs(Action.ORGANISATION_VIEW)
@require_GET
def change_list(request: PortalRequest) -> HttpResponseBase:
    return table_page(
        request,
        table_class=ChangeTable,
        filterset_class=ChangeFilter,
        queryset=history.changes_for(request.user),
        page_template="accounts/change_list.html",
        export_name="organisation-changes",
        context={"freshness": freshness(history.SOURCE)},
    )


@needs(Action.ORGANISATION_SYNC)
@require_POST
def sync(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask a worker to read the organisation now."""
    connections = directory.connections_for(request.user)
    connection = next((c for c in connections if c.pk == pk), None)
    if connection is None:
        raise Missing()
    organisation.request_sync(connection, actor=request.user)
    messages.success(request, _("%(name)s is being read from AWS now.") % {"name": connection})
    return _onward(request, f"{reverse('accounts:tree')}?organisation={connection.pk}")


def _onward(request: HttpRequest, href: str) -> HttpResponse:
    return redirect_page(href) if request.headers.get("HX-Request") else redirect(href)
