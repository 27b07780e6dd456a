"""The lock on every door of the API. Apart from the doors: REST framework's views import it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from portal.api.models import ApiToken
from portal.errors import Forbidden
from portal.permissions import Action, may

Wants = Mapping[str, Action | None]


class Needs(BasePermission):
    """Signed in, and what `view.needs` says for the method; a door without `needs` stays shut.

    None means any signed-in person. `view.browser_only` names methods that no token may use.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user.is_authenticated or not user.is_active:
            return False  # 401
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method.lower() not in _handled(view):
            return True  # 405, said by the view
        if isinstance(request.auth, ApiToken):
            self._require_open_to_token(request.auth, method, view)
        wants: Wants = getattr(view, "needs", {})
        if method not in wants:
            raise Forbidden()
        action = wants[method]
        if action is not None and not may(user, action):
            raise Forbidden()
        return True

    def _require_open_to_token(self, token: ApiToken, method: str, view: Any) -> None:
        if method in getattr(view, "browser_only", ()):
            raise Forbidden(_("A token never decides. Sign in to the portal and decide there."))
        if method not in SAFE_METHODS and not token.may_write:
            raise Forbidden(_("This token may only read. Make one that may write."))


def _handled(view: Any) -> set[str]:
    return {name for name in view.http_method_names if hasattr(view, name)}
