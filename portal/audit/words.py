"""What the actions in the audit log are called on the screen; files keep the words themselves."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Text

WORDS: dict[str, Text] = {
    "sign_in": _("Signed in"),
    "sign_in_failed": _("Failed to sign in"),
    "sign_out": _("Signed out"),
    "profile_change": _("Changed their profile"),
    "role_bind": _("Gave a role"),
    "role_unbind": _("Took a role away"),
    "person_activate": _("Let somebody in again"),
    "person_deactivate": _("Shut somebody out"),
    "rule_create": _("Made a rule"),
    "rule_change": _("Changed a rule"),
    "rule_move": _("Moved a rule"),
    "rule_switch": _("Switched a rule on or off"),
    "rule_delete": _("Deleted a rule"),
    "approve": _("Approved"),
    "decide_yes": _("Said yes"),
    "decide_no": _("Said no"),
    "approval_reopen": _("Opened an approval again"),
    "approval_withdraw": _("Withdrew an approval"),
    "approval_expire": _("An approval expired"),
    "run_start": _("Started a run"),
    "run_steer": _("Steered a run"),
    "run_done": _("A run finished"),
    "run_failed": _("A run needs a person"),
    "run_cancelled": _("A run was cancelled"),
    "aws_intent": _("Is about to change AWS"),
    "aws_outcome": _("AWS answered"),
    "audit_export": _("Exported the audit log"),
    "audit_verify": _("Verified the audit log"),
}


def word(action: str) -> Text:
    """A sentence's beginning for an action; an action without one, as it is written."""
    return WORDS.get(action) or action.replace("_", " ").capitalize()
