"""The request as our views know it: somebody is signed in, and htmx has said what it wants."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from portal.people.models import User


class PortalRequest(HttpRequest):
    """For annotations only: middleware has set both attributes before a view runs."""

    user: User
    htmx: HtmxDetails
