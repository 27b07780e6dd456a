"""Tokens that programs sign in with, and the answers to calls that must not happen twice."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from portal.permissions import Place


class ApiToken(AbstractAuthToken):
    """A person's key for programs. Only its hash is kept, and its beginning to know it by."""

    class Scope(models.TextChoices):
        READ = "read", _("Read only")
        WRITE = "write", _("Read and write")

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=128, unique=True)  # SHA-512, hex
    user = models.ForeignKey("portal.User", models.CASCADE, related_name="auth_token_set")
    name = models.CharField(_("name"), max_length=60)
    scope = models.CharField(_("may"), max_length=5, choices=Scope, default=Scope.READ)
    expiry = models.DateTimeField(_("ends"))
    last_used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="a_person_names_a_token_once"),
            models.CheckConstraint(
                name="a_token_ends_within_a_year",
                condition=Q(expiry__lte=F("created") + timedelta(days=366)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over(self) -> bool:
        return bool(self.expiry < timezone.now())

    @property
    def may_write(self) -> bool:
        return self.scope == ApiToken.Scope.WRITE

    def belongs_to(self, user: Any) -> bool:
        return bool(self.user_id == user.pk)

    def place(self) -> Place:
        return Place()


class IdempotentCall(models.Model):
    """What was answered to a call that carried an Idempotency-Key; written with the work itself."""

    user = models.ForeignKey("portal.User", models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    path = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)  # SHA-256 of the body's canonical JSON, hex
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="a_person_uses_a_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"
