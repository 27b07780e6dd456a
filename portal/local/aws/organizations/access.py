"""Who may ask AWS Organizations what. The organisation is that of the calling account."""

from __future__ import annotations

import functools
from collections.abc import Callable

from portal.local.aws.calls import HANDLERS, Answer, Ask, AwsError, Call, Handler
from portal.local.aws.organizations.model import Account, Directory, Organisation

ANY_MEMBER = "any member"
READERS = "management account and delegated administrators"
MANAGEMENT = "management account"
OrganisationHandler = Callable[[Call, Organisation, Ask], Answer]


def answers(
    operation: str, who: str = MANAGEMENT
) -> Callable[[OrganisationHandler], OrganisationHandler]:
    """Enters a handler that is given the organisation of the caller, when it may ask this."""

    def enter(function: OrganisationHandler) -> OrganisationHandler:
        @functools.wraps(function)
        def handler(call: Call, ask: Ask) -> Answer:
            return function(call, organisation_for(call, who), ask)

        typed: Handler = handler
        HANDLERS["organizations", operation] = typed
        return function

    return enter


def organisation_for(call: Call, who: str) -> Organisation:
    """Raises AWSOrganizationsNotInUseException, AccessDeniedException."""
    organisation = call.world.shelf(Directory).organisation_of(call.account_id)
    if organisation is None:
        raise AwsError(
            "AWSOrganizationsNotInUseException", "Your account is not a member of an organization."
        )
    is_allowed = (
        who == ANY_MEMBER
        or call.account_id == organisation.management_id
        or (who == READERS and call.account_id in organisation.delegations)
    )
    if not is_allowed:
        raise AwsError(
            "AccessDeniedException", "You don't have permissions to access this resource."
        )
    return organisation


def account_in(call: Call, organisation: Organisation, account_id: str) -> Account:
    """Raises AccountNotFoundException, also while a new account is not visible yet."""
    account = call.world.shelf(Directory).accounts.get(account_id)
    if account is None or account.organisation_id != organisation.id:
        raise AwsError("AccountNotFoundException", "You specified an account that doesn't exist.")
    if account.visible_at > call.now:
        raise AwsError("AccountNotFoundException", "You specified an account that doesn't exist.")
    return account


def violation(reason: str, message: str) -> AwsError:
    return AwsError("ConstraintViolationException", message, Reason=reason)
