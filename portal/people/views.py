"""Pages of people: the list, one person, teams, who may do what, and one's own profile."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.people import directory, services
from portal.people.forms import ProfileForm, ReasonForm, RoleForm
from portal.people.models import RoleBinding, User
from portal.people.tables import PeopleFilter, PeopleTable
from portal.permissions import ROLE_NAMES, Action, needs
from portal.ui.lists import table_page
from portal.ui.request import PortalRequest


@needs(Action.PEOPLE_VIEW)
@require_safe
def person_list(request: PortalRequest) -> HttpResponseBase:
    return table_page(
        request,
        table_class=PeopleTable,
        filterset_class=PeopleFilter,
        queryset=directory.people(),
        page_template="people/person_list.html",
    )


@needs(Action.PEOPLE_VIEW)
@require_safe
def person_detail(request: PortalRequest, pk: int) -> HttpResponse:
    return _person_page(request, directory.person(pk))


@needs(Action.PEOPLE_MANAGE)
@require_POST
def bind_role(request: PortalRequest, pk: int) -> HttpResponse:
    person = directory.person(pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _person_page(request, person, role_form=form)
    services.bind(person, actor=request.user, **form.cleaned_data)
    messages.success(request, _("%(name)s holds one more role.") % {"name": person})
    return redirect("person-detail", person.pk)


@needs(Action.PEOPLE_MANAGE)
@require_POST
def unbind_role(request: PortalRequest, pk: int) -> HttpResponse:
    binding = get_object_or_404(RoleBinding.objects.select_related("user"), pk=pk)
    services.unbind(binding, actor=request.user)
    messages.success(request, _("The role has been taken away."))
    return redirect("person-detail", binding.user_id)


@needs(Action.PEOPLE_MANAGE)
@require_POST
def set_active(request: PortalRequest, pk: int) -> HttpResponse:
    """`active` is yes or no: what the person shall be, so that a second click changes nothing."""
    person = directory.person(pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _person_page(request, person, reason_form=form)
    active = request.POST.get("active") == "yes"
    services.set_active(
        person, active=active, actor=request.user, reason=form.cleaned_data["reason"]
    )
    return redirect("person-detail", person.pk)


def _person_page(
    request: PortalRequest,
    person: User,
    *,
    role_form: RoleForm | None = None,
    reason_form: ReasonForm | None = None,
) -> HttpResponse:
    """A form that was sent here comes back with its errors."""
    context = {
        "person": person,
        "roles": directory.held_roles(person),
        "is_self": person.pk == request.user.pk,
        "role_form": role_form or RoleForm(),
        "reason_form": reason_form or ReasonForm(),
    }
    status = 422 if role_form or reason_form else 200
    return render(request, "people/person_detail.html", context, status=status)


@needs(Action.PEOPLE_VIEW)
@require_safe
def team_list(request: PortalRequest) -> HttpResponse:
    teams = [
        (team, [directory.held(binding) for binding in team.role_bindings.all()])
        for team in directory.teams()
    ]
    return render(request, "people/team_list.html", {"teams": teams})


@needs(Action.PEOPLE_VIEW)
@require_safe
def matrix(request: PortalRequest) -> HttpResponse:
    context = {"rows": directory.matrix(), "roles": ROLE_NAMES.values()}
    return render(request, "people/matrix.html", context)


@needs(None)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PortalRequest) -> HttpResponse:
    """One's own settings. What the browser remembered gives way to what is chosen here."""
    person = directory.person(request.user.pk)
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=person.pk))
    if request.method == "POST" and form.is_valid():
        services.update_profile(person, actor=request.user, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        response: HttpResponse = redirect("profile")
        for cookie in (settings.LANGUAGE_COOKIE_NAME, "theme"):
            response.delete_cookie(cookie)
        return response
    context: dict[str, Any] = {"form": form, "roles": directory.held_roles(person)}
    return render(request, "people/profile.html", context, status=422 if form.errors else 200)
