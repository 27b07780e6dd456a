"""What is missing or wrong about accounts, as conditions: no owner, environments mixed."""

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

ENVIRONMENT_TAGS = ("environment", "Environment")
SEVERAL = r"[,;/|+&]|\sand\s"  # a tag that names more than one environment


class Gap(TextChoices):
    NO_OWNER = "owner", _("Without an owner")
    INCOMPLETE = "incomplete", _("Facts missing")
    MIXED = "mixed", _("Environments mixed")


def condition(gap: str) -> Q:
    """Accounts with this gap. Management accounts and closed ones are nobody's workload."""
    return Q(is_management=False) & ~Q(state="CLOSED") & CONDITIONS[Gap(gap)]


def _mixed() -> Q:
    found = Q(pk__in=[])
    for key in ENVIRONMENT_TAGS:
        found |= Q(**{f"tags__{key}__iregex": SEVERAL})
    return found


CONDITIONS = {
    Gap.NO_OWNER: Q(owner__isnull=True),
    Gap.INCOMPLETE: Q(owner__isnull=True)
    | Q(team__isnull=True)
    | Q(environment="")
    | Q(cost_centre="")
    | Q(data_class=""),
    Gap.MIXED: _mixed(),
}
