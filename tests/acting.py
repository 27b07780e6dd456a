"""Changing AWS by hand in a test, in somebody's name as everything must be."""

from collections.abc import Iterator
from contextlib import contextmanager

from portal.aws.acting import Acting, acting
from portal.people.system import system_user


@contextmanager
def by_hand() -> Iterator[None]:
    user = system_user()
    context = Acting(actor_id=user.pk, actor_name=user.name, reason="a test", marker="test")
    with acting(context):
        yield
