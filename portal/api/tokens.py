"""Tokens: made and revoked in the browser, carried by programs in `Authorization: Bearer …`."""

from datetime import timedelta
from hmac import compare_digest

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from knox import auth
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from portal.api.models import ApiToken
from portal.audit.record import record
from portal.errors import Invalid
from portal.people.models import User
from portal.permissions import Action, require

LONGEST_DAYS = 365
USE_NOTED_EVERY = timedelta(minutes=1)  # a write per call would cost more than it tells


@transaction.atomic
def issue(*, actor: User, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """A new token of the actor and its secret, which is told here and never again.

    Raises Forbidden, Invalid.
    """
    require(actor, Action.TOKEN_MANAGE)
    if not name.strip():
        raise Invalid(fields={"name": [_("Give the token a name, so that you know it again.")]})
    if scope not in ApiToken.Scope.values:
        raise Invalid(fields={"scope": [_("A token may read, or read and write.")]})
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(fields={"days": [_("A token lives between 1 day and 1 year.")]})
    try:
        with transaction.atomic():
            token, secret = ApiToken.objects.create(
                actor, expiry=timedelta(days=days), name=name.strip(), scope=scope
            )
    except IntegrityError as error:
        raise Invalid(fields={"name": [_("You have a token of this name already.")]}) from error
    facts = {"prefix": token.token_key, "scope": scope, "days": days}
    record(actor=actor, action="token_create", target=token, facts=facts)
    return token, secret


@transaction.atomic
def revoke(token: ApiToken, *, actor: User) -> None:
    """End a token at once. Raises Forbidden when it is somebody else's."""
    require(actor, Action.TOKEN_MANAGE, token)
    facts = {"prefix": token.token_key, "scope": token.scope}
    record(actor=actor, action="token_revoke", target=token, facts=facts)
    token.delete()


class TokenAuthentication(auth.TokenAuthentication):
    """knox's, but what has ended stays listed, and each use leaves its time."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        try:
            secret = token.decode("ascii")
        except UnicodeDecodeError:
            raise AuthenticationFailed(_("This token is not valid.")) from None
        digest = hash_token(secret)
        known = ApiToken.objects.filter(token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH])
        for candidate in known.select_related("user"):
            if compare_digest(digest, candidate.digest) and not candidate.is_over:
                return self.validate_user(candidate)
        raise AuthenticationFailed(_("This token is not valid."))

    def validate_user(self, auth_token: ApiToken) -> tuple[User, ApiToken]:
        """The owner as they are now: one who may no longer sign in takes the token with them."""
        if not auth_token.user.is_active:
            raise AuthenticationFailed(_("This token is not valid."))
        _note_use(auth_token)
        return auth_token.user, auth_token


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
