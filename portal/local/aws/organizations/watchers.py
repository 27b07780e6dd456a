"""Who wants to know that an account went elsewhere: stack sets follow it by themselves."""

from __future__ import annotations

from collections.abc import Callable

from portal.local.aws.organizations.model import Account, Organisation
from portal.local.aws.world import World

MoveWatcher = Callable[[World, Organisation, Account, str], None]
LeaveWatcher = Callable[[World, Organisation, Account], None]
on_move: list[MoveWatcher] = []
on_leave: list[LeaveWatcher] = []


def account_moved(
    world: World, organisation: Organisation, account: Account, source_id: str
) -> None:
    for watcher in on_move:
        watcher(world, organisation, account, source_id)


def account_left(world: World, organisation: Organisation, account: Account) -> None:
    for watcher in on_leave:
        watcher(world, organisation, account)
