"""Closed sets that accounts and requests share, with what people read for them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Environment(models.TextChoices):
    SANDBOX = "sandbox", _("Sandbox")
    DEVELOPMENT = "development", _("Development")
    TEST = "test", _("Test")
    PRODUCTION = "production", _("Production")


# What an account may be besides: nobody asks for these, the CCoE has them.
ACCOUNT_ENVIRONMENTS = [*Environment.choices, ("shared", _("Shared services"))]
# What tags call it, where that is another word for the same.
ENVIRONMENT_ALIASES = {"staging": Environment.TEST}


class DataClass(models.TextChoices):
    PUBLIC = "public", _("Public")
    INTERNAL = "internal", _("Internal")
    CONFIDENTIAL = "confidential", _("Confidential")
    RESTRICTED = "restricted", _("Restricted: personal or payment data")


class NetworkWish(models.TextChoices):
    NONE = "none", _("No network needed")
    INTERNET = "internet", _("Internet only")
    CORPORATE = "corporate", _("Connected to the corporate network")


class AccountState(models.TextChoices):
    PENDING_ACTIVATION = "PENDING_ACTIVATION", _("Being activated")
    ACTIVE = "ACTIVE", _("Active")
    SUSPENDED = "SUSPENDED", _("Suspended")
    PENDING_CLOSURE = "PENDING_CLOSURE", _("Being closed")
    CLOSED = "CLOSED", _("Closed")


REGIONS = {
    "us-east-1": _("N. Virginia (us-east-1)"),
    "us-west-2": _("Oregon (us-west-2)"),
    "eu-central-1": _("Frankfurt (eu-central-1)"),
    "eu-west-1": _("Ireland (eu-west-1)"),
    "ap-northeast-1": _("Tokyo (ap-northeast-1)"),
    "ap-northeast-3": _("Osaka (ap-northeast-3)"),
    "ap-southeast-1": _("Singapore (ap-southeast-1)"),
}
