"""Between HTTP and plain dicts, for every protocol of AWS, driven by botocore's service models.

Parsing and the XML and REST answers use moto's own routines; JSON and CBOR are done here,
because they are the busy ones. Source of the wire formats: smithy.io, and botocore's parsers.
"""

from __future__ import annotations

import functools
import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from moto.core.serialize import SerializationContext, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.exceptions import HTTPException

from portal.local.aws import cbor
from portal.local.aws.calls import Answer, Ask, AwsError

# Signing names that are no service names, or that several services share.
SERVICES_BY_SIGNING_NAME = {
    "access-analyzer": ["accessanalyzer"],
    "aws-marketplace": ["meteringmarketplace", "marketplace-catalog"],
    "cassandra": ["keyspaces"],
    "cloudcontrolapi": ["cloudcontrol"],
    "elasticfilesystem": ["efs"],
    "elasticloadbalancing": ["elbv2", "elb"],
    "elasticmapreduce": ["emr"],
    "es": ["opensearch", "es"],
    "geo": ["location"],
    "monitoring": ["cloudwatch"],
    "s3": ["s3", "s3control"],
    "servicequotas": ["service-quotas"],
    "ses": ["sesv2", "ses"],
    "sso": ["sso-admin", "sso"],
    "sso-oauth": ["sso-oidc"],
    "states": ["stepfunctions"],
    "tagging": ["resourcegroupstaggingapi"],
}
SIGNATURE = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")
# How a throttled call is answered where it is not "ThrottlingException" with status 400.
THROTTLED = {
    "organizations": ("TooManyRequestsException", 400),
    "account": ("TooManyRequestsException", 429),
    "securityhub": ("TooManyRequestsException", 429),
    "sts": ("Throttling", 400),
    "iam": ("Throttling", 400),
    "cloudformation": ("Throttling", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "s3": ("SlowDown", 503),
    "ce": ("LimitExceededException", 400),
}


@dataclass(slots=True)
class HttpRequest:
    method: str
    target: str  # path and query as sent
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)


@dataclass(slots=True)
class HttpResponse:
    status: int
    headers: dict[str, str]
    body: bytes
    is_dropped: bool = False


@dataclass(slots=True)
class Named:
    """What a request asks for, before anything of it is parsed."""

    service: str
    operation: str
    protocol: str
    region: str
    access_key: str
    uri_parameters: dict[str, Any]


@functools.cache
def service_names() -> frozenset[str]:
    return frozenset(Loader().list_available_services("service-2"))


@functools.cache
def candidates(signing_name: str) -> tuple[str, ...]:
    """Services that sign with this name; empty when botocore knows none."""
    if signing_name in SERVICES_BY_SIGNING_NAME:
        return tuple(SERVICES_BY_SIGNING_NAME[signing_name])
    return (signing_name,) if signing_name in service_names() else ()


@functools.cache
def model_of(service: str) -> Any:
    """The service model, or None."""
    try:
        return get_service_model(service)
    except UnknownServiceError:
        return None


@functools.cache
def operation_of(service: str, operation: str) -> Any:
    """The operation model, or None."""
    model = model_of(service)
    try:
        return model.operation_model(operation) if model else None
    except OperationNotFoundError:
        return None


@functools.cache
def default_status(service: str, code: str) -> int:
    """The status that the service model gives to an error code."""
    model = model_of(service)
    for shape in model.error_shapes if model else ():
        error = shape.metadata.get("error", {})
        if code in (shape.name, error.get("code")):
            return int(error.get("httpStatusCode", 400))
    return 400


def identify(request: HttpRequest) -> Named | None:
    """Service, operation and protocol of a signed request; None for an unsigned one."""
    signature = SIGNATURE.search(request.headers.get("authorization", ""))
    if signature is None:
        return None
    access_key, _, region, signing_name = signature.groups()
    service, operation, protocol, parameters = _operation(request, signing_name.lower())
    return Named(service, operation, protocol, region, access_key, parameters)


def _operation(request: HttpRequest, signing_name: str) -> tuple[str, str, str, dict[str, Any]]:
    names = candidates(signing_name)
    first = names[0] if names else signing_name
    target = request.headers.get("x-amz-target")
    if target:
        prefix, _, operation = target.rpartition(".")
        return _by_target_prefix(names, prefix) or first, operation, "json", {}
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return first, request.path.rsplit("/", 1)[-1], "smithy-rpc-v2-cbor", {}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(request.body.decode("utf-8", "replace")).get("Action", [""])[0]
        service = _by_operation(names, action) or first
        return service, action, "ec2" if service == "ec2" else "query", {}
    return _by_route(request, names, first)


def _by_target_prefix(names: tuple[str, ...], prefix: str) -> str | None:
    found = (name for name in names if model_of(name).metadata.get("targetPrefix") == prefix)
    return next(found, None)


def _by_operation(names: tuple[str, ...], operation: str) -> str | None:
    return next((name for name in names if operation_of(name, operation)), None)


def _by_route(
    request: HttpRequest, names: tuple[str, ...], first: str
) -> tuple[str, str, str, dict[str, Any]]:
    if first == "s3" and request.path.startswith("/v20180820/"):
        names, first = ("s3control",), "s3control"
    moto_request = _moto_request(request)
    for name in names:
        try:
            operation, parameters = get_service_router(name).match(moto_request)
        except (HTTPException, NotImplementedError, KeyError):
            continue
        return name, operation.name, str(model_of(name).protocol), parameters
    model = model_of(first)
    return first, "", str(model.protocol) if model else "rest-json", {}


def environ_of(request: HttpRequest) -> dict[str, Any]:
    """A WSGI environ with the body in memory."""
    split = urlsplit(request.target)
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(split.path, "latin-1"),
        "QUERY_STRING": split.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(request.body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ


def _moto_request(request: HttpRequest) -> Any:
    return MotoRequest(environ_of(request))


def parse(request: HttpRequest, named: Named) -> Ask:
    """The parameters by name. Raises AwsError for a body that cannot be read."""
    operation = operation_of(named.service, named.operation)
    if operation is None:
        return {}
    try:
        if named.protocol == "json":
            return dict(json.loads(request.body or b"{}"))
        if named.protocol == "smithy-rpc-v2-cbor":
            return dict(cbor.decode(request.body)) if request.body else {}
        return _parse_by_moto(request, named, operation)
    except (ValueError, TypeError, KeyError) as error:
        raise AwsError("SerializationException", f"cannot read the request: {error}") from error


def _parse_by_moto(request: HttpRequest, named: Named, operation: Any) -> Ask:
    query = parse_qs(urlsplit(request.target).query, keep_blank_values=True)
    if named.protocol in ("query", "ec2"):
        query |= parse_qs(request.body.decode(), keep_blank_values=True)
    values = MultiDict([(key, item) for key, items in query.items() for item in items])
    parser = PROTOCOL_PARSERS[named.protocol](operation)
    parsed: Ask = parser.parse(
        {
            "method": request.method,
            "values": values,
            "headers": Headers(request.headers),
            "body": request.body,
            "url_path": request.path,
            "url_params": named.uri_parameters,
        }
    )
    return {key: value for key, value in parsed.items() if value is not None}


def serialise(
    service: str, operation: str, protocol: str, answer: Answer, request_id: str
) -> HttpResponse:
    model = operation_of(service, operation)
    if protocol == "json":
        body = json.dumps(answer).encode() if model.output_shape or answer else b""
        return _json_response(service, 200, body, request_id)
    if protocol == "smithy-rpc-v2-cbor":
        return _cbor_response(200, with_times(model.output_shape, answer), request_id)
    serializer = get_serializer_class(service, protocol)
    context = SerializationContext(request_id)
    done = serializer(model, context).serialize(answer)
    body = done["body"] if isinstance(done["body"], bytes) else done["body"].encode()
    headers = {**done["headers"], "x-amzn-requestid": request_id}
    return HttpResponse(int(done["status_code"]), headers, body)


def serialise_error(service: str, protocol: str, error: AwsError, request_id: str) -> HttpResponse:
    status = error.status or default_status(service, error.code)
    if protocol in ("query", "ec2", "rest-xml"):
        return _xml_error(protocol, status, error, request_id)
    body = {"__type": error.code, "message": error.message, "Message": error.message}
    body |= error.members
    if protocol == "smithy-rpc-v2-cbor":
        response = _cbor_response(status, body, request_id)
    else:
        response = _json_response(service, status, json.dumps(body).encode(), request_id)
    response.headers["x-amzn-errortype"] = error.code
    return response


def _json_response(service: str, status: int, body: bytes, request_id: str) -> HttpResponse:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": request_id}
    return HttpResponse(status, headers, body)


def _cbor_response(status: int, answer: Any, request_id: str) -> HttpResponse:
    headers = {
        "content-type": "application/cbor",
        "smithy-protocol": "rpc-v2-cbor",
        "x-amzn-requestid": request_id,
    }
    return HttpResponse(status, headers, cbor.encode(answer))


def _xml_error(protocol: str, status: int, error: AwsError, request_id: str) -> HttpResponse:
    code, message = escape(error.code), escape(error.message)
    kind = "Sender" if status < 500 else "Receiver"
    inner = f"<Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    if protocol == "ec2":
        text = f"<Response><Errors>{inner}</Errors><RequestID>{request_id}</RequestID></Response>"
    elif protocol == "query":
        text = f"<ErrorResponse>{inner}<RequestId>{request_id}</RequestId></ErrorResponse>"
    else:
        text = (
            f"<Error><Code>{code}</Code><Message>{message}</Message>"
            f"<RequestId>{request_id}</RequestId></Error>"
        )
    headers = {"content-type": "text/xml", "x-amzn-requestid": request_id}
    return HttpResponse(status, headers, text.encode())


def with_times(shape: Any, value: Any) -> Any:
    """The same answer with its times marked, for protocols where a time is not a number."""
    if shape is None or value is None:
        return value
    if shape.type_name == "timestamp":
        return cbor.Epoch(value)
    if shape.type_name == "structure":
        members = shape.members
        return {key: with_times(members.get(key), item) for key, item in value.items()}
    if shape.type_name == "list":
        return [with_times(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: with_times(shape.value, item) for key, item in value.items()}
    return value


def throttled(service: str) -> AwsError:
    code, status = THROTTLED.get(service, ("ThrottlingException", 400))
    return AwsError(code, "Rate exceeded", status=status)


def denied(service: str, action: str, arn: str) -> AwsError:
    """Access denied, in the code and words of this service."""
    code = {
        "sts": "AccessDenied",
        "iam": "AccessDenied",
        "cloudformation": "AccessDenied",
        "s3": "AccessDenied",
        "ec2": "UnauthorizedOperation",
    }.get(service, "AccessDeniedException")
    text = f"User: {arn} is not authorized to perform: {action}"
    return AwsError(code, text, status=403 if code == "AccessDenied" else 400)


def expired(service: str) -> AwsError:
    code = {
        "sts": "ExpiredToken",
        "iam": "ExpiredToken",
        "cloudformation": "ExpiredToken",
        "s3": "ExpiredToken",
        "ec2": "RequestExpired",
    }.get(service, "ExpiredTokenException")
    return AwsError(code, "The security token included in the request is expired", status=403)


def unrecognised(service: str) -> AwsError:
    code = {
        "sts": "InvalidClientTokenId",
        "iam": "InvalidClientTokenId",
        "cloudformation": "InvalidClientTokenId",
        "s3": "InvalidAccessKeyId",
        "ec2": "AuthFailure",
    }.get(service, "UnrecognizedClientException")
    return AwsError(code, "The security token included in the request is invalid.", status=403)
