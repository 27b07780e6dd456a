"""Who may do what, on one screen. Change a cell, and the tests that are made from it change too.

`may` asks, `require` raises, `@needs` marks a view, `queryset.visible_to(user, action)` narrows.
OWN means: things that belong to the person (asked for, own, deputise, or of one of their teams).
ALL means: everything inside the scope of the role binding (organisation, OU subtree, account).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, Protocol, TypeVar

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from portal.errors import Forbidden


class Role(StrEnum):
    DEVELOPER = "developer"
    CCOE = "ccoe"
    FINANCE = "finance"
    SECURITY = "security"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_NAMES = {
    Role.DEVELOPER: _("Developer"),
    Role.CCOE: _("CCoE"),
    Role.FINANCE: _("Finance"),
    Role.SECURITY: _("Security"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMIN: _("Administrator"),
}


class Scope(StrEnum):
    OWN = "own"
    ALL = "all"


class Action(StrEnum):
    ORGANISATION_VIEW = "organisation_view"  # the tree, OUs, what changed
    ORGANISATION_SYNC = "organisation_sync"  # read AWS again now
    CONNECTION_MANAGE = "connection_manage"  # connect an organisation, observe or manage
    ACCOUNT_VIEW = "account_view"
    REQUEST_CREATE = "request_create"  # ask for an account, keep drafts
    REQUEST_VIEW = "request_view"  # all of a request
    REQUEST_VIEW_COST = "request_view_cost"  # its cost fields only
    REQUEST_CHANGE = "request_change"  # edit or withdraw, before approval
    REQUEST_COMMENT = "request_comment"
    REQUEST_DECIDE = "request_decide"  # the approval's step says which role, never the requester
    RULE_VIEW = "rule_view"
    RULE_CHANGE = "rule_change"
    RUN_VIEW = "run_view"
    RUN_STEER = "run_steer"  # retry, skip with a reason, cancel
    AUDIT_VIEW = "audit_view"
    AUDIT_EXPORT = "audit_export"
    PEOPLE_VIEW = "people_view"
    PEOPLE_MANAGE = "people_manage"  # users, teams, role bindings
    TOKEN_MANAGE = "token_manage"  # noqa: S105 — own API tokens


DEVELOPER, CCOE, FINANCE, SECURITY, AUDITOR, ADMIN = Role
OWN, ALL = Scope

# fmt: off
GRANTS: dict[Action, dict[Role, Scope]] = {
    Action.ORGANISATION_VIEW: {DEVELOPER: ALL, CCOE: ALL, FINANCE: ALL, SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    Action.ORGANISATION_SYNC: {                CCOE: ALL,                                            ADMIN: ALL},
    Action.CONNECTION_MANAGE: {                                                                      ADMIN: ALL},
    Action.ACCOUNT_VIEW:      {DEVELOPER: OWN, CCOE: ALL, FINANCE: ALL, SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    Action.REQUEST_CREATE:    {DEVELOPER: OWN, CCOE: OWN},
    Action.REQUEST_VIEW:      {DEVELOPER: OWN, CCOE: ALL,               SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    Action.REQUEST_VIEW_COST: {DEVELOPER: OWN, CCOE: ALL, FINANCE: ALL, SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    # A member of the CCoE who asks for an account may change their own request, nobody else's.
    Action.REQUEST_CHANGE:    {DEVELOPER: OWN, CCOE: OWN},
    Action.REQUEST_COMMENT:   {DEVELOPER: OWN, CCOE: ALL, FINANCE: ALL, SECURITY: ALL},
    Action.REQUEST_DECIDE:    {                CCOE: ALL, FINANCE: ALL},
    Action.RULE_VIEW:         {                CCOE: ALL, FINANCE: ALL, SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    Action.RULE_CHANGE:       {                CCOE: ALL},
    Action.RUN_VIEW:          {DEVELOPER: OWN, CCOE: ALL,               SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    Action.RUN_STEER:         {                CCOE: ALL},
    Action.AUDIT_VIEW:        {                CCOE: ALL,               SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    Action.AUDIT_EXPORT:      {                                                        AUDITOR: ALL},
    Action.PEOPLE_VIEW:       {                CCOE: ALL,               SECURITY: ALL, AUDITOR: ALL, ADMIN: ALL},
    Action.PEOPLE_MANAGE:     {                                                                      ADMIN: ALL},
    Action.TOKEN_MANAGE:      {DEVELOPER: OWN, CCOE: OWN, FINANCE: OWN, SECURITY: OWN, AUDITOR: OWN, ADMIN: OWN},
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands, for roles that hold only in a part of the organisation.

    `organisation_id` is o-…, `ou_ids` the chain from the root to its OU, `account_id` 12 digits;
    each may be empty. A thing without a place is seen only by roles that hold everywhere.
    """

    organisation_id: str = ""
    ou_ids: tuple[str, ...] = ()
    account_id: str = ""

    def names(self) -> frozenset[str]:
        return frozenset({self.organisation_id, *self.ou_ids, self.account_id} - {""})


class Binding(Protocol):
    """One role of a person. `target` is "" for everywhere, else an o-…, r-…, ou-… or account id."""

    @property
    def role(self) -> str: ...
    @property
    def target(self) -> str: ...


class Person(Protocol):
    """What this file needs to know of a user."""

    is_active: bool

    @property
    def is_authenticated(self) -> bool: ...
    def bindings(self) -> Iterable[Binding]: ...


class Thing(Protocol):
    """Something with an owner and a place."""

    def belongs_to(self, user: Any) -> bool: ...
    def place(self) -> Place: ...


def grants(user: Any, action: Action, *, role: Role | None = None) -> list[tuple[Scope, str]]:
    """The person's (scope, target) pairs for an action; empty when the matrix gives nothing.
    With `role`, only by what they hold in this role."""
    if not (user and user.is_authenticated and user.is_active):
        return []
    row = GRANTS[action]
    held = [b for b in user.bindings() if role is None or b.role == role]
    return [(row[Role(b.role)], b.target) for b in held if Role(b.role) in row]


def may(user: Any, action: Action, thing: Any = None, *, role: Role | None = None) -> bool:
    """Whether the matrix lets this person do this (to this thing), or lets them in this role.

    Without a thing: whether there is anything at all they may do it to. `thing` is a Thing.
    """
    given = grants(user, action, role=role)
    if thing is None or not given:
        return bool(given)
    if any(scope is ALL and not target for scope, target in given):
        return True
    if any(scope is OWN for scope, _target in given) and thing.belongs_to(user):
        return True
    names = thing.place().names()
    return any(scope is ALL and target in names for scope, target in given)


def require(user: Any, action: Action, thing: Any = None) -> None:
    """Raise Forbidden unless `may`."""
    if not may(user, action, thing):
        raise Forbidden()


V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def needs(action: Action | None) -> Callable[[V], V]:
    """Mark a view with the action it needs; None means any signed-in person.

    The bell on the door: services hold the lock. Raises Forbidden before the view runs.
    """

    def mark(view: V) -> V:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if action is not None:
                require(request.user, action)
            return view(request, *args, **kwargs)

        guarded.needs = action  # type: ignore[attr-defined]
        guarded.is_guarded = True  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return mark


def public(view: V) -> V:
    """Mark a view that needs no sign-in: sign-in itself, health."""
    view.is_public = True  # type: ignore[attr-defined]
    view.is_guarded = True  # type: ignore[attr-defined]
    view.needs = None  # type: ignore[attr-defined]
    view.login_required = False  # type: ignore[attr-defined]
    return view
