"""Changes to people and their roles. Each names its actor and leaves an audit line."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from knox.models import get_token_model

from portal.audit.record import record
from portal.errors import Conflict, Forbidden, Invalid, Text
from portal.people import scopes
from portal.people.models import RoleBinding, User
from portal.people.scopes import EVERYWHERE, At
from portal.permissions import GRANTS, Action, Role, require


@transaction.atomic
def bind(person: User, *, role: str, target: str, actor: User) -> RoleBinding:
    """Give a person a role, everywhere (target "") or somewhere.

    Raises Forbidden (also for oneself), Invalid, Conflict when they hold it there already.
    """
    require(actor, Action.PEOPLE_MANAGE, At(target))
    if person.pk == actor.pk:
        raise Forbidden(_("Nobody gives roles to themselves. Another administrator can do it."))
    if fault := scopes.fault_in(target):
        raise Invalid(fields={"target": [fault]})
    if role not in list(Role):
        raise Invalid(fields={"role": [_("There is no such role.")]})
    if fault := _apart(person, Role(role)):
        raise Invalid(fields={"role": [fault]})
    binding = _insert(person, role, target)
    record(actor=actor, action="role_bind", target=person, facts={"role": role, "where": target})
    return binding


def _apart(person: User, role: Role) -> Text | None:
    """Who hands out roles decides on nothing: the two are held by different people."""
    deciding = set(GRANTS[Action.REQUEST_DECIDE])
    held = set(person.roles)
    if role is Role.ADMIN and held & deciding:
        return _("This person decides on requests; an administrator must be somebody else.")
    if role in deciding and Role.ADMIN in held:
        return _("An administrator decides on nothing; choose somebody else.")
    return None


def _insert(person: User, role: str, target: str) -> RoleBinding:
    try:
        with transaction.atomic():
            return RoleBinding.objects.create(user=person, role=role, target=target)
    except IntegrityError as error:
        raise Conflict(_("This person holds this role there already.")) from error


@transaction.atomic
def unbind(binding: RoleBinding, *, actor: User) -> None:
    """Take a person's own role away; it ends with their next click. Raises Forbidden, Conflict."""
    require(actor, Action.PEOPLE_MANAGE, At(binding.target))
    if binding.user is None:
        raise Conflict(_("This role belongs to a team, not to the person."))
    _lock_admins()
    gone, _by_model = RoleBinding.objects.filter(pk=binding.pk).delete()
    if not gone:
        raise Conflict(_("This role has been taken away already."))
    _require_an_admin()
    facts = {"role": binding.role, "where": binding.target}
    record(actor=actor, action="role_unbind", target=binding.user, facts=facts)


@transaction.atomic
def set_active(person: User, *, active: bool, actor: User, reason: str) -> None:
    """Let a person sign in or no longer; then their sessions end at once and their tokens are gone.

    Raises Forbidden, Invalid without a reason, Conflict for oneself and the last administrator.
    """
    require(actor, Action.PEOPLE_MANAGE, EVERYWHERE)
    if person.pk == actor.pk:
        raise Conflict(_("You can't shut yourself out. Another administrator can do it."))
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Say why.")]})
    _lock_admins()
    changed = User.objects.filter(pk=person.pk, is_system=False, is_active=not active)
    if not changed.update(is_active=active):
        raise Conflict(_("Somebody has done this already."))
    tokens = 0 if active else get_token_model().objects.filter(user=person).delete()[0]
    _require_an_admin()
    action = "person_activate" if active else "person_deactivate"
    record(actor=actor, action=action, target=person, reason=reason, facts={"tokens_ended": tokens})


@transaction.atomic
def update_profile(person: User, *, actor: User, **changes: Any) -> None:
    """A person's own name, language, time zone and theme. Raises Forbidden for anybody else's."""
    if person.pk != actor.pk:
        raise Forbidden()
    before = {name: getattr(person, name) for name in changes}
    User.objects.filter(pk=person.pk).update(**changes)
    record(
        actor=actor,
        action="profile_change",
        target=person,
        facts={"before": before, "after": changes},
    )


def _lock_admins() -> None:
    """Two administrators who remove each other wait for one another here, in one order."""
    admins = RoleBinding.objects.filter(role=Role.ADMIN, target="").order_by("pk")
    list(admins.select_for_update())


def _require_an_admin() -> None:
    """Raise Conflict when nobody active would be left who can manage people everywhere."""
    holders = RoleBinding.objects.filter(role=Role.ADMIN, target="")
    alone = holders.filter(user__is_active=True).exists()
    if not alone and not holders.filter(team__people__is_active=True).exists():
        raise Conflict(_("Somebody must remain who can manage people: this is the last one."))
