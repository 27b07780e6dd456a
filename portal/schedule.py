"""The beat table: what happens by the clock, tasks as strings, each line with its reason."""

from datetime import timedelta
from typing import Any


def BEAT(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """Celery's beat schedule. Each task tolerates being run twice at once."""
    return {
        # Celery messages are hints: whatever Redis forgot is woken from PostgreSQL.
        "advance_due_runs": {
            "task": "portal.advance_due_runs",
            "schedule": timedelta(seconds=sweep_seconds),
            "options": {"expires": max(sweep_seconds * 2, 5)},
        },
        # Approvals whose deadline to execute has passed are closed, so nothing old is carried out.
        "expire_approvals": {
            "task": "portal.expire_approvals",
            "schedule": timedelta(minutes=5),
            "options": {"expires": 300},
        },
        # The tree follows AWS; accounts made elsewhere are seen within the quarter of an hour.
        "sync_organisations": {
            "task": "accounts.sync_organisations",
            "schedule": timedelta(minutes=15),
            "options": {"expires": 900},
        },
    }
