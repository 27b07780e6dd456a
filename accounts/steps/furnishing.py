"""Where the account goes and what stands on it: OU, tags, contacts; and handing it over."""

from django.conf import settings
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.aws import contacts, organizations
from accounts.aws.contacts import Contact
from accounts.models import AccountRequest
from accounts.services import delivery
from accounts.steps.subject import MARKER, connection_of
from portal.aws.errors import AlreadyThere, NotThere
from portal.flow.said import said
from portal.flow.steps import DONE, Outcome, Refused, again, done, step


@step(gettext_lazy("Move it into its OU"))
def move_to_ou(request: AccountRequest) -> Outcome:
    connection, ou = connection_of(request), request.ou
    if ou is None:
        raise Refused(said(gettext_noop("The request names no OU.")))
    try:
        here = organizations.parent_of(connection, request.account_id)
    except NotThere:
        return again(
            seconds=settings.PORTAL.flow.poll_seconds,
            note=said(gettext_noop("AWS does not show the account everywhere yet.")),
        )
    if here == ou.ou_id:
        return done(ou.name)
    try:
        organizations.move_account(connection, request.account_id, source=here, target=ou.ou_id)
    except AlreadyThere:
        return done(ou.name)
    return done(said(gettext_noop("Moved to %(ou)s."), ou=ou.name))


@step(gettext_lazy("Tag it"))
def tag_account(request: AccountRequest) -> Outcome:
    connection = connection_of(request)
    wanted = delivery.tags_for(request) | {MARKER: str(request.marker)}
    has = organizations.tags_of(connection, request.account_id)
    missing = {key: value for key, value in wanted.items() if has.get(key) != value}
    if missing:
        organizations.tag(connection, request.account_id, missing)
    return done(said(gettext_noop("%(count)s tags"), count=len(wanted)))


@step(gettext_lazy("Set the alternate contacts"))
def set_contacts(request: AccountRequest) -> Outcome:
    connection = connection_of(request)
    if not connection.contact_phone:
        return done(said(gettext_noop("The organisation names no phone: AWS wants one.")))
    wanted = _contact_for(request)
    for kind in contacts.TYPES:
        if contacts.contact(connection, request.account_id, kind) != wanted:
            contacts.put_contact(connection, request.account_id, kind, wanted)
    return done(wanted.email)


def _contact_for(request: AccountRequest) -> Contact:
    connection = connection_of(request)
    return Contact(
        name=request.owner.name[:64] if request.owner else "Cloud Center of Excellence",
        title="Account owner",
        email=connection.contact_email or (request.owner.email if request.owner else ""),
        phone=connection.contact_phone,
    )


@step(gettext_lazy("Hand over"))
def hand_over(request: AccountRequest) -> Outcome:
    connection = connection_of(request)
    account = organizations.account(connection, request.account_id)
    tags = organizations.tags_of(connection, request.account_id)
    delivery.deliver(request, account, tags=tags)
    return DONE
