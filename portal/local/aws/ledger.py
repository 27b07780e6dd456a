"""What was asked of the local AWS: every changing call in order, and counts of all calls."""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

LARGEST = 50_000


@dataclass(slots=True, kw_only=True)
class Entry:
    number: int
    at: float  # epoch seconds
    service: str
    operation: str
    params: dict[str, Any]
    account: str
    session: str
    source_identity: str
    role_arn: str
    user_agent: str
    region: str
    request_id: str
    outcome: str = "running"  # running, done, or the error's code
    fault: str = ""
    is_response_dropped: bool = False

    def describe(self) -> dict[str, Any]:
        return asdict(self)


class Ledger:
    """The caller holds the world's lock."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=LARGEST)
        self.count = 0
        self.calls: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()

    def write(self, **facts: Any) -> Entry:
        self.count += 1
        entry = Entry(number=self.count, **(facts | {"params": _plain(facts["params"])}))
        self.entries.append(entry)
        return entry

    def find(self, *, service: str = "", operation: str = "", after: int = 0) -> list[Entry]:
        return [
            entry
            for entry in self.entries
            if entry.number > after
            and service in ("", entry.service)
            and operation in ("", entry.operation)
        ]

    def clear(self) -> None:
        self.entries.clear()

    def clear_counts(self) -> None:
        self.calls.clear()
        self.errors.clear()


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters that JSON and pickle can keep, with documents cut at 10,240 characters."""
    plain: dict[str, Any] = json.loads(json.dumps(params, default=str))
    return {
        key: value[:10_240] if isinstance(value, str) else value for key, value in plain.items()
    }
