"""OUs as AWS has them; the root counts as one."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.permissions import Place


class OrganizationalUnit(models.Model):
    """A root (r-…) or OU (ou-…). `path` is AWS's own: o-…/r-…/ou-…/, so subtrees are prefixes."""

    connection = models.ForeignKey("portal.Connection", models.PROTECT, related_name="ous")
    ou_id = models.CharField(_("id"), max_length=70, unique=True)
    name = models.CharField(_("name"), max_length=128)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=500, db_index=True)
    tags = models.JSONField(default=dict, db_default={})
    row_hash = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField(db_default=models.functions.Now())
    missed_at = models.DateTimeField(null=True)  # not seen by one complete pass; gone by a second
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["path"]
        indexes = [
            models.Index(
                fields=["path"], name="ous_by_path_prefix", opclasses=["varchar_pattern_ops"]
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:ou-detail", args=[self.ou_id])

    @property
    def is_root(self) -> bool:
        return self.ou_id.startswith("r-")

    @property
    def depth(self) -> int:
        """0 for the root."""
        return max(self.path.strip("/").count("/") - 1, 0)

    @property
    def ancestor_ids(self) -> tuple[str, ...]:
        """Ids from the root down to this OU."""
        return tuple(self.path.strip("/").split("/")[1:])

    def place(self) -> Place:
        return Place(self.path.split("/", 1)[0], self.ancestor_ids)
