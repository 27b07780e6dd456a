"""People and their roles: who may change them, what can't be, and what is written down."""

import pytest

from portal.audit.models import AuditEvent
from portal.errors import Conflict, Forbidden, Invalid
from portal.people import services
from portal.people.directory import matrix
from portal.people.models import RoleBinding, Team, User
from portal.people.words import ACTION_WORDS
from portal.permissions import GRANTS, Action
from tests import factories

pytestmark = pytest.mark.django_db
OU = "ou-ab12-cd345678"


def binding_of(user: User) -> RoleBinding:
    return RoleBinding.objects.get(user=user)


def bind_url(user: User) -> str:
    return f"/people/{user.pk}/roles/"


def test_an_admin_gives_a_role_on_an_ou(client_of, admin, nobody):
    response = client_of(admin).post(bind_url(nobody), {"role": "developer", "target": OU})
    assert response.status_code == 302
    assert (binding_of(nobody).role, binding_of(nobody).target) == ("developer", OU)


def test_giving_a_role_is_audited(admin, nobody):
    services.bind(nobody, role="ccoe", target="", actor=admin)
    event = AuditEvent.objects.get(action="role_bind")
    assert (event.actor, event.target_label) == (admin, str(nobody))
    assert event.facts == {"role": "ccoe", "where": ""}


@pytest.mark.parametrize("role", ["developer", "ccoe", "finance", "security", "auditor"])
def test_only_admins_give_roles(role, cast, nobody):
    with pytest.raises(Forbidden):
        services.bind(nobody, role="admin", target="", actor=cast[role])


def test_an_admin_cannot_give_themselves_a_role(client_of, admin):
    response = client_of(admin).post(bind_url(admin), {"role": "ccoe", "target": ""})
    assert response.status_code == 403
    assert admin.role_bindings.count() == 1


def test_an_admin_of_an_ou_cannot_give_roles_everywhere(nobody):
    local = factories.person("local-admin", role="admin", target=OU)
    with pytest.raises(Forbidden):
        services.bind(nobody, role="admin", target="", actor=local)


def test_an_admin_of_an_ou_can_give_roles_there(nobody):
    local = factories.person("local-admin", role="admin", target=OU)
    services.bind(nobody, role="developer", target=OU, actor=local)
    assert binding_of(nobody).target == OU


@pytest.mark.parametrize(
    "target",
    [
        "everywhere",
        "12345",
        "1234567890123",
        "ou_1",
        "O-ABC",
        "o-abc\n",
        "１２３４５６７８９０１２",
    ],
)
def test_a_role_holds_only_where_something_can_be(target, admin, nobody):
    with pytest.raises(Invalid) as raised:
        services.bind(nobody, role="developer", target=target, actor=admin)
    assert "target" in raised.value.fields


def test_a_place_that_cannot_be_is_said_beside_the_field(client_of, admin, nobody):
    response = client_of(admin).post(bind_url(nobody), {"role": "developer", "target": "nowhere"})
    assert response.status_code == 422
    assert response.context["role_form"].errors["target"]


def test_a_role_is_held_once(client_of, admin, developer):
    response = client_of(admin).post(bind_url(developer), {"role": "developer", "target": ""})
    assert response.status_code == 409


def test_a_role_taken_away_is_gone_with_the_next_click(client_of, admin, ccoe):
    theirs = client_of(ccoe)
    assert theirs.get("/people/").status_code == 200
    client_of(admin).post(f"/people/roles/{binding_of(ccoe).pk}/remove/")
    assert theirs.get("/people/").status_code == 403
    assert AuditEvent.objects.filter(action="role_unbind").count() == 1


def test_the_last_admin_stays_one(admin):
    with pytest.raises(Conflict):
        services.unbind(binding_of(admin), actor=admin)
    assert RoleBinding.objects.filter(role="admin").count() == 1
    assert not AuditEvent.objects.filter(action="role_unbind").exists()


def test_an_admin_who_cannot_sign_in_does_not_count_as_one(admin):
    factories.person("gone", role="admin")
    User.objects.filter(username="gone").update(is_active=False)
    with pytest.raises(Conflict):
        services.unbind(binding_of(admin), actor=admin)


def test_an_admin_of_an_ou_does_not_count_as_the_last_one(admin):
    factories.person("local-admin", role="admin", target=OU)
    with pytest.raises(Conflict):
        services.unbind(binding_of(admin), actor=admin)


def test_an_admin_through_a_team_counts(admin):
    team = factories.TeamFactory()
    RoleBinding.objects.create(team=team, role="admin")
    factories.person("member", team=team)
    services.unbind(binding_of(admin), actor=admin)
    assert not RoleBinding.objects.filter(user=admin).exists()


def test_the_last_admin_cannot_be_shut_out_by_one_through_a_team_that_is_empty(admin, ccoe):
    RoleBinding.objects.create(team=Team.objects.create(slug="empty", name="Empty"), role="admin")
    with pytest.raises(Conflict):
        services.unbind(binding_of(admin), actor=admin)


def test_nobody_shuts_themselves_out(admin):
    factories.person("second", role="admin")
    with pytest.raises(Conflict):
        services.set_active(admin, active=False, actor=admin, reason="leaving")


def test_a_role_of_a_team_is_not_removed_from_a_person(admin):
    binding = RoleBinding.objects.create(team=factories.TeamFactory(), role="developer")
    with pytest.raises(Conflict):
        services.unbind(binding, actor=admin)


def test_somebody_shut_out_loses_their_session_at_once(client_of, admin, developer):
    theirs = client_of(developer)
    assert theirs.get("/profile/").status_code == 200
    form = {"active": "no", "reason": "left the company"}
    client_of(admin).post(f"/people/{developer.pk}/active/", form)
    response = theirs.get("/profile/")
    assert response["Location"].startswith("/sign-in/")


def test_somebody_shut_out_loses_their_tokens(admin, developer, token_of):
    token_of(developer)
    services.set_active(developer, active=False, actor=admin, reason="left")
    assert developer.auth_token_set.count() == 0
    assert AuditEvent.objects.get(action="person_deactivate").facts == {"tokens_ended": 1}


@pytest.fixture
def token_of():
    from datetime import timedelta

    from knox.models import get_token_model

    def make(user: User):
        return get_token_model().objects.create(user=user, expiry=timedelta(days=1), name="test")

    return make


def test_shutting_out_needs_a_reason(client_of, admin, developer):
    response = client_of(admin).post(f"/people/{developer.pk}/active/", {"active": "no"})
    assert response.status_code == 422
    developer.refresh_from_db()
    assert developer.is_active


def test_letting_in_again_is_audited_with_its_reason(admin, developer):
    User.objects.filter(pk=developer.pk).update(is_active=False)
    services.set_active(developer, active=True, actor=admin, reason="came back")
    event = AuditEvent.objects.get(action="person_activate")
    assert (event.reason, event.actor) == ("came back", admin)


def test_shutting_out_twice_is_a_conflict(admin, developer):
    services.set_active(developer, active=False, actor=admin, reason="left")
    with pytest.raises(Conflict):
        services.set_active(developer, active=False, actor=admin, reason="left")


def test_the_portal_itself_is_not_among_the_people(client_of, admin):
    system = User.objects.create(username="portal", name="Portal", is_system=True, is_active=False)
    client = client_of(admin)
    assert client.get(f"/people/{system.pk}/").status_code == 404
    assert client.post(bind_url(system), {"role": "admin"}).status_code == 404


def listed(response) -> set[str]:
    return {row.record.username for row in response.context["list"].table.rows}


def test_the_list_finds_those_who_hold_a_role_through_a_team(client_of, auditor, developer, team):
    RoleBinding.objects.create(team=team, role="finance")
    response = client_of(auditor).get("/people/?role=finance")
    assert listed(response) == {"dev"}


def test_the_list_finds_those_without_any_role(client_of, admin, developer, nobody):
    assert listed(client_of(admin).get("/people/?role=none")) == {"nobody"}


def test_the_list_finds_by_name_team_and_state(client_of, admin, developer, team):
    response = client_of(admin).get(f"/people/?q=dev&team={team.pk}&active=yes")
    assert listed(response) == {"dev"}


def test_the_list_costs_the_same_however_many_people(client_of, admin, django_assert_num_queries):
    [factories.person(f"p-{i}", role="developer", team=factories.TeamFactory()) for i in range(20)]
    client = client_of(admin)
    client.get("/people/")
    with django_assert_num_queries(8):
        client.get("/people/", headers={"HX-Request": "true"})


def test_the_matrix_page_shows_the_matrix(client_of, auditor):
    page = client_of(auditor).get("/people/matrix/").content.decode()
    assert page.count('scope="row"') == len(GRANTS)


def test_every_action_has_words():
    assert set(ACTION_WORDS) == set(Action)


def test_the_matrix_in_words_says_what_the_matrix_says():
    shown = {row.action: [scope for _role, scope in row.cells] for row in matrix()}
    assert shown[Action.AUDIT_EXPORT] == ["", "", "", "", "all", ""]
    assert shown[Action.ACCOUNT_VIEW] == ["own", "all", "all", "all", "all", "all"]


def test_teams_show_their_members(client_of, auditor, developer):
    assert developer.name in client_of(auditor).get("/people/teams/").content.decode()


def test_forms_to_change_people_are_shown_to_admins_only(client_of, auditor, admin, developer):
    url = f"/people/{developer.pk}/"
    assert bind_url(developer) not in client_of(auditor).get(url).content.decode()
    assert bind_url(developer) in client_of(admin).get(url).content.decode()
