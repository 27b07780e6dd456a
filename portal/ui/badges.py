"""Colour and icon of every status word, in one table: the same word looks the same everywhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """`tone` is a class of portal.css (badge-…), `icon` a name in static/icons.svg."""

    tone: str
    icon: str = ""


PLAIN = Badge("neutral")

BADGES: dict[str, Badge] = {
    # requests and approvals
    "draft": Badge("neutral", "pencil"),
    "submitted": Badge("info", "send"),
    "waiting": Badge("info", "hourglass"),
    "pending": Badge("info", "hourglass"),
    "approved": Badge("success", "check"),
    "refused": Badge("danger", "x"),
    "rejected": Badge("danger", "x"),
    "withdrawn": Badge("neutral", "arrow-left"),
    "expired": Badge("warning", "clock"),
    "voided": Badge("neutral", "ban"),
    "delivered": Badge("success", "circle-check"),
    "vending": Badge("info", "loader"),
    # runs and steps
    "active": Badge("success", "circle-check"),
    "running": Badge("info", "loader"),
    "queued": Badge("neutral", "clock"),
    "done": Badge("success", "circle-check"),
    "succeeded": Badge("success", "circle-check"),
    "complete": Badge("success", "circle-check"),
    "partial": Badge("warning", "alert-triangle"),
    "failed": Badge("danger", "alert-circle"),
    "cancelled": Badge("neutral", "ban"),
    "skipped": Badge("neutral", "player-skip-forward"),
    # accounts
    "suspended": Badge("warning", "player-pause"),
    "pending_closure": Badge("warning", "hourglass"),
    "closed": Badge("neutral", "lock"),
    "gone": Badge("neutral", "circle-x"),
    # connections and freshness
    "observe": Badge("neutral", "eye"),
    "manage": Badge("info", "settings"),
    "production": Badge("info", "building"),
    "verification": Badge("neutral", "circle-dashed"),
    "fresh": Badge("success", "check"),
    "stale": Badge("warning", "clock"),
    "never": Badge("neutral", "circle-dashed"),
    # severities
    "critical": Badge("critical"),
    "high": Badge("high"),
    "medium": Badge("medium"),
    "low": Badge("low"),
    "informational": Badge("neutral"),
}


def badge_of(status: str) -> Badge:
    """How a status word looks; a word without an entry is plain."""
    return BADGES.get(str(status).lower(), PLAIN)
