"""The connections page and the switch between observing and managing."""

import pytest
from django.urls import reverse

from portal.audit.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def observed():
    return factories.ConnectionFactory(mode="observe")


def switch(client, connection, **more):
    address = reverse("connection-set-mode", args=[connection.pk])
    return client.post(address, {"mode": "manage", "reason": "The roles are there.", **more})


def test_an_administrator_lets_the_portal_manage(client_of, admin, observed):
    answer = switch(client_of(admin), observed)
    observed.refresh_from_db()
    assert (answer.status_code, observed.mode) == (302, "manage")
    event = AuditEvent.objects.get(action="connection_manage")
    assert (event.actor, event.reason) == (admin, "The roles are there.")


@pytest.mark.parametrize("role", ["developer", "ccoe", "finance", "security", "auditor"])
def test_nobody_else_can(client_of, cast, observed, role):
    assert switch(client_of(cast[role]), observed).status_code == 403
    observed.refresh_from_db()
    assert observed.mode == "observe"


def test_without_a_reason_nothing_is_switched(client_of, admin, observed):
    answer = switch(client_of(admin), observed, reason=" ")
    observed.refresh_from_db()
    assert (answer.status_code, observed.mode) == (422, "observe")


def test_switching_to_what_it_is_already_is_a_conflict(client_of, admin, observed):
    assert switch(client_of(admin), observed, mode="observe").status_code == 409


def test_the_page_shows_each_organisation_and_no_button_to_readers(client_of, auditor, observed):
    page = client_of(auditor).get(reverse("connection-list")).content.decode()
    assert observed.name in page
    assert reverse("connection-set-mode", args=[observed.pk]) not in page
