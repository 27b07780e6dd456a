"""What the actions of the permission matrix mean, in words for its page."""

from django.utils.translation import gettext_lazy as _

from portal.errors import Text
from portal.permissions import Action

ACTION_WORDS: dict[Action, Text] = {
    Action.ORGANISATION_VIEW: _("See the organisation: tree, OUs, what changed"),
    Action.ORGANISATION_SYNC: _("Read AWS again now"),
    Action.CONNECTION_MANAGE: _("Connect organisations, choose observe or manage"),
    Action.ACCOUNT_VIEW: _("See accounts"),
    Action.REQUEST_CREATE: _("Ask for an account, keep drafts"),
    Action.REQUEST_VIEW: _("See requests"),
    Action.REQUEST_VIEW_COST: _("See what requests will cost"),
    Action.REQUEST_CHANGE: _("Edit or withdraw a request, before its approval"),
    Action.REQUEST_COMMENT: _("Comment on requests"),
    Action.REQUEST_DECIDE: _("Decide on requests, never on their own"),
    Action.RULE_VIEW: _("See the approval rules"),
    Action.RULE_CHANGE: _("Change the approval rules"),
    Action.RUN_VIEW: _("See runs"),
    Action.RUN_STEER: _("Retry, skip or cancel runs"),
    Action.AUDIT_VIEW: _("See the audit log"),
    Action.AUDIT_EXPORT: _("Export the audit log"),
    Action.PEOPLE_VIEW: _("See people, teams and roles"),
    Action.PEOPLE_MANAGE: _("Manage people and their roles, never their own"),
    Action.TOKEN_MANAGE: _("Keep API tokens"),
}
