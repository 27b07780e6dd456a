"""The long works of accounts, as lists that read as prose."""

from django.utils.translation import gettext_lazy as _

from accounts.services.requests import run_ended
from portal.flow.steps import plan

VEND = plan(
    "vend_account",
    title=_("Make an account"),
    subject="accounts.AccountRequest",
    ended=run_ended,
    steps=[
        "accounts.open_account",  # ask AWS; it answers later
        "accounts.await_account",
        "accounts.move_to_ou",
        "accounts.tag_account",
        "accounts.set_contacts",
        "accounts.roll_out_baseline",
        "accounts.await_baseline",
        "accounts.grant_access",
        "accounts.await_access",
        "costs.set_budget",
        "accounts.hand_over",
    ],
)
