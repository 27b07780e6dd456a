"""Connections to AWS, and the journal of every changing call."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

ACCOUNT_ID = RegexValidator(r"^\d{12}$", _("An AWS account id has 12 digits."))


class Connection(models.Model):
    """One AWS Organization that the portal looks after, or only looks at."""

    class Purpose(models.TextChoices):
        PRODUCTION = "production", _("Production")
        VERIFICATION = "verification", _("Verification")

    class Mode(models.TextChoices):
        OBSERVE = "observe", _("Observe: look, change nothing")
        MANAGE = "manage", _("Manage")

    name = models.CharField(_("name"), max_length=80, unique=True)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose)
    mode = models.CharField(_("mode"), max_length=7, choices=Mode, default=Mode.OBSERVE)
    management_account_id = models.CharField(
        _("management account"), max_length=12, unique=True, validators=[ACCOUNT_ID]
    )
    organization_id = models.CharField(max_length=40, blank=True)
    home_region = models.CharField(_("home region"), max_length=30, default="us-east-1")
    governed_regions = ArrayField(
        models.CharField(max_length=30), verbose_name=_("governed regions"), default=list
    )
    external_id = models.CharField(_("external id"), max_length=100)
    read_role = models.CharField(max_length=64, default="PortalRead")
    operate_role = models.CharField(max_length=64, default="PortalOperate")
    respond_role = models.CharField(max_length=64, default="PortalRespond")
    member_role = models.CharField(max_length=64, default="OrganizationAccountAccessRole")
    email_pattern = models.CharField(
        _("e-mail of new accounts"),
        max_length=60,
        help_text=_("An address with {name} in it, such as aws+{name}@example.com."),
    )
    access_portal_url = models.URLField(_("AWS access portal"), blank=True)
    contact_email = models.EmailField(_("alternate contact"), blank=True)
    contact_phone = models.CharField(max_length=25, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["purpose", "name"]
        constraints = [
            models.CheckConstraint(
                name="a_management_account_id_has_12_digits",
                condition=Q(management_account_id__regex=r"^\d{12}$"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class AwsCall(models.Model):
    """One changing call: written before it is sent (intent), completed after (outcome)."""

    class Outcome(models.TextChoices):
        SENT = "sent", _("Sent; no answer known")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused by AWS")
        UNKNOWN = "unknown", _("No answer came back")

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+")
    account_id = models.CharField(max_length=12)
    region = models.CharField(max_length=30)
    service = models.CharField(max_length=40)
    operation = models.CharField(max_length=80)
    asked = models.JSONField(default=dict)
    run = models.ForeignKey("portal.Run", models.PROTECT, null=True, related_name="calls")
    step = models.CharField(max_length=80, blank=True)
    actor = models.ForeignKey("portal.User", models.PROTECT, related_name="+")
    approval = models.ForeignKey("portal.Approval", models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    sent_at = models.DateTimeField(auto_now_add=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.SENT)
    answered_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=120, blank=True)
    aws_request_id = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["run", "id"], name="calls_of_a_run")]

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"
