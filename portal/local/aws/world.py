"""The state of the local AWS: a clock, a lock, work that is due later, and shelves of data.

Everything a snapshot must keep hangs on `World`. Each service keeps its data in a dataclass of
its own, got by `world.shelf(Kind)`, so that this module knows no service.
"""

from __future__ import annotations

import heapq
import itertools
import random
import string
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from portal.local.aws.faults import Faults

T = TypeVar("T")
Deed = Callable[..., None]
DEEDS: dict[str, Deed] = {}
ID_LETTERS = string.ascii_lowercase + string.digits


@dataclass(kw_only=True)
class Settings:
    """What a test or the demo may turn at run time. Seconds are real seconds."""

    create_seconds: float = 3.0
    close_seconds: float = 3.0
    stackset_seconds: float = 2.0
    assignment_seconds: float = 1.0
    policy_type_seconds: float = 0.0
    latency_ms: float = 0.0
    # A new account is missing from the lists for this long after SUCCEEDED.
    list_delay_seconds: float = 0.0
    # STS refuses to enter a new account for this long after SUCCEEDED.
    first_use_seconds: float = 0.0
    omit_status: bool = False
    omit_paths: bool = False
    enforce_rates: bool = False
    page_size: int = 20
    account_limit: int = 50_000
    unit_limit: int = 2_000
    creations_in_progress: int = 5
    closures_in_progress: int = 3
    closures_per_month: int = 250
    assignments_in_progress: int = 10
    deploy_stacks: bool = True

    def change(self, changes: dict[str, Any]) -> None:
        """Raises ValueError for an unknown name or a value of the wrong kind."""
        known = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name}")
            if isinstance(value, bool) != (known[name] is bool):
                raise ValueError(f"{name} takes a {known[name].__name__}")
            setattr(self, name, known[name](value))

    def describe(self) -> dict[str, Any]:
        return asdict(self)


def deed(function: Deed) -> Deed:
    """Marks a function as something that can be due later; it is stored by its name."""
    DEEDS[function.__qualname__] = function
    return function


class World:
    """Hold `lock` around everything that reads or writes shelves."""

    def __init__(self, settings: Settings | None = None, *, seed: int = 20261123):
        self.lock = threading.RLock()
        self.settings = settings or Settings()
        self.clock: Callable[[], float] = time.time
        self.random = random.Random(seed)
        self.shelves: dict[str, Any] = {}
        self.due: list[tuple[float, int, str, dict[str, Any]]] = []
        self.sequence = itertools.count()
        self.faults = Faults()
        self.change_count = 0
        self.is_moto_changed = False  # what moto holds is newer than the last snapshot

    def now(self) -> float:
        return self.clock()

    def shelf(self, kind: Callable[[], T]) -> T:
        """The one object of this class, made at first use."""
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name not in self.shelves:
            self.shelves[name] = kind()
        found: T = self.shelves[name]
        return found

    def later(self, seconds: float, function: Deed, **arguments: Any) -> None:
        """Has `function(world, **arguments)` done after so many seconds; at once for 0."""
        if seconds <= 0:
            function(self, **arguments)
            return
        entry = (self.now() + seconds, next(self.sequence), function.__qualname__, arguments)
        heapq.heappush(self.due, entry)

    def settle(self) -> None:
        """Does what has become due. Called before every answer, so no thread is needed."""
        while self.due and self.due[0][0] <= self.now():
            _, _, name, arguments = heapq.heappop(self.due)
            DEEDS[name](self, **arguments)
            self.touch()

    def finish(self) -> None:
        """Does all that is due at any time, at once: for seeds and impatient tests."""
        while self.due:
            _, _, name, arguments = heapq.heappop(self.due)
            DEEDS[name](self, **arguments)
            self.touch()

    def touch(self) -> None:
        """Says that something changed, so that the next snapshot is worth its while."""
        self.change_count += 1

    def new_id(self, prefix: str, length: int, letters: str = ID_LETTERS) -> str:
        return prefix + "".join(self.random.choices(letters, k=length))

    def new_uuid(self) -> str:
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def empty(self, *, seed: int = 20261123) -> None:
        self.shelves.clear()
        self.due.clear()
        self.random.seed(seed)
        self.touch()

    def dump(self) -> dict[str, Any]:
        """All that `load` needs, picklable. The caller holds the lock until it is pickled."""
        return {
            "settings": self.settings,
            "random": self.random.getstate(),
            "shelves": self.shelves,
            "due": list(self.due),
        }

    def load(self, dumped: dict[str, Any]) -> None:
        self.settings.change(dumped["settings"].describe())
        self.random.setstate(dumped["random"])
        self.shelves.clear()
        self.shelves.update(dumped["shelves"])
        self.due[:] = dumped["due"]
        heapq.heapify(self.due)
        # Entries compare by (time, number): numbers must go on above the restored ones.
        top = max((number for _, number, _, _ in self.due), default=-1)
        self.sequence = itertools.count(top + 1)
