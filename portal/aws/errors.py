"""AWS's errors in our words.

AwsError            operation, code, request id; a person must look unless a subclass says more
├── NotThere        what was asked for does not exist
├── AlreadyThere    it is as wished already, or the name is taken
├── Busy            AWS is busy or throttling: the same call later, as it was
├── NotAllowed      the role lacks the right, or a policy denies
└── NoAnswer        it may or may not have been done: look before anything is sent again
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
)
from botocore.parsers import ResponseParserError

from portal.errors import Upstream


class AwsError(Upstream):
    code = "aws"

    def __init__(self, operation: str, aws_code: str, detail: str = "", request_id: str = ""):
        self.operation, self.aws_code = operation, aws_code
        self.detail, self.request_id = detail, request_id
        super().__init__(f"{operation}: {aws_code}. {detail}".strip())


class NotThere(AwsError): ...


class AlreadyThere(AwsError): ...


class Busy(AwsError):
    """`wait_seconds`: how long to leave it alone, 0 when unknown."""

    wait_seconds: float = 0


class NotAllowed(AwsError): ...


class NoAnswer(AwsError): ...


CODES: dict[str, type[AwsError]] = {
    "AccountNotFoundException": NotThere,
    "ChildNotFoundException": NotThere,
    "CreateAccountStatusNotFoundException": NotThere,
    "DestinationParentNotFoundException": NotThere,
    "NoSuchEntity": NotThere,
    "NotFoundException": NotThere,
    "OperationNotFoundException": NotThere,
    "OrganizationalUnitNotFoundException": NotThere,
    "ParentNotFoundException": NotThere,
    "ResourceNotFoundException": NotThere,
    "SourceParentNotFoundException": NotThere,
    "StackInstanceNotFoundException": NotThere,
    "StackSetNotFoundException": NotThere,
    "AWSOrganizationsNotInUseException": NotThere,
    "DuplicateAccountException": AlreadyThere,
    "DuplicateOrganizationalUnitException": AlreadyThere,
    "DuplicateRecordException": AlreadyThere,
    "EntityAlreadyExists": AlreadyThere,
    "NameAlreadyExistsException": AlreadyThere,
    "OperationIdAlreadyExistsException": AlreadyThere,
    "ConcurrentModificationException": Busy,
    "ConflictException": Busy,
    "FinalizingOrganizationException": Busy,
    "OperationInProgressException": Busy,
    "StaleRequestException": Busy,
    "Throttling": Busy,
    "ThrottlingException": Busy,
    "ThrottledException": Busy,
    "TooManyRequestsException": Busy,
    "RequestLimitExceeded": Busy,
    "RequestTimeTooSkewed": Busy,
    "SlowDown": Busy,
    "AccessDenied": NotAllowed,
    "AccessDeniedException": NotAllowed,
    "UnauthorizedOperation": NotAllowed,
    "ExpiredToken": Busy,  # the session is thrown away and taken anew
    "ExpiredTokenException": Busy,
    "RequestExpired": Busy,
    "InvalidClientTokenId": Busy,  # a new account's IAM answers this for minutes
    "UnrecognizedClientException": Busy,  # the same, in JSON
}
EXPIRED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
)
# Reasons inside ConstraintViolationException that pass with time.
PASSING = frozenset(
    {
        "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
        "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
        "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
    }
)


def translated(error: Exception, operation: str) -> AwsError:
    """The error in our words. `operation` is service:Operation."""
    if isinstance(error, ClientError):
        return _answered(error, operation)
    if isinstance(error, ConnectionError | HTTPClientError | ResponseParserError):
        return NoAnswer(operation, type(error).__name__, "No usable answer came back.")
    return AwsError(operation, type(error).__name__, str(error))


def _answered(error: ClientError, operation: str) -> AwsError:
    answer: dict[str, Any] = dict(error.response)
    problem = answer.get("Error", {})
    code = str(problem.get("Code", "Unknown"))
    meta = answer.get("ResponseMetadata", {})
    kind = CODES.get(code, AwsError)
    if answer.get("Reason") in PASSING:
        kind = Busy
    elif kind is AwsError and int(meta.get("HTTPStatusCode", 0)) >= 500:
        kind = NoAnswer
    detail = " ".join(str(part) for part in (answer.get("Reason"), problem.get("Message")) if part)
    return kind(operation, code, detail, str(meta.get("RequestId", "")))


@contextmanager
def our_words(operation: str) -> Iterator[None]:
    """Inside, botocore's errors become ours. Never around a generator: it would see none."""
    try:
        yield
    except (BotoCoreError, ClientError, HTTPClientError, ResponseParserError) as error:
        raise translated(error, operation) from error
