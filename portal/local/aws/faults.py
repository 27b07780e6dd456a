"""Faults on demand. Each one names calls by service, operation, account or parameters.

kinds, in the order in which a call meets them:
    latency         wait `seconds`, then go on
    expired_token   ExpiredToken instead of the work
    throttle        the service's own throttling error instead of the work
    access_denied   the service's own access error instead of the work
    error           `code` with `status` instead of the work
    failure_reason  `code` becomes the reason why asynchronous work fails
    empty_page      an empty list with a token that leads on
    stop_paging     a page without its token although more follows
    lost_500        do the work, then answer 500
    lost_response   do the work, then drop the connection
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = (
    "latency",
    "expired_token",
    "throttle",
    "access_denied",
    "error",
    "failure_reason",
    "empty_page",
    "stop_paging",
    "lost_500",
    "lost_response",
)


@dataclass(kw_only=True)
class Fault:
    kind: str
    service: str = ""
    operation: str = ""  # exact, or a beginning followed by *
    account: str = ""  # the caller's, the one of the role to enter, or a target
    where: dict[str, Any] = field(default_factory=dict)  # parameters that must be equal
    code: str = ""
    message: str = ""
    status: int | None = None
    reason: str = ""  # member Reason of errors of AWS Organizations
    seconds: float = 0.0
    times: int | None = None  # None is without end
    skip: int = 0  # let so many matching calls pass first
    probability: float = 1.0
    id: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")

    def describe(self) -> dict[str, Any]:
        return asdict(self)

    def fits(self, service: str, operation: str, accounts: set[str], ask: dict[str, Any]) -> bool:
        return (
            self.times != 0
            and self.service in ("", service)
            and (
                self.operation in ("", operation)
                or (self.operation.endswith("*") and operation.startswith(self.operation[:-1]))
            )
            and (not self.account or self.account in accounts)
            and all(ask.get(key) == value for key, value in self.where.items())
        )


class Faults:
    """The switchboard. The caller holds the world's lock."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self.count = 0
        self.dice = random.Random(7)

    def add(self, fault: Fault) -> Fault:
        self.count += 1
        fault.id = self.count
        self.all.append(fault)
        return fault

    def remove(self, fault_id: int | None = None) -> None:
        self.all = [fault for fault in self.all if fault_id is not None and fault.id != fault_id]

    def strike(
        self, kind: str, service: str, operation: str, accounts: set[str], ask: dict[str, Any]
    ) -> Fault | None:
        """The first fault of this kind that strikes this call; uses it up by one."""
        for fault in self.all:
            if fault.kind != kind or not fault.fits(service, operation, accounts, ask):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.probability < 1 and self.dice.random() >= fault.probability:
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None


def accounts_of(caller_account: str, ask: dict[str, Any]) -> set[str]:
    """Every account that a call is about."""
    accounts = {caller_account}
    for name in ("AccountId", "TargetId", "ResourceId"):
        if isinstance(ask.get(name), str):
            accounts.add(ask[name])
    if isinstance(ask.get("RoleArn"), str) and ask["RoleArn"].count(":") == 5:
        accounts.add(ask["RoleArn"].split(":")[4])
    return accounts
