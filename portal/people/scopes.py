"""Places of roles as things of the permission matrix, and how they are written."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from portal.errors import Text
from portal.permissions import Place

TARGET = re.compile(r"(|o-[a-z0-9]+|r-[a-z0-9]+|ou-[a-z0-9-]+|[0-9]{12})")  # as the database has it
TARGET_LENGTH = 70


@dataclass(frozen=True, slots=True)
class At:
    """A place: an organisation, an OU, an account, or everywhere. Nobody owns a place."""

    target: str

    def belongs_to(self, user: Any) -> bool:
        return False

    def place(self) -> Place:
        return Place(ou_ids=(self.target,)) if self.target else Place()


EVERYWHERE = At(
    ""
)  # what belongs to the portal as a whole: only roles that hold everywhere reach it


def fault_in(target: str) -> Text | None:
    """The sentence that says why a role can't hold there; None when it can."""
    if len(target) <= TARGET_LENGTH and TARGET.fullmatch(target):
        return None
    return _(
        "Enter an organisation (o-…), a root or OU (r-…, ou-…), a 12-digit account id, "
        "or nothing for everywhere."
    )


def where(target: str) -> Text:
    """A target in words."""
    if not target:
        return _("Everywhere")
    kinds = {"o-": _("Organisation"), "r-": _("Root"), "ou": _("OU and all below")}
    return kinds.get(target[:2], _("Account"))
