"""What organisations, accounts and requests look like to programs. Explicit fields, no rules."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import AccountRequest, OrganisationChange
from accounts.selectors import directory
from accounts.words import (
    ACCOUNT_ENVIRONMENTS,
    REGIONS,
    AccountState,
    DataClass,
    Environment,
    NetworkWish,
)
from portal.api.bodies import Input, Query
from portal.api.serializers import ApprovalCostOut, ApprovalOut, Instant, PersonOut
from portal.aws.models import Connection
from portal.people.models import Team, User


class OrganisationOut(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    purpose = serializers.ChoiceField(Connection.Purpose.choices, read_only=True)
    mode = serializers.ChoiceField(Connection.Mode.choices, read_only=True)
    organization_id = serializers.CharField(read_only=True, help_text="o-…, as AWS has it.")
    management_account_id = serializers.CharField(read_only=True)
    home_region = serializers.CharField(read_only=True)
    governed_regions = serializers.ListField(child=serializers.CharField(), read_only=True)


class OuOut(serializers.Serializer):
    ou_id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    parent = serializers.CharField(  # type: ignore[assignment]  # DRF has a `parent` too
        source="parent.ou_id", read_only=True, allow_null=True
    )
    path = serializers.CharField(read_only=True)
    depth = serializers.IntegerField(read_only=True)


class AccountOut(serializers.Serializer):
    account_id = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    email = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(AccountState.choices, read_only=True)
    organisation = serializers.IntegerField(source="connection_id", read_only=True)
    ou = serializers.CharField(source="ou.ou_id", read_only=True, allow_null=True)
    is_management = serializers.BooleanField(read_only=True)
    joined_method = serializers.CharField(read_only=True)
    joined_at = Instant(allow_null=True)
    tags = serializers.DictField(child=serializers.CharField(), read_only=True)
    environment = serializers.CharField(read_only=True)
    workload = serializers.CharField(read_only=True)
    cost_centre = serializers.CharField(read_only=True)
    data_class = serializers.CharField(read_only=True)
    expires_on = serializers.DateField(read_only=True, allow_null=True)
    team = serializers.CharField(source="team.slug", read_only=True, allow_null=True)
    owner = PersonOut(read_only=True, allow_null=True)
    deputy = PersonOut(read_only=True, allow_null=True)


class AccountQuery(Query):
    q = serializers.CharField(
        required=False, max_length=100, help_text="A part of the name, id or e-mail address."
    )
    organisation = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    ou = serializers.CharField(required=False, max_length=70, help_text="With all OUs below.")
    environment = serializers.ChoiceField(ACCOUNT_ENVIRONMENTS, required=False)
    state = serializers.ChoiceField(AccountState.choices, required=False)
    team = serializers.CharField(required=False, max_length=30, help_text="The team's slug.")


class PlacementOut(serializers.Serializer):
    ou = serializers.CharField(source="ou.ou_id", read_only=True)
    ou_name = serializers.CharField(source="ou.name", read_only=True)
    since = Instant(source="during.lower", allow_null=True)
    until = Instant(source="during.upper", allow_null=True, help_text="Exclusive; null: now.")


class ChangeOut(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    kind = serializers.ChoiceField(OrganisationChange.Kind.choices, read_only=True)
    before = serializers.DictField(read_only=True)
    after = serializers.DictField(read_only=True)
    at = Instant()


class RequestCostOut(serializers.Serializer):
    """What those see of a request who look after costs."""

    id = serializers.IntegerField(read_only=True)
    status = serializers.ChoiceField(AccountRequest.Status.choices, read_only=True)
    organisation = serializers.IntegerField(source="connection_id", read_only=True, allow_null=True)
    workload = serializers.CharField(read_only=True)
    environment = serializers.CharField(read_only=True)
    team = serializers.CharField(source="team.slug", read_only=True, allow_null=True)
    owner = PersonOut(read_only=True, allow_null=True)
    cost_centre = serializers.CharField(read_only=True)
    budget_usd = serializers.DecimalField(
        max_digits=12, decimal_places=2, read_only=True, allow_null=True
    )
    expires_on = serializers.DateField(read_only=True, allow_null=True)
    account_name = serializers.CharField(read_only=True)
    account_id = serializers.CharField(read_only=True)
    submitted_at = Instant(allow_null=True)
    delivered_at = Instant(allow_null=True)
    approval = ApprovalCostOut(read_only=True, allow_null=True)


class RequestOut(RequestCostOut):
    """All of a request. What goes beyond costs is left out for those who see only them."""

    requester = PersonOut(required=False)
    purpose = serializers.CharField(required=False)
    deputy = PersonOut(required=False, allow_null=True)
    data_class = serializers.CharField(required=False)
    regions = serializers.ListField(child=serializers.CharField(), required=False)
    network = serializers.CharField(required=False)
    access_group = serializers.CharField(required=False)
    permission_set = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    ou = serializers.CharField(source="ou.ou_id", required=False, allow_null=True)
    run = serializers.IntegerField(source="run_id", required=False, allow_null=True)
    created_at = Instant(read_only=False, required=False)
    changed_at = Instant(read_only=False, required=False)
    approval = ApprovalOut(read_only=True, allow_null=True)


class RequestQuery(Query):
    status = serializers.ChoiceField(AccountRequest.Status.choices, required=False)
    mine = serializers.BooleanField(
        required=False, default=False, help_text="Only those I asked for."
    )


class VisibleOrganisation(serializers.PrimaryKeyRelatedField):
    """An organisation by its id, among those the person may see."""

    def get_queryset(self) -> QuerySet[Connection]:
        seen = directory.connections_for(self.context["user"])
        return Connection.objects.filter(pk__in=[connection.pk for connection in seen])


def _person(**options: Any) -> serializers.SlugRelatedField:
    people = User.objects.filter(is_active=True, is_system=False)
    return serializers.SlugRelatedField(
        slug_field="username", queryset=people, required=False, allow_null=True, **options
    )


class RequestInput(Input):
    """What a person may set of a request; services say what must be right to submit it."""

    organisation = VisibleOrganisation(
        source="connection", queryset=Connection.objects.all(), required=False, allow_null=True
    )
    workload = serializers.CharField(required=False, allow_blank=True, max_length=30)
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    environment = serializers.ChoiceField(Environment.choices, required=False, allow_blank=True)
    team = serializers.SlugRelatedField(
        slug_field="slug", queryset=Team.objects.all(), required=False, allow_null=True
    )
    owner = _person()
    deputy = _person()
    cost_centre = serializers.CharField(required=False, allow_blank=True, max_length=20)
    data_class = serializers.ChoiceField(DataClass.choices, required=False, allow_blank=True)
    regions = serializers.ListField(
        child=serializers.ChoiceField(list(REGIONS.items())), required=False, max_length=50
    )
    network = serializers.ChoiceField(NetworkWish.choices, required=False, allow_blank=True)
    budget_usd = serializers.DecimalField(
        max_digits=12, decimal_places=2, required=False, allow_null=True
    )
    access_group = serializers.CharField(required=False, allow_blank=True, max_length=100)
    permission_set = serializers.CharField(required=False, allow_blank=True, max_length=32)
    expires_on = serializers.DateField(required=False, allow_null=True)


class NewRequestInput(RequestInput):
    submit = serializers.BooleanField(
        required=False, default=False, help_text="Hand it in at once, or not keep it at all."
    )


class CommentOut(serializers.Serializer):
    id = serializers.IntegerField(read_only=True)
    author = PersonOut(read_only=True)
    text = serializers.CharField(read_only=True)
    at = Instant()


class CommentInput(Input):
    text = serializers.CharField(max_length=2000)
