"""What the search box finds of accounts. Each provider shows only what the person may see."""

from django.utils.translation import gettext_lazy as _

from accounts.models import AccountRequest
from accounts.selectors import directory, requests
from portal.people.models import User
from portal.permissions import Action
from portal.ui.search import Hit, search_provider

AT_MOST = 8


@search_provider("account", title=_("Accounts"), needs=Action.ACCOUNT_VIEW)
def accounts(user: User, q: str) -> list[Hit]:
    found = directory.search_accounts(user, q)[:AT_MOST]
    return [
        Hit(
            title=account.name,
            subtitle=account.account_id,
            href=account.get_absolute_url(),
            icon="building",
        )
        for account in found
    ]


@search_provider("ou", title=_("OUs"), needs=Action.ORGANISATION_VIEW)
def ous(user: User, q: str) -> list[Hit]:
    found = directory.search_ous(user, q)[:AT_MOST]
    return [
        Hit(title=ou.name, subtitle=ou.ou_id, href=ou.get_absolute_url(), icon="hierarchy")
        for ou in found
    ]


@search_provider("request", title=_("Requests"), needs=Action.REQUEST_VIEW_COST)
def account_requests(user: User, q: str) -> list[Hit]:
    found = requests.search(user, q)[:AT_MOST]
    return [_hit(found_request) for found_request in found]


def _hit(account_request: AccountRequest) -> Hit:
    return Hit(
        title=str(account_request),
        subtitle=account_request.get_status_display(),
        href=account_request.get_absolute_url(),
        icon="send",
    )
