"""All addresses. `portal` imports no app: they appear as strings."""

from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language

from portal import health
from portal.permissions import public

handler404 = "portal.ui.errors.not_found"
handler500 = "portal.ui.errors.broken"
handler403 = "portal.ui.errors.forbidden"

urlpatterns = [
    path("", include("portal.ui.urls")),
    path("", include("portal.people.urls")),
    path("profile/tokens/", include("portal.api.token_urls")),
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("language/", public(set_language), name="set_language"),
    path("runs/", include("portal.flow.urls")),
    path("audit/", include("portal.audit.urls")),
    path("rules/", include("portal.approvals.urls")),
    path("data/", include("portal.sync.urls")),
    path("connections/", include("portal.aws.urls")),
    path("accounts/", include("accounts.urls")),
    path("api/", include("portal.api.urls")),
]

if settings.PORTAL.demo:
    urlpatterns.append(path("", include("portal.people.demo_urls")))
