"""Running a server as another user when we are root: PostgreSQL refuses to run as root."""

import ctypes
import os
import pwd
from collections.abc import Callable
from functools import partial
from pathlib import Path

from portal.local.processes import LIBC

_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


class CannotBecome(RuntimeError):
    """We are root and there is nobody else to be."""


def server_user() -> pwd.struct_passwd | None:
    """Who runs the database: None for "who we are", somebody without rights when we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise CannotBecome(
            "PostgreSQL refuses to run as root and there is no user nobody."
        ) from None


def as_server(user: pwd.struct_passwd | None, *, reads: list[Path]) -> Callable[[], None] | None:
    """What a child has to do before it becomes PostgreSQL; None when there is nothing to do.

    When a folder above `reads` is closed to others (a clone below /root), the child keeps the one
    capability that lets it pass. Opening the folder for everybody would be the other way.
    """
    if user is None:
        return None
    closed = [path for path in reads if not _is_open_to_others(path)]
    return partial(_become, user.pw_uid, user.pw_gid, _passing_capability() if closed else None)


def _is_open_to_others(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def _passing_capability() -> int:
    """Of the two that open folders, the weaker one we have; containers often give the other."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("CapEff"))
    ours = int(line.split()[1], 16)
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if ours >> capability & 1:
            return capability
    raise CannotBecome("This folder is closed to other users, and PostgreSQL may not run as root.")


def _become(uid: int, gid: int, capability: int | None) -> None:
    if capability is not None and LIBC is not None:
        LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if capability is not None:
        _keep(capability)


def _keep(capability: int) -> None:
    """Keep one capability over the coming exec. Source: capabilities(7), "ambient"."""
    if LIBC is None:
        return
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable
    if LIBC.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")
    if LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
