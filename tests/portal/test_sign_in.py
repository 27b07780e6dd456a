"""Signing in and out: where it leads, what it tells, what it leaves behind."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory

from portal.audit.models import AuditEvent
from portal.people.models import User
from portal.people.sign_in import safe_next

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-pass-phrase-7"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def hana(admin) -> User:
    user = User.objects.create_user("hana", email="hana@example.com", password=PASSWORD)
    user.role_bindings.create(role="developer")
    return user


def enter(client: Client, name: str, password: str, **more: str):
    return client.post("/sign-in/", {"username": name, "password": password, **more})


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "https:///evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "\t//evil.example",
        "http://testserver@evil.example/",
        "evil.example",
        "https://ｅｖｉｌ.example/",
        "",
    ],
)
def test_next_leads_nowhere_but_into_the_portal(target):
    request = RequestFactory().post("/sign-in/", {"next": target})
    assert safe_next(request) == "/"


@pytest.mark.parametrize("target", ["/runs/", "/audit/?action=sign_in&before=7", "/%2f%2fevil"])
def test_next_leads_to_pages_of_the_portal(target):
    request = RequestFactory().post("/sign-in/", {"next": target})
    assert safe_next(request) == target


def test_signing_in_leads_to_where_one_wanted_to_go(hana):
    response = enter(Client(), "hana", PASSWORD, next="/profile/")
    assert (response.status_code, response["Location"]) == (302, "/profile/")


def test_signing_in_does_not_lead_to_another_host(hana):
    response = enter(Client(), "hana", PASSWORD, next="//evil.example/")
    assert response["Location"] == "/"


def test_signing_in_is_audited(hana):
    enter(Client(), "hana", PASSWORD)
    event = AuditEvent.objects.get(action="sign_in")
    assert (event.actor, event.facts, event.address) == (hana, {"by": "password"}, "127.0.0.1")


def test_signing_in_gives_the_session_a_new_key(hana):
    client = Client()
    client.get("/sign-in/")
    client.cookies["portal-session"] = "chosen-by-an-attacker"
    enter(client, "hana", PASSWORD)
    assert client.cookies["portal-session"].value != "chosen-by-an-attacker"


def test_signing_out_ends_the_session_on_the_server(hana):
    client = Client()
    enter(client, "hana", PASSWORD)
    key = client.cookies["portal-session"].value
    client.post("/sign-out/")
    assert not Session.objects.filter(session_key=key).exists()
    assert AuditEvent.objects.filter(action="sign_out", actor=hana).exists()


def test_signing_out_needs_a_post(client_of, developer):
    client = client_of(developer)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/profile/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_page(hana):
    known = enter(Client(), "hana", "wrong-wrong-wrong")
    unknown = enter(Client(), "nana", "wrong-wrong-wrong")
    assert known.status_code == unknown.status_code == 422
    assert _without_token(known, "hana") == _without_token(unknown, "nana")


def _without_token(response, name: str) -> str:
    """The page without what differs at every call: token, request id, and the name itself."""
    text = UUID.sub("", response.content.decode().replace(name, ""))
    return "\n".join(line for line in text.splitlines() if "csrf" not in line.lower())


@pytest.mark.parametrize("name", ["hana", "nana"])
def test_an_unknown_name_costs_as_many_queries_as_a_known_one(
    name, hana, django_assert_num_queries
):
    enter(Client(), name, "wrong-wrong-wrong")  # makes the system user
    with django_assert_num_queries(11):
        enter(Client(), name, "wrong-wrong-wrong")


def test_a_failed_try_is_audited_without_the_password(hana):
    enter(Client(), "hana", "wrong-wrong-wrong")
    event = AuditEvent.objects.get(action="sign_in_failed")
    assert event.actor.is_system
    assert event.facts == {"name": "hana", "locked": False}
    assert event.target_id == str(hana.pk)


def test_an_unknown_name_is_audited_as_it_was_tried(db):
    enter(Client(), "nana\x00" + "x" * 200, "wrong-wrong-wrong")
    event = AuditEvent.objects.get(action="sign_in_failed")
    assert event.facts["name"].startswith("nanax")
    assert event.target_kind == ""


@pytest.fixture
def guessed(settings):
    """Tries often enough that the next one is refused; answers the last response."""

    def guess(client: Client, name: str):
        last = [enter(client, name, "wrong-wrong-wrong") for _try in range(8)]
        return last[-1]

    return guess


def test_after_eight_tries_even_the_right_password_is_refused(hana, guessed):
    client = Client()
    guessed(client, "hana")
    assert enter(client, "hana", PASSWORD).status_code == 429


def test_being_locked_out_does_not_tell_whether_the_name_exists(hana, guessed):
    known, unknown = guessed(Client(), "hana"), guessed(Client(), "nana")
    assert known.status_code == unknown.status_code == 429
    assert _without_token(known, "hana") == _without_token(unknown, "nana")


def test_a_locked_name_can_be_used_from_another_address(hana, guessed):
    guessed(Client(), "hana")
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert enter(elsewhere, "hana", PASSWORD).status_code == 302


def test_somebody_shut_out_cannot_sign_in(hana):
    User.objects.filter(pk=hana.pk).update(is_active=False)
    assert enter(Client(), "hana", PASSWORD).status_code == 422


def test_the_system_user_cannot_sign_in(db):
    User.objects.create(username="portal", name="Portal", is_system=True, is_active=False)
    assert enter(Client(), "portal", "!").status_code == 422


def test_sign_in_needs_a_csrf_token(hana):
    assert enter(Client(enforce_csrf_checks=True), "hana", PASSWORD).status_code == 403


def test_a_stranger_is_sent_to_sign_in_and_back(client):
    response = client.get("/runs/?status=failed")
    assert response["Location"] == "/sign-in/?next=/runs/%3Fstatus%3Dfailed"


def test_a_lost_session_answers_htmx_with_401(client):
    response = client.get("/runs/", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response["X-Sign-In"].startswith("/sign-in/?next=")


def test_the_persona_switch_does_not_exist_outside_the_demo(client, developer):
    response = client.post("/persona/", {"username": developer.username})
    assert response.status_code in (302, 404)
    assert "_auth_user_id" not in client.session


def test_outside_the_demo_sign_in_names_nobody(client, developer):
    assert client.get("/sign-in/").context["personas"] == []


@pytest.fixture
def _demo(settings):
    settings.PORTAL = settings.PORTAL.model_copy(update={"demo": True})
    settings.ROOT_URLCONF = "tests.portal.demo_urls"


@pytest.mark.usefixtures("_demo")
def test_in_the_demo_one_click_makes_one_a_persona(client, developer):
    client.post("/persona/", {"username": developer.username})
    assert client.session["_auth_user_id"] == str(developer.pk)
    assert AuditEvent.objects.get(action="sign_in").facts == {"by": "persona"}


@pytest.mark.usefixtures("_demo")
def test_in_the_demo_nobody_but_personas_can_be_chosen(client, nobody):
    assert client.post("/persona/", {"username": nobody.username}).status_code == 404


@pytest.mark.usefixtures("_demo")
def test_in_the_demo_each_role_offers_personas(client, cast):
    offered = {p.username for p in client.get("/sign-in/").context["personas"]}
    assert offered == {user.username for user in cast.values()}


def test_a_profile_is_changed_by_oneself_and_audited(client_of, developer):
    form = {"name": "Dev Eloper", "language": "ja", "time_zone": "Asia/Tokyo", "theme": "dark"}
    response = client_of(developer).post("/profile/", form)
    developer.refresh_from_db()
    assert response.status_code == 302
    assert (developer.name, developer.time_zone, developer.theme) == (
        "Dev Eloper",
        "Asia/Tokyo",
        "dark",
    )
    event = AuditEvent.objects.get(action="profile_change")
    assert event.facts["before"]["name"] != event.facts["after"]["name"]


def test_a_profile_cannot_be_used_to_become_more(client_of, developer):
    form = {"name": "Dev", "theme": "auto", "is_system": "1", "username": "root", "is_active": ""}
    client_of(developer).post("/profile/", form)
    developer.refresh_from_db()
    assert (developer.username, developer.is_system, developer.is_active) == ("dev", False, True)


def test_an_impossible_time_zone_is_refused_with_a_sentence(client_of, developer):
    form = {"name": "Dev", "theme": "auto", "time_zone": "../../etc/passwd"}
    response = client_of(developer).post("/profile/", form)
    assert response.status_code == 422
    assert response.context["form"].errors["time_zone"]
