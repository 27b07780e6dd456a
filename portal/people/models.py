"""People, teams, and the roles they hold: everywhere, in an OU subtree, or on one account."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from portal.permissions import ROLE_NAMES, Role


class Users(BaseUserManager["User"]):
    def create_user(
        self, username: str, *, email: str, name: str = "", password: str | None = None, **more: Any
    ) -> "User":
        """A person who can sign in; without a password only by the demo's persona switch."""
        user = self.model(username=username, email=email, name=name or username, **more)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):  # type: ignore[django-manager-missing]  # knox is untyped
    """A person. The scheduler acts as the system user, who can't sign in."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=5, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    is_active = models.BooleanField(_("can sign in"), default=True)
    is_system = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Users()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="one_user_per_name_whatever_the_case"),
            models.UniqueConstraint(
                fields=["is_system"], condition=Q(is_system=True), name="one_system_user"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def _bindings(self) -> list["RoleBinding"]:
        own = Q(user=self) | Q(team__memberships__user=self)
        return list(RoleBinding.objects.filter(own).distinct())

    def bindings(self) -> Iterable["RoleBinding"]:
        """The person's own role bindings and those of their teams; read once per request."""
        return self._bindings

    @property
    def roles(self) -> list[Role]:
        """Roles held anywhere, in the order of the matrix."""
        held = {binding.role for binding in self.bindings()}
        return [role for role in Role if role in held]

    @property
    def role_names(self) -> list[Any]:
        return [ROLE_NAMES[role] for role in self.roles]

    @cached_property
    def team_ids(self) -> frozenset[int]:
        return frozenset(Membership.objects.filter(user=self).values_list("team_id", flat=True))


class Team(models.Model):
    """A product team: it owns accounts, and its access group can enter them."""

    slug = models.SlugField(_("short name"), unique=True, max_length=30)
    name = models.CharField(_("name"), max_length=80)
    cost_centre = models.CharField(_("cost centre"), max_length=20, blank=True)
    access_group = models.CharField(
        _("Identity Center group"),
        max_length=100,
        blank=True,
        help_text=_("The group whose members get into the team's accounts."),
    )
    people = models.ManyToManyField(User, through="Membership", related_name="teams")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField(_("leads the team"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="a_person_is_in_a_team_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"


class RoleBinding(models.Model):
    """One role for a person or a team. `target` is where it holds: "" everywhere, else an
    organisation id (o-…), root or OU id (r-…, ou-…: the whole subtree) or a 12-digit account id."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="role_bindings"
    )
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="role_bindings"
    )
    role = models.CharField(_("role"), max_length=20, choices=list(ROLE_NAMES.items()))
    target = models.CharField(_("where"), max_length=70, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["role", "pk"]
        constraints = [
            models.CheckConstraint(
                name="a_role_is_held_by_a_person_or_a_team",
                condition=Q(user__isnull=False, team__isnull=True)
                | Q(user__isnull=True, team__isnull=False),
            ),
            models.UniqueConstraint(
                name="a_role_is_bound_once",
                fields=["user", "team", "role", "target"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="a_role_holds_somewhere_that_can_be",
                condition=Q(target__regex=r"^(|o-[a-z0-9]+|r-[a-z0-9]+|ou-[a-z0-9-]+|\d{12})$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.target or '*'}"
