"""Everything that can go wrong, in the portal's own words.

PortalError                what a person reads, a code for programs, an HTTP status
├── Forbidden   403        known, but not yours to change
├── Missing     404        not there, or not yours to see
├── Conflict    409        somebody was faster, or the state forbids it
├── Invalid     422        what was entered can't be; carries a sentence per field
├── TooMany     429        slow down
└── Upstream    502        AWS said no
"""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class PortalError(Exception):
    """An error with a sentence for people. `code` and `status` are for programs."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    sentence: ClassVar[Text] = _("Something went wrong.")

    def __init__(self, message: Text = "", *, fields: Mapping[str, list[Text]] | None = None):
        self.message: Text = message or self.sentence
        self.fields = dict(fields or {})
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class Forbidden(PortalError):
    code, status = "forbidden", 403
    sentence = _("You may not do this. Ask an administrator if you should be able to.")


class Missing(PortalError):
    code, status = "missing", 404
    sentence = _("There is nothing here, or it is not yours to see.")


class Conflict(PortalError):
    code, status = "conflict", 409
    sentence = _("Somebody was faster, or this is no longer possible.")


class Invalid(PortalError):
    code, status = "invalid", 422
    sentence = _("Something needs correcting.")


class TooMany(PortalError):
    code, status = "too_many", 429
    sentence = _("Too many tries. Wait a little, then try again.")


class Upstream(PortalError):
    code, status = "upstream", 502
    sentence = _("AWS did not do what was asked.")
