"""Who gets in: a group with a permission set, through Identity Center."""

from django.conf import settings
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.aws import identity_center
from accounts.models import AccountRequest
from accounts.steps.subject import connection_of, save
from portal.aws.errors import NotThere
from portal.flow.said import said
from portal.flow.steps import DONE, Outcome, Refused, again, done, step


@step(gettext_lazy("Give the team access"))
def grant_access(request: AccountRequest) -> Outcome:
    connection = connection_of(request)
    instance, permission_set, group = _access(request)
    if identity_center.is_assigned(
        connection,
        instance,
        account_id=request.account_id,
        permission_set=permission_set,
        group=group,
    ):
        return done(f"{request.access_group} · {request.permission_set}")
    assignment_id = identity_center.assign(
        connection,
        instance,
        account_id=request.account_id,
        permission_set=permission_set,
        group=group,
    )
    save(request, assignment_id=assignment_id)
    return done(f"{request.access_group} · {request.permission_set}")


def _access(request: AccountRequest) -> tuple[identity_center.Instance, str, str]:
    connection = connection_of(request)
    try:
        instance = identity_center.instance(connection)
        return (
            instance,
            identity_center.permission_set_arn(connection, instance, request.permission_set),
            identity_center.group_id(connection, instance, request.access_group),
        )
    except NotThere as missing:
        raise Refused(
            said(
                gettext_noop(
                    "Identity Center has no group “%(group)s” or no permission set “%(set)s”."
                ),
                group=request.access_group,
                set=request.permission_set,
            )
        ) from missing


@step(gettext_lazy("Wait for the access"))
def await_access(request: AccountRequest) -> Outcome:
    if not request.assignment_id:
        return DONE  # it was there before, or a person skipped asking for it
    connection = connection_of(request)
    instance, permission_set, group = _access(request)
    if identity_center.is_assigned(
        connection,
        instance,
        account_id=request.account_id,
        permission_set=permission_set,
        group=group,
    ):
        return DONE
    status, reason = identity_center.assignment_status(connection, instance, request.assignment_id)
    if status != "FAILED":
        return again(seconds=settings.PORTAL.flow.poll_seconds)
    raise Refused(
        said(gettext_noop("Identity Center did not give the access: %(reason)s"), reason=reason),
        restart="accounts.grant_access",
    )
