"""What the actions in the audit log are called on the screen; files keep the words themselves."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from portal.errors import Text

WORDS: dict[str, Text] = {
    "token_create": _("Made an API token"),
    "token_revoke": _("Revoked an API token"),
    "sign_in": _("Signed in"),
    "refused": _("Refused attempt"),
    "sign_in_failed": _("Failed to sign in"),
    "sign_out": _("Signed out"),
    "profile_change": _("Changed their profile"),
    "role_bind": _("Gave a role"),
    "role_unbind": _("Took a role away"),
    "person_create": _("Added a person"),
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
    "connection_create": _("Connected an organisation"),
    "connection_change": _("Changed a connection"),
    "audit_export": _("Exported the audit log"),
    "audit_verify": _("Verified the audit log"),
}


def offer(words: Mapping[str, Text]) -> None:
    """For apps: what their own actions are called. Said once, where their sockets are filled."""
    WORDS.update(words)


def word(action: str) -> Text:
    """What an action is called; one that nobody named, as it is written."""
    return WORDS.get(action) or action.replace("_", " ").capitalize()
