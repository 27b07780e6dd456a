"""The walker: one worker per run, late results thrown away, tries counted, people heard."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.utils import timezone

from portal.approvals.models import Approval
from portal.audit.models import AuditEvent
from portal.aws.errors import Busy, NoAnswer
from portal.aws.journal import require_hold
from portal.errors import Conflict, Forbidden, Invalid
from portal.flow import runner, runs
from portal.flow.models import Run, RunStep
from portal.flow.steps import DONE, PLANS, STEPS, Outcome, Plan, Refused, Step, again, done
from tests import factories

pytestmark = pytest.mark.django_db
STEPS_OF_THE_TEST = ("test.first", "test.second", "test.third")


class Script:
    """What each step does when it is walked, and which were."""

    def __init__(self) -> None:
        self.walked: list[str] = []
        self.ended: list[str] = []
        self.does: dict[str, Callable[[], Outcome]] = {}

    def step(self, name: str) -> Step:
        def do(_subject) -> Outcome:
            self.walked.append(name)
            return self.does.get(name, lambda: DONE)()

        return Step(name, name, do)

    def raises(self, name: str, error: Exception) -> None:
        def fail() -> Outcome:
            raise error

        self.does[name] = fail


@pytest.fixture
def script(monkeypatch) -> Script:
    script = Script()
    for name in STEPS_OF_THE_TEST:
        monkeypatch.setitem(STEPS, name, script.step(name))
    plan = Plan(
        "test", "Test", "accounts.AccountRequest", STEPS_OF_THE_TEST,
        lambda _subject, run: script.ended.append(run.status),
    )  # fmt: skip
    monkeypatch.setitem(PLANS, "test", plan)
    return script


@pytest.fixture
def run(script, developer, connection) -> Run:
    """A run of three steps for a request, due."""
    made = runs.start(PLANS["test"], actor=developer, title="A test", reason="Because.")
    approval = Approval.objects.create(kind="x", title="x", requested_by=developer)
    factories.RequestFactory(
        requester=developer, connection=connection, run=made, approval=approval, status="approved"
    )
    due(made)
    return made


def due(run: Run) -> None:
    """As if the waiting were over."""
    Run.objects.filter(pk=run.pk).update(due_at=timezone.now() - timedelta(days=1))
    run.refresh_from_db()


def look(run: Run, *, times: int = 1) -> Run:
    for _turn in range(times):
        due(run)
        runner.advance(run.pk)
    run.refresh_from_db()
    return run


def line(run: Run, position: int) -> RunStep:
    return RunStep.objects.get(run=run, position=position)


# --- walking


def test_a_run_walks_its_steps_in_order_and_ends(run, script):
    look(run, times=3)
    assert script.walked == list(STEPS_OF_THE_TEST)
    assert (run.status, script.ended) == (Run.Status.DONE, ["done"])
    assert run.ended_at is not None
    assert AuditEvent.objects.filter(action="run_done").count() == 1


def test_an_ended_run_is_not_walked_again(run, script):
    look(run, times=5)
    assert len(script.walked) == 3


def test_what_a_step_says_stands_beside_it(run, script):
    script.does["test.first"] = lambda: done("car-1 \x00 made")
    look(run)
    assert (line(run, 0).note, line(run, 0).status) == ("car-1  made", "done")


def test_a_run_under_way_keeps_its_steps_when_a_release_changes_the_plan(run, script, monkeypatch):
    look(run)
    longer = Plan("test", "Test", "accounts.AccountRequest", ("test.new", *STEPS_OF_THE_TEST),
                  lambda _subject, run: script.ended.append(run.status))  # fmt: skip
    monkeypatch.setitem(PLANS, "test", longer)
    look(run, times=2)
    assert script.walked == list(STEPS_OF_THE_TEST)
    assert run.status == Run.Status.DONE


# --- one worker per run


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_walk_the_same_run(run, script):
    start = Barrier(4)

    def claim(_number: int) -> bool:
        try:
            start.wait(10)
            return Run.objects.claim(run.pk, hold_seconds=60) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        won = [list(pool.map(claim, range(4))).count(True) for _round in _rounds(run, 25)]
    assert won == [1] * 25


def _rounds(run: Run, many: int):
    for number in range(many):
        Run.objects.filter(pk=run.pk).update(held_until=None, due_at="2020-01-01T00:00:00Z")
        yield number


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_twice_walks_a_step_once(run, script):
    begun, go_on = Event(), Event()

    def slow() -> Outcome:
        begun.set()
        go_on.wait(10)
        return DONE

    script.does["test.first"] = slow

    def walk() -> None:
        try:
            runner.advance(run.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(walk)
        assert begun.wait(10)
        runner.advance(run.pk)
        go_on.set()
        first.result()
    assert script.walked == ["test.first"]


def test_each_claim_raises_the_fence(run):
    fences = [Run.objects.claim(run.pk, hold_seconds=-1).fence for _turn in range(3)]
    assert fences == [run.fence + 1, run.fence + 2, run.fence + 3]


def test_a_held_run_is_free_again_when_the_hold_ran_out(run, script):
    Run.objects.filter(pk=run.pk).update(held_until=timezone.now() - timedelta(seconds=1))
    runner.advance(run.pk)
    assert script.walked == ["test.first"]


def taken_over(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(fence=99, held_until=Now() + timedelta(hours=1))


RESULTS = {
    "done": lambda: DONE,
    "not yet": lambda: again(seconds=5),
    "refused": lambda: (_ for _ in ()).throw(Refused("No.")),
    "error": lambda: (_ for _ in ()).throw(ValueError("broken")),
    "busy": lambda: (_ for _ in ()).throw(Busy("a:B", "Throttling")),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_a_late_workers_result_is_thrown_away(run, script, result):
    def late() -> Outcome:
        taken_over(run)
        return result()

    script.does["test.first"] = late
    assert runner.advance(run.pk) is False
    run.refresh_from_db()
    assert (run.position, run.status, run.fence, run.last_error) == (0, "active", 99, "")
    assert run.held_until is not None


def test_a_late_worker_may_not_send_anything(run, script):
    sent = []

    def late() -> Outcome:
        taken_over(run)
        require_hold()
        sent.append("a call")
        return DONE

    script.does["test.first"] = late
    runner.advance(run.pk)
    assert sent == []


def test_whoever_holds_the_run_may_send(run, script):
    def in_time() -> Outcome:
        require_hold()
        return DONE

    script.does["test.first"] = in_time
    assert runner.advance(run.pk) is True


def test_a_result_that_comes_after_a_cancel_changes_nothing(run, script, ccoe):
    def cancelled() -> Outcome:
        runs.cancel(Run.objects.get(pk=run.pk), actor=ccoe, reason="Not needed.")
        return DONE

    script.does["test.first"] = cancelled
    runner.advance(run.pk)
    run.refresh_from_db()
    assert (run.status, run.position, script.ended) == ("cancelled", 0, ["cancelled"])


# --- waiting and trying


def test_looking_again_is_not_a_try(run, script):
    script.does["test.first"] = lambda: again(seconds=20, note="AWS is making it.")
    look(run, times=30)
    assert (run.status, run.tries, line(run, 0).status) == ("active", 0, "waiting")
    assert run.due_at > timezone.now()


def test_errors_back_off_and_at_last_need_a_person(run, script, settings):
    script.raises("test.first", ValueError("broken"))
    most = settings.PORTAL.flow.max_tries
    assert look(run, times=most - 1).is_active
    assert run.due_at > timezone.now() + timedelta(seconds=60)
    assert look(run).needs_person
    assert "broken" in run.last_error
    assert AuditEvent.objects.filter(action="run_failed").count() == 1


def test_a_success_forgets_the_errors_before_it(run, script, settings):
    script.raises("test.first", ValueError("broken"))
    look(run, times=settings.PORTAL.flow.max_tries - 1)
    script.does.clear()
    assert (look(run).tries, run.last_error) == (0, "")


def test_aws_being_busy_never_needs_a_person(run, script):
    script.raises("test.first", Busy("a:B", "Throttling"))
    assert look(run, times=30).is_active
    assert run.due_at > timezone.now() + timedelta(seconds=15)


def test_aws_being_busy_uses_up_no_try(run, script, settings):
    script.raises("test.first", Busy("a:B", "Throttling"))
    look(run, times=5)
    script.raises("test.first", ValueError("broken"))
    assert look(run, times=settings.PORTAL.flow.max_tries - 1).is_active
    assert look(run).needs_person


def test_a_queue_says_how_long_to_wait(run, script):
    busy = Busy("a:B", "Queued")
    busy.wait_seconds = 600
    script.raises("test.first", busy)
    look(run)
    assert run.due_at > timezone.now() + timedelta(seconds=500)


def test_no_answer_is_tried_again(run, script):
    script.raises("test.first", NoAnswer("a:B", "ReadTimeoutError"))
    assert (look(run).tries, run.is_active) == (1, True)


@pytest.mark.parametrize("error", [Refused("Never."), Forbidden("Never.")])
def test_a_refusal_needs_a_person_at_once(run, script, error):
    script.raises("test.first", error)
    assert look(run).needs_person
    assert (run.last_error, line(run, 0).status) == ("Never.", "failed")


def test_an_error_with_a_nul_in_it_is_counted_too(run, script):
    script.raises("test.first", ValueError("strange \x00 answer"))
    assert look(run).tries == 1


# --- being woken


def test_only_what_is_due_and_free_is_woken(run, script, messages, developer):
    others = [Run.objects.create(plan="test", actor=developer, due_at="2020-01-01T00:00:00Z")
              for _each in range(4)]  # fmt: skip
    Run.objects.filter(pk=others[0].pk).update(status="failed")
    Run.objects.filter(pk=others[1].pk).update(due_at=timezone.now() + timedelta(minutes=1))
    Run.objects.filter(pk=others[2].pk).update(held_until=timezone.now() + timedelta(minutes=1))
    messages.clear()
    assert runner.wake_due() == 2
    assert {arguments[0] for _task, arguments in messages} == {run.pk, others[3].pk}


def test_who_waits_longest_is_woken_first(run, messages, developer):
    older = Run.objects.create(plan="test", actor=developer, due_at="2020-01-01T00:00:00Z")
    assert Run.objects.due_ids() == [older.pk, run.pk]


# --- people


@pytest.fixture
def stopped(run, script) -> Run:
    script.raises("test.first", Refused("A person must look."))
    look(run)
    script.does.clear()
    return run


def steered(run: Run) -> dict:
    return AuditEvent.objects.get(action="run_steer", target_id=str(run.pk)).facts


@pytest.mark.parametrize("role", ["developer", "finance", "security", "auditor", "admin"])
def test_only_the_ccoe_steers_a_run(stopped, cast, role):
    with pytest.raises(Forbidden):
        runs.retry(stopped, actor=cast[role])
    with pytest.raises(Forbidden):
        runs.skip(stopped, actor=cast[role], reason="x")
    with pytest.raises(Forbidden):
        runs.cancel(stopped, actor=cast[role], reason="x")


def test_a_retry_walks_the_failed_step_again(stopped, script, ccoe):
    runs.retry(stopped, actor=ccoe, reason="AWS was asked.")
    assert (steered(stopped)["do"], stopped.tries) == ("retry", 0)
    look(stopped, times=3)
    assert script.walked == ["test.first", *STEPS_OF_THE_TEST]


def test_a_retry_begins_where_the_refusal_said(run, script, ccoe):
    script.raises("test.third", Refused("Begin again.", restart="test.second"))
    look(run, times=3)
    script.does.clear()
    runs.retry(run, actor=ccoe)
    assert (run.position, line(run, 1).status, line(run, 0).status) == (1, "pending", "done")


def test_a_run_that_walks_can_not_be_retried_or_skipped(run, ccoe):
    with pytest.raises(Conflict):
        runs.retry(run, actor=ccoe)
    with pytest.raises(Conflict):
        runs.skip(run, actor=ccoe, reason="Not needed.")


def test_a_page_that_is_old_can_not_skip_another_step(stopped, script, ccoe):
    old = Run.objects.get(pk=stopped.pk)
    script.raises("test.second", Refused("Again."))
    runs.retry(stopped, actor=ccoe)
    look(stopped, times=2)
    runs.skip(old, actor=ccoe, reason="Not needed.")
    assert (line(stopped, 0).status, line(stopped, 1).status) == ("done", "skipped")


def test_a_skip_goes_on_after_the_step_and_says_who_and_why(stopped, script, ccoe):
    runs.skip(stopped, actor=ccoe, reason="Done by hand.")
    skipped = line(stopped, 0)
    assert (skipped.status, skipped.skipped_by, skipped.note) == ("skipped", ccoe, "Done by hand.")
    assert steered(stopped) == {"do": "skip", "step": "test.first"}
    look(stopped, times=2)
    assert script.walked[1:] == ["test.second", "test.third"]


def test_skipping_the_last_step_ends_the_run(run, script, ccoe):
    script.raises("test.third", Refused("Can't."))
    look(run, times=3)
    runs.skip(run, actor=ccoe, reason="Done by hand.")
    assert (run.status, script.ended) == ("done", ["failed", "done"])
    assert run.ended_at is not None


def test_a_step_that_others_stand_on_can_not_be_skipped(stopped, ccoe, monkeypatch):
    monkeypatch.setattr(runs, "UNSKIPPABLE", {"test.first"})
    with pytest.raises(Conflict):
        runs.skip(stopped, actor=ccoe, reason="Done by hand.")
    assert line(stopped, 0).status == "failed"


@pytest.mark.parametrize("what", [runs.skip, runs.cancel])
def test_leaving_something_out_needs_a_reason(stopped, ccoe, what):
    with pytest.raises(Invalid):
        what(stopped, actor=ccoe, reason="  ")
    stopped.refresh_from_db()
    assert stopped.needs_person


@pytest.mark.parametrize("status", ["active", "failed"])
def test_a_cancelled_run_is_over_for_good(run, script, ccoe, status):
    Run.objects.filter(pk=run.pk).update(status=status)
    runs.cancel(run, actor=ccoe, reason="Not needed any more.")
    look(run)
    assert (run.status, script.walked, script.ended) == ("cancelled", [], ["cancelled"])
    with pytest.raises(Conflict):
        runs.cancel(run, actor=ccoe, reason="Again.")
    with pytest.raises(Conflict):
        runs.retry(run, actor=ccoe)


def test_a_cancel_wins_whatever_the_run_did_since_the_page_was_shown(run, script, ccoe):
    old = Run.objects.get(pk=run.pk)
    script.raises("test.first", Refused("Stop."))
    look(run)
    runs.cancel(old, actor=ccoe, reason="Not needed any more.")
    assert old.status == "cancelled"
