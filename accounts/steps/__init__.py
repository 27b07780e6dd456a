"""The steps that make an account. Each looks first, does what is missing, saves what it learnt."""

from accounts.steps.access import await_access, grant_access
from accounts.steps.baseline import await_baseline, roll_out_baseline
from accounts.steps.creation import await_account, open_account
from accounts.steps.furnishing import hand_over, move_to_ou, set_contacts, tag_account
from portal.flow.runs import UNSKIPPABLE

__all__ = [
    "await_access",
    "await_account",
    "await_baseline",
    "grant_access",
    "hand_over",
    "move_to_ou",
    "open_account",
    "roll_out_baseline",
    "set_contacts",
    "tag_account",
]
UNSKIPPABLE.update(
    {"accounts.open_account", "accounts.await_account", "accounts.move_to_ou", "accounts.hand_over"}
)
