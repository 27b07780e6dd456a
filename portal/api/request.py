"""The request as our doors know it: somebody is signed in, the lock has seen to that."""

from rest_framework.request import Request

from portal.people.models import User


class ApiRequest(Request):
    """For annotations only."""

    user: User
