"""One call to the local AWS: who asks what, and the table of functions that answer.

A handler takes a `Call` and the parsed parameters and gives the answer as a plain dict in the
shape of botocore's service model; times are epoch seconds (float). It raises `AwsError`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.local.aws.world import World

Ask = dict[str, Any]
Answer = dict[str, Any]


class AwsError(Exception):
    """An error as AWS answers it.

    `status` None means: the status that the service model gives to this code, else 400.
    `members` are further members of the error's shape, such as `Reason`.
    """

    def __init__(self, code: str, message: str, *, status: int | None = None, **members: Any):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def not_emulated(service: str, operation: str) -> AwsError:
    """The typed error for what this local AWS does not do: 400, so that no client retries it."""
    return AwsError("NotEmulated", f"{service}:{operation} is not emulated here", status=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who signed the call."""

    account_id: str
    arn: str
    user_id: str
    access_key: str
    role_arn: str = ""
    session_name: str = ""
    source_identity: str = ""
    is_read_only: bool = False


@dataclass(slots=True, kw_only=True)
class Call:
    world: World
    service: str  # botocore's name: "organizations", "sso-admin"
    operation: str  # "CreateAccount"
    protocol: str
    region: str
    request_id: str
    caller: Caller
    user_agent: str = ""
    ask: Ask = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        return self.caller.account_id

    @property
    def now(self) -> float:
        return self.world.now()


Handler = Callable[[Call, Ask], Answer]
HANDLERS: dict[tuple[str, str], Handler] = {}


class PassOn(Exception):
    """Raised by a handler that leaves this very call to moto."""


def handles(service: str, operation: str) -> Callable[[Handler], Handler]:
    """Enters the decorated function in the table of handlers."""

    def enter(handler: Handler) -> Handler:
        HANDLERS[service, operation] = handler
        return handler

    return enter


READING = (
    "Get",
    "List",
    "Describe",
    "Search",
    "Lookup",
    "BatchGet",
    "BatchDescribe",
    "Head",
    "Select",
    "Query",
    "Scan",
    "Simulate",
    "Validate",
    "Check",
    "Estimate",
    "IsMember",
    "StartQuery",
    "View",
    "Preview",
    "Receive",
    "DecodeAuthorizationMessage",
    "GenerateCredentialReport",
    "GenerateServiceLastAccessedDetails",
    "DetectStack",
    "AssumeR",
)


def is_reading(service: str, operation: str) -> bool:
    """True when the operation changes nothing that the ledger should remember."""
    return service == "sts" or operation.startswith(READING)
