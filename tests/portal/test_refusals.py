"""Refused attempts stand in the audit log."""

import pytest
from django.urls import reverse

from accounts.services import requests
from portal.audit.models import AuditEvent
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(developer, connection):
    draft = requests.start_draft(actor=developer, **factories.wish(developer, connection))
    return requests.submit(draft, actor=developer)


def test_deciding_on_ones_own_request_is_refused_and_noted(client_of, developer, asked):
    address = reverse("accounts:request-decide", args=[asked.pk])
    seen = asked.approval.content_hash
    answer = client_of(developer).post(address, {"verdict": "yes", "seen_hash": seen})
    event = AuditEvent.objects.get(action="refused")
    assert answer.status_code == 403
    assert (event.actor, event.facts["path"]) == (developer, address)


def test_reading_what_one_may_not_is_refused_without_a_line(client_of, developer):
    assert client_of(developer).get(reverse("audit-list")).status_code == 403
    assert not AuditEvent.objects.filter(action="refused").exists()


def test_a_program_that_is_refused_is_noted_too(client_of, finance, asked):
    address = f"/api/v1/requests/{asked.pk}/withdraw/"
    answer = client_of(finance).post(address, {}, content_type="application/json")
    assert answer.status_code in (403, 404)
    noted = AuditEvent.objects.filter(action="refused").count()
    assert noted == (answer.status_code == 403)
