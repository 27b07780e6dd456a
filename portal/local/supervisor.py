"""Keeps a few programs alive until somebody says stop."""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

_MOST_RESTARTS = 3
_WITHIN_SECONDS = 120.0


class Program(Protocol):
    """What can be watched: a child process, or an embedded server."""

    @property
    def is_alive(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def last_lines(self) -> str: ...


class KeepsDying(RuntimeError):
    """A program ended more often than restarting can help; the message names it and its log."""


class Supervisor:
    """Restarts what ended, and gives up on what ends again and again."""

    def __init__(self, programs: Mapping[str, Program], *, say: Callable[[str], None]) -> None:
        self.programs = programs
        self._say = say
        self._deaths: dict[str, list[float]] = {name: [] for name in programs}

    def watch(self) -> None:
        """Look after them for ever. Raises KeepsDying; leaves by exception only."""
        while True:
            self.look()
            time.sleep(0.5)

    def look(self) -> None:
        """Restart each program that has ended since the last look."""
        for name, program in self.programs.items():
            if not program.is_alive:
                self._restart(name, program)

    def _restart(self, name: str, program: Program) -> None:
        now = time.monotonic()
        recent = [at for at in self._deaths[name] if now - at < _WITHIN_SECONDS]
        if len(recent) >= _MOST_RESTARTS:
            raise KeepsDying(f"{name} keeps ending. The end of its log:\n{program.last_lines()}")
        self._deaths[name] = [*recent, now]
        self._say(f"{name} has ended; starting it again ({len(recent) + 1} of {_MOST_RESTARTS}).")
        program.start()
