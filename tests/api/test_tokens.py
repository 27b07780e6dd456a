"""Tokens: hashed, shown once, ending, narrower than their owner, dead with their owner."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from portal.api import tokens
from portal.api.models import ApiToken
from portal.audit.models import AuditEvent
from portal.errors import Forbidden, Invalid
from portal.people.models import RoleBinding

ME = "/api/v1/me/"


def _with(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def issued(developer):
    return tokens.issue(actor=developer, name="pipeline", scope="write", days=30)


def test_a_token_signs_its_owner_in(issued, developer):
    answer = _with(issued[1]).get(ME)
    assert answer.json()["username"] == developer.username


def test_only_a_hash_of_the_token_is_kept(issued):
    token, secret = issued
    row = ApiToken.objects.filter(pk=token.pk).values_list().get()
    assert secret not in str(row)
    assert secret.startswith(token.token_key)
    assert len(secret) - len(token.token_key) > 45


def test_a_token_is_not_taken_from_the_address(issued):
    answer = Client().get(f"{ME}?token={issued[1]}&access_token={issued[1]}")
    assert answer.status_code == 401


def test_the_secret_is_in_no_log_and_no_audit_line(issued, caplog, capsys):
    _with(issued[1]).get(ME)
    _with(issued[1]).get("/api/v1/audit/")
    written = capsys.readouterr()
    assert issued[1] not in caplog.text + written.out + written.err
    assert issued[1] not in str(list(AuditEvent.objects.values()))


def test_a_token_with_one_character_changed_is_refused(issued):
    secret = issued[1][:-1] + ("0" if issued[1][-1] != "0" else "1")
    assert _with(secret).get(ME).status_code == 401


def test_a_token_of_a_deactivated_person_is_dead_at_once(issued, developer):
    client = _with(issued[1])
    assert client.get(ME).status_code == 200
    type(developer).objects.filter(pk=developer.pk).update(is_active=False)
    assert client.get(ME).status_code == 401


def test_a_session_of_a_deactivated_person_is_dead_at_once(client_of, developer):
    client = client_of(developer)
    type(developer).objects.filter(pk=developer.pk).update(is_active=False)
    assert client.get(ME).status_code == 401


def test_an_ended_token_is_refused_but_stays_listed(issued):
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert _with(issued[1]).get(ME).status_code == 401
    assert ApiToken.objects.filter(pk=issued[0].pk).exists()


def test_a_revoked_token_is_refused(issued, developer):
    tokens.revoke(issued[0], actor=developer)
    assert _with(issued[1]).get(ME).status_code == 401


def test_a_role_taken_away_is_gone_for_the_token_too(issued, developer):
    client = _with(issued[1])
    RoleBinding.objects.filter(user=developer).delete()
    assert client.get("/api/v1/accounts/").status_code == 403


def test_using_a_token_notes_when(issued):
    _with(issued[1]).get(ME)
    issued[0].refresh_from_db()
    assert timezone.now() - issued[0].last_used_at < timedelta(minutes=1)


def test_a_use_within_the_minute_is_not_written_again(issued, django_assert_num_queries):
    client = _with(issued[1])
    client.get(ME)
    before = ApiToken.objects.get().last_used_at
    client.get(ME)
    assert ApiToken.objects.get().last_used_at == before


@pytest.mark.parametrize("days", [0, -1, 366, 100000])
def test_a_token_lives_a_year_at_most(developer, days):
    with pytest.raises(Invalid) as refusal:
        tokens.issue(actor=developer, name="x", scope="read", days=days)
    assert set(refusal.value.fields) == {"days"}


def test_the_database_refuses_a_token_that_lives_longer(developer):
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.create(developer, expiry=timedelta(days=400), name="x", scope="read")


def test_the_database_refuses_a_token_without_an_end(developer):
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        ApiToken.objects.create(developer, expiry=None, name="x", scope="read")


@pytest.mark.parametrize("scope", ["", "admin", "decide"])
def test_there_is_no_other_scope(developer, scope):
    with pytest.raises(Invalid):
        tokens.issue(actor=developer, name="x", scope=scope, days=1)


def test_a_name_is_used_once_per_person(issued, developer):
    with pytest.raises(Invalid) as refusal:
        tokens.issue(actor=developer, name="pipeline", scope="read", days=1)
    assert set(refusal.value.fields) == {"name"}


def test_nobody_revokes_the_token_of_somebody_else(issued, admin):
    with pytest.raises(Forbidden):
        tokens.revoke(issued[0], actor=admin)


def test_making_and_revoking_leave_audit_lines(issued, developer):
    tokens.revoke(issued[0], actor=developer)
    found = AuditEvent.objects.filter(action__startswith="token_").order_by("id")
    assert [(e.action, e.actor_id, e.facts["prefix"]) for e in found] == [
        ("token_create", developer.pk, issued[0].token_key),
        ("token_revoke", developer.pk, issued[0].token_key),
    ]


def test_a_token_opens_no_page_of_the_browser(issued):
    assert _with(issued[1]).get("/profile/tokens/").status_code == 302
