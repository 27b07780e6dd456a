"""Lists of requests, the page of one, and who may decide."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.services import requests
from portal.approvals import services as approvals
from portal.approvals.models import Approval, Rule
from portal.people.models import RoleBinding
from portal.ui.cards import cards_for
from tests import factories

QUEUE = "/accounts/requests/queue/"
MINE = "/accounts/requests/"


@pytest.fixture
def waiting(developer, connection):
    """A production request that waits for the CCoE."""
    fields = factories.wish(developer, connection, environment="production", expires_on=None)
    return requests.submit(requests.start_draft(actor=developer, **fields), actor=developer)


def text(answer) -> str:
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


def decide(client, request, *, verdict="yes", reason="", seen_hash=None):
    data = {
        "verdict": verdict,
        "reason": reason,
        "seen_hash": seen_hash or request.approval.content_hash,
    }
    return client.post(reverse("accounts:request-decide", args=[request.pk]), data)


def test_the_queue_says_which_rule_spoke_and_who_decides(waiting, ccoe, client_of):
    Approval.objects.filter(pk=waiting.approval_id).update(
        rule_name="Production", rule_reason="Production is looked at."
    )
    page = text(client_of(ccoe).get(QUEUE))
    assert "Production is looked at." in page
    assert "1 × CCoE" in page


def test_what_is_late_is_marked_and_comes_first(waiting, developer, connection, ccoe, client_of):
    fields = factories.wish(
        developer, connection, workload="late-one", environment="production", expires_on=None
    )
    late = requests.submit(requests.start_draft(actor=developer, **fields), actor=developer)
    past = timezone.now() - timedelta(hours=1)
    Approval.objects.filter(pk=late.approval_id).update(due_at=past)
    page = text(client_of(ccoe).get(QUEUE))
    assert "Late" in page
    assert page.index(late.account_name) < page.index(waiting.account_name)


def test_the_queue_is_filtered_by_environment_and_team(waiting, team, ccoe, client_of):
    client = client_of(ccoe)
    assert waiting.account_name in text(client.get(QUEUE, {"team": team.pk}))
    assert waiting.account_name not in text(client.get(QUEUE, {"environment": "sandbox"}))


def test_a_developer_has_no_queue(waiting, developer, client_of):
    assert client_of(developer).get(QUEUE).status_code == 403


def test_the_queue_has_a_pinned_number_of_queries(
    waiting, ccoe, client_of, django_assert_num_queries
):
    client = client_of(ccoe)
    client.get(QUEUE)
    with django_assert_num_queries(10):
        client.get(QUEUE)


def test_my_list_has_mine_and_my_teams_but_no_drafts_of_others(
    waiting, developer, team, connection, client_of
):
    colleague = factories.person("colleague", role="developer", team=team)
    fields = factories.wish(colleague, connection, workload="hidden-draft")
    requests.start_draft(actor=colleague, **fields)
    page = text(client_of(developer).get(MINE))
    assert waiting.account_name in page
    assert "hidden-draft" not in page


def test_my_list_does_not_have_requests_of_others(waiting, other_developer, client_of):
    assert waiting.account_name not in text(client_of(other_developer).get(MINE))


def test_an_unknown_tab_is_not_there(developer, client_of):
    assert client_of(developer).get(MINE, {"tab": "x"}).status_code == 404


def test_a_request_of_another_team_is_not_there(waiting, other_developer, client_of):
    client = client_of(other_developer)
    assert client.get(waiting.get_absolute_url()).status_code == 404
    progress = reverse("accounts:request-progress", args=[waiting.pk])
    assert client.get(progress).status_code == 404


def test_the_ccoe_approves_what_it_saw(waiting, ccoe, client_of):
    client = client_of(ccoe)
    assert "Your decision is asked for" in text(client.get(waiting.get_absolute_url()))
    assert decide(client, waiting).status_code == 302
    waiting.refresh_from_db()
    assert waiting.status == "approved"
    assert waiting.run is not None


def test_a_no_needs_a_reason(waiting, ccoe, client_of):
    answer = decide(client_of(ccoe), waiting, verdict="no")
    assert answer.status_code == 422
    assert "Say why" in text(answer)
    waiting.refresh_from_db()
    assert waiting.status == "submitted"


def test_the_requester_reads_why_it_was_rejected(waiting, ccoe, developer, client_of):
    decide(client_of(ccoe), waiting, verdict="no", reason="Use the shared account.")
    page = text(client_of(developer).get(waiting.get_absolute_url()))
    assert "Use the shared account." in page
    assert "Rejected" in page


def test_what_was_edited_meanwhile_is_not_approved(waiting, developer, ccoe, client_of):
    seen = waiting.approval.content_hash
    requests.edit(waiting, actor=developer, purpose="Quite another purpose than before.")
    assert decide(client_of(ccoe), waiting, seen_hash=seen).status_code == 409
    waiting.refresh_from_db()
    assert waiting.status == "submitted"


@pytest.fixture
def own_of_ccoe(ccoe, connection, team):
    team.memberships.create(user=ccoe)
    fields = factories.wish(
        ccoe, connection, workload="own", environment="production", expires_on=None
    )
    return requests.submit(requests.start_draft(actor=ccoe, **fields), actor=ccoe)


def test_nobody_approves_their_own_request(own_of_ccoe, ccoe, client_of):
    client = client_of(ccoe)
    page = text(client.get(own_of_ccoe.get_absolute_url()))
    assert "Nobody approves their own request" in page
    assert 'data-open="approve"' not in page
    assert decide(client, own_of_ccoe).status_code == 403
    own_of_ccoe.refresh_from_db()
    assert own_of_ccoe.status == "submitted"


def test_deciding_by_a_link_does_nothing(waiting, ccoe, client_of):
    url = reverse("accounts:request-decide", args=[waiting.pk])
    assert client_of(ccoe).get(url).status_code == 405
    assert client_of(ccoe).head(url).status_code == 405


@pytest.mark.parametrize("role", ["developer", "finance", "security", "auditor", "admin"])
def test_only_who_is_asked_decides(waiting, cast, client_of, role):
    assert decide(client_of(cast[role]), waiting).status_code in (403, 404)
    waiting.refresh_from_db()
    assert waiting.status == "submitted"


def test_another_person_confirms_when_the_decider_lost_the_role(
    waiting, ccoe, other_ccoe, client_of
):
    decide(client_of(ccoe), waiting)
    RoleBinding.objects.filter(user=ccoe).delete()
    client = client_of(other_ccoe)
    assert "Do you confirm it?" in text(client.get(waiting.get_absolute_url()))
    assert decide(client, waiting).status_code == 302
    assert "Do you confirm it?" not in text(client.get(waiting.get_absolute_url()))


def test_finance_sees_the_cost_fields_only(waiting, finance, developer, client_of):
    requests.comment(waiting, actor=developer, text="A word between engineers")
    page = text(client_of(finance).get(waiting.get_absolute_url()))
    assert "CC-1200" in page
    assert "$100.00" in page
    assert waiting.purpose not in page
    assert "A word between engineers" not in page
    assert waiting.access_group not in page


def test_finance_reads_its_own_comments(waiting, finance, client_of):
    client = client_of(finance)
    url = reverse("accounts:request-comment", args=[waiting.pk])
    assert client.post(url, {"text": "Which project pays?"}).status_code == 302
    assert "Which project pays?" in text(client.get(waiting.get_absolute_url()))


def test_the_queue_of_finance_names_no_requester(waiting, finance, client_of):
    client = client_of(finance)
    assert "Asked by" not in text(client.get(QUEUE))
    assert "Asked by" not in text(client.get(QUEUE, {"format": "csv"}))


def test_what_waits_for_finance_is_not_what_waits_for_the_ccoe(
    developer, connection, ccoe, finance, client_of
):
    rule = Rule.objects.create(
        kind="account_request", position=0, name="Large", reason="Large budgets.", outcome="ask"
    )
    rule.steps.create(position=0, role="finance")
    fields = factories.wish(developer, connection, workload="large")
    asked = requests.submit(requests.start_draft(actor=developer, **fields), actor=developer)
    assert asked.account_name in text(client_of(finance).get(QUEUE, {"tab": "mine"}))
    assert asked.account_name not in text(client_of(ccoe).get(QUEUE, {"tab": "mine"}))


def test_a_request_is_withdrawn_by_who_asked(waiting, developer, ccoe, client_of):
    url = reverse("accounts:request-withdraw", args=[waiting.pk])
    assert client_of(ccoe).post(url).status_code == 403
    assert client_of(developer).post(url).status_code == 302
    waiting.refresh_from_db()
    assert waiting.status == "withdrawn"


def test_a_comment_is_never_markup(waiting, ccoe, client_of):
    client = client_of(ccoe)
    url = reverse("accounts:request-comment", args=[waiting.pk])
    client.post(url, {"text": "<script>alert(1)</script> {{7*7}}"})
    page = text(client.get(waiting.get_absolute_url()))
    assert "<script>alert" not in page
    assert "{{7*7}}" in page


def test_an_empty_comment_is_refused(waiting, ccoe, client_of):
    url = reverse("accounts:request-comment", args=[waiting.pk])
    answer = client_of(ccoe).post(url, {"text": "  "})
    assert answer.status_code == 422
    assert "Write something first" in text(answer)


def test_a_rule_that_approves_at_once_says_why(developer, connection, client_of):
    Rule.objects.create(
        kind="account_request", position=0, name="Free", reason="Sandboxes are free.",
        outcome="approve",
    )  # fmt: skip
    fields = factories.wish(developer, connection)
    draft = requests.start_draft(actor=developer, **fields)
    client_of(developer).post(reverse("accounts:request-submit", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.status == "approved"
    page = text(client_of(developer).get(draft.get_absolute_url()))
    assert "Sandboxes are free." in page
    assert "Approved at once by a rule" in page


def test_the_page_follows_a_run_and_stops_when_it_ends(waiting, ccoe, developer, client_of):
    decide(client_of(ccoe), waiting)
    waiting.refresh_from_db()
    url = reverse("accounts:request-progress", args=[waiting.pk])
    client = client_of(developer)
    assert 'hx-trigger="every 3s"' in text(client.get(url))
    waiting.run.status, waiting.run.last_error = "failed", "AWS says the address is in use."
    waiting.run.save()
    stopped = text(client.get(url))
    assert "every 3s" not in stopped
    assert "AWS says the address is in use." in stopped


def test_a_delivered_request_hands_over(waiting, ccoe, developer, client_of):
    decide(client_of(ccoe), waiting)
    waiting.refresh_from_db()
    waiting.move(
        start="approved", end="delivered", account_id="123456789012", delivered_at=timezone.now()
    )
    page = text(client_of(developer).get(waiting.get_absolute_url()))
    assert "Your account is ready" in page
    assert 'data-copy="123456789012"' in page
    assert "aws-payments-developers" in page


def test_the_request_page_has_a_pinned_number_of_queries(
    waiting, ccoe, client_of, django_assert_max_num_queries
):
    client = client_of(ccoe)
    client.get(waiting.get_absolute_url())
    with django_assert_max_num_queries(32):
        client.get(waiting.get_absolute_url())


def test_what_waits_for_me_leaves_out_what_i_decided(waiting, ccoe):
    card = next(c for c in cards_for(ccoe) if c.key == "accounts-to-decide")
    assert card.load(ccoe).value == 1
    approvals.decide(
        waiting.approval, actor=ccoe, verdict="yes", seen_hash=waiting.approval.content_hash
    )
    assert card.load(ccoe).value == 0


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        ("developer", {"my-requests", "ask", "my-accounts"}),
        (
            "ccoe",
            {"to-decide", "without-owner", "mixed", "changes", "by-environment", "delivered"},
        ),
        ("finance", {"to-decide", "budget-asked"}),
        ("security", {"without-owner", "mixed", "changes", "by-environment", "delivered"}),
        ("auditor", {"without-owner", "changes", "by-environment", "delivered"}),
        ("admin", {"changes"}),
    ],
)
def test_each_role_has_its_cards(cast, waiting, role, keys):
    mine = [c for c in cards_for(cast[role]) if c.key.startswith("accounts-")]
    assert {c.key.removeprefix("accounts-") for c in mine} == keys
    assert all(c.load(cast[role]) for c in mine)
