"""Keeping the state on disk: our own shelves and moto's backends, in one pickle.

Written to a temporary file and renamed, so that a reader finds the old state or the new one.
moto's backends refer to one another; such references are stored by name, and what moto cannot
give away (locks, threads) is made anew.
"""

from __future__ import annotations

import functools
import importlib
import io
import logging
import os
import pickle
import threading
from pathlib import Path
from typing import Any

from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend

from portal.local.aws import moto_door, roles
from portal.local.aws.front import Front

log = logging.getLogger("portal.local.aws")
VERSION = 1
FILE_NAME = "aws.pickle"
LOCK_TYPES = (type(threading.Lock()), type(threading.RLock()))
MAKERS = {LOCK_TYPES[0]: threading.Lock, LOCK_TYPES[1]: threading.RLock}


class MotoPickler(pickle.Pickler):
    def persistent_id(self, thing: Any) -> Any:
        if isinstance(thing, BaseBackend):
            return ("backend", _name(type(thing)), thing.account_id, thing.region_name)
        if isinstance(thing, AccountSpecificBackend):
            return ("account", _name(thing.backend), thing.account_id, "")
        if isinstance(thing, BackendDict):
            return ("service", _name(thing.backend), "", "")
        return None

    def reducer_override(self, thing: Any) -> Any:
        maker = MAKERS.get(type(thing))
        return (maker, ()) if maker else NotImplemented


class MotoUnpickler(pickle.Unpickler):
    def persistent_load(self, pid: Any) -> Any:
        kind, name, account_id, region = pid
        service = _service(name)
        if kind == "service":
            return service
        return service[account_id] if kind == "account" else service[account_id][region]


def _name(kind: type) -> str:
    """Where moto defines this class of backends: "moto.iam.models:IAMBackend"."""
    return f"{kind.__module__}:{kind.__qualname__}"


@functools.cache
def _service(name: str) -> Any:
    """The dictionary of all backends of this class."""
    module_name, _, class_name = name.partition(":")
    module = importlib.import_module(module_name)
    kind = getattr(module, class_name)
    found = (one for one in vars(module).values() if isinstance(one, BackendDict))
    return next(one for one in found if one.backend is kind)


def _in_use() -> list[Any]:
    kind: Any = BackendDict
    found: list[Any] = kind._instances
    return found


def _dump_moto() -> dict[str, bytes]:
    """Pickles by service. A service that cannot be pickled is left out, with a line in the log."""
    dumped = {}
    with moto_door.GATE.alone():
        for service in list(_in_use()):
            name = _name(service.backend)
            held = {
                (account_id, region): backend.__dict__
                for account_id, regions in service.items()
                for region, backend in regions.items()
            }
            try:
                dumped[name] = _pickled(held)
            except Exception as error:
                log.warning("snapshot.left_out", extra={"service": name, "error": str(error)})
    return dumped


def _pickled(thing: Any) -> bytes:
    out = io.BytesIO()
    MotoPickler(out, protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
    return out.getvalue()


def _load_moto(dumped: dict[str, bytes]) -> None:
    with moto_door.GATE.alone():
        for name, data in dumped.items():
            service = _service(name)
            for (account_id, region), state in MotoUnpickler(io.BytesIO(data)).load().items():
                backend = service[account_id][region]
                backend.__dict__.clear()
                backend.__dict__.update(state)


class Keeper:
    """Saves the state of a front in a folder, soon after it changed."""

    def __init__(self, front: Front, folder: Path):
        self.front = front
        self.path = folder / FILE_NAME
        self.moto: dict[str, bytes] = {}
        self.saved_change = -1
        self.saving = threading.Lock()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._keep_saving, name="snapshots", daemon=True)

    def restore(self) -> bool:
        """True when there was a snapshot to start from."""
        if not self.path.exists():
            return False
        dumped = pickle.loads(self.path.read_bytes())
        if dumped["version"] != VERSION:
            return False
        with self.front.world.lock:
            self.front.world.load(dumped["world"])
            self.front.ledger = dumped["ledger"]
        self.moto = dumped["moto"]
        _load_moto(self.moto)
        roles.complete(self.front.world)
        return True

    def save(self) -> None:
        """Writes a snapshot when something changed since the last one."""
        with self.saving:
            self._save()

    def _save(self) -> None:
        world = self.front.world
        if world.is_moto_changed:
            world.is_moto_changed = False
            self.moto = _dump_moto()
            world.touch()
        with world.lock:
            if world.change_count == self.saved_change:
                return
            self.saved_change = world.change_count
            data = pickle.dumps(
                {
                    "version": VERSION,
                    "world": world.dump(),
                    "ledger": self.front.ledger,
                    "moto": self.moto,
                },
                protocol=pickle.HIGHEST_PROTOCOL,
            )
        self._write(data)

    def _write(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}.new")
        temporary.write_bytes(data)
        temporary.replace(self.path)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.ended.set()
        self.thread.join(timeout=10)
        self.save()

    def _keep_saving(self) -> None:
        while not self.ended.wait(0.7):
            try:
                self.save()
            except Exception:
                log.exception("snapshot.failed")
