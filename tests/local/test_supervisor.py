"""Who ends is started again, a few times."""

import pytest

from portal.local.supervisor import KeepsDying, Supervisor


class Mayfly:
    """A program that is dead whenever one looks."""

    is_alive = False
    starts = 0

    def start(self):
        self.starts += 1

    def stop(self):
        pass

    def last_lines(self):
        return "out of days"


def test_a_program_that_ended_is_started_again_and_named():
    said, mayfly = [], Mayfly()
    Supervisor({"worker": mayfly}, say=said.append).look()
    assert mayfly.starts == 1
    assert said == ["worker has ended; starting it again (1 of 3)."]


def test_a_program_that_keeps_ending_is_given_up_with_its_log():
    supervisor = Supervisor({"worker": Mayfly()}, say=[].append)
    supervisor.look()
    supervisor.look()
    supervisor.look()
    with pytest.raises(KeepsDying, match="out of days"):
        supervisor.look()
