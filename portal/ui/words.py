"""Durations and account ids for readers."""

from datetime import timedelta

from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 86400


def duration(length: timedelta | float | None) -> str:
    """The two largest units of a length of time: `2 h 5 min`. Seconds when given a number."""
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    whole = max(0, round(seconds))
    if whole < MINUTE:
        return _("%(seconds)d s") % {"seconds": whole}
    if whole < HOUR:
        return _("%(minutes)d min %(seconds)d s") % _split(whole, "minutes", MINUTE, "seconds", 1)
    if whole < DAY:
        return _("%(hours)d h %(minutes)d min") % _split(whole, "hours", HOUR, "minutes", MINUTE)
    return _("%(days)d d %(hours)d h") % _split(whole, "days", DAY, "hours", HOUR)


def _split(
    seconds: int, large: str, large_size: int, small: str, small_size: int
) -> dict[str, int]:
    return {large: seconds // large_size, small: seconds % large_size // small_size}


def account_id(digits: str) -> str:
    """`123456789012` in groups, as the AWS console writes it; anything else unchanged."""
    if len(digits) == 12 and digits.isdigit():
        return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"
    return digits
