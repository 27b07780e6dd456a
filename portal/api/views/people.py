"""Who the caller is."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from portal.api.doors import Door
from portal.api.request import ApiRequest
from portal.api.serializers import MeOut
from portal.people.models import User
from portal.permissions import Action, may


class MeApi(Door):
    needs = {"GET": None}

    @extend_schema(operation_id="me", summary="Who I am, and what I may do", responses=MeOut)
    def get(self, request: ApiRequest) -> Response:
        return Response(MeOut(_Me(request.user)).data)


class _Me:
    """A person with lists where the model has managers and methods."""

    def __init__(self, user: User) -> None:
        self.username, self.name, self.email = user.username, user.name, user.email
        self.teams = list(user.teams.all())
        self.bindings = list(user.bindings())
        self.permissions = [action.value for action in Action if may(user, action)]
