"""The way to moto: what no handler of ours answers goes on to moto's own application.

moto's crashes are told apart from what it does not do: the first answer 500 InternalFailure,
the second NotEmulated with 400.
"""

from __future__ import annotations

import functools
import json
import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from moto import backends
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from portal.local.aws import cbor
from portal.local.aws.calls import AwsError, not_emulated
from portal.local.aws.protocols import (
    HttpRequest,
    HttpResponse,
    Named,
    environ_of,
    model_of,
    operation_of,
)

log = logging.getLogger("portal.local.aws")


class Gate:
    """Many may be inside at once, or one alone: moto cannot be reset or read while it serves."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.inside = 0
        self.closed = False

    @contextmanager
    def shared(self) -> Generator[None]:
        with self.changed:
            self.changed.wait_for(lambda: not self.closed)
            self.inside += 1
        try:
            yield
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    @contextmanager
    def alone(self) -> Generator[None]:
        with self.changed:
            self.changed.wait_for(lambda: not self.closed)
            self.closed = True
            self.changed.wait_for(lambda: self.inside == 0)
        try:
            yield
        finally:
            with self.changed:
                self.closed = False
                self.changed.notify_all()


GATE = Gate()


def _app_for(service: Any) -> Flask:
    app = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


APPLICATION = DomainDispatcherApplication(_app_for)


def reset() -> None:
    """Empties all of moto's backends."""
    with GATE.alone():
        BackendDict.reset()


def ask_moto(request: HttpRequest, named: Named | None, account_id: str) -> HttpResponse:
    """Raises AwsError NotEmulated or InternalFailure."""
    environ = environ_of(_as_json(request, named) if _is_cbor(named) else request)
    if account_id:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account_id
    service, operation = (named.service, named.operation) if named else ("aws", request.path)
    try:
        with GATE.shared():
            response = _run(environ)
    except NotImplementedError as error:
        raise not_emulated(service, operation) from error
    except Exception as error:
        log.exception("moto.crashed", extra={"service": service, "operation": operation})
        raise AwsError("InternalFailure", f"{type(error).__name__}: {error}", status=500) from error
    if _is_nobody_home(request, response):
        raise not_emulated(service, operation)
    return _as_cbor(response, named) if named and _is_cbor(named) else response


def _run(environ: dict[str, Any]) -> HttpResponse:
    host = APPLICATION.infer_service_region_host(environ, environ["PATH_INFO"])
    if host and not _has_backend(host):
        raise NotImplementedError(host)
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        started[:] = [status, headers]

    parts = APPLICATION(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()
    status, headers = started
    return HttpResponse(int(status.split()[0]), dict(headers), body)


@functools.cache
def _has_backend(host: str) -> bool:
    """moto itself prints a complaint and crashes for a service that it lacks."""
    return host in backends.list_of_moto_modules() or any(
        pattern.match(f"http://{host}") for _, pattern in APPLICATION.backend_url_patterns
    )


def _is_nobody_home(request: HttpRequest, response: HttpResponse) -> bool:
    """Flask's own pages for a URL or method that moto does not serve."""
    return (
        response.status in (404, 405)
        and request.method != "HEAD"
        and response.body.lstrip()[:9].lower() == b"<!doctype"
    )


def _is_cbor(named: Named | None) -> bool:
    return named is not None and named.protocol == "smithy-rpc-v2-cbor"


def _as_json(request: HttpRequest, named: Named | None) -> HttpRequest:
    """moto does not speak CBOR; services that speak both are asked in JSON."""
    model = model_of(named.service) if named else None
    if named is None or model is None or "json" not in model.metadata.get("protocols", []):
        raise not_emulated(named.service if named else "aws", named.operation if named else "")
    ask = cbor.decode(request.body) if request.body else {}
    body = json.dumps(ask, default=_epoch).encode()
    metadata = model.metadata
    headers = {
        **request.headers,
        "content-type": f"application/x-amz-json-{metadata.get('jsonVersion', '1.0')}",
        "x-amz-target": f"{metadata['targetPrefix']}.{named.operation}",
        "content-length": str(len(body)),
    }
    headers.pop("smithy-protocol", None)
    headers.pop("accept", None)
    return HttpRequest("POST", "/", headers, body)


def _epoch(value: Any) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)


def _as_cbor(response: HttpResponse, named: Named) -> HttpResponse:
    answer = json.loads(response.body or b"{}")
    shape = operation_of(named.service, named.operation).output_shape
    value = _typed(shape, answer) if response.status < 300 else answer
    headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
    return HttpResponse(response.status, headers, cbor.encode(value))


def _typed(shape: Any, value: Any) -> Any:
    """JSON values as CBOR wants them: times with their tag, numbers of the right kind."""
    if shape is None or value is None:
        return value
    if shape.type_name == "timestamp":
        return cbor.Epoch(_seconds(value))
    if shape.type_name in ("float", "double"):
        return float(value)
    if shape.type_name == "structure":
        return {key: _typed(shape.members.get(key), item) for key, item in value.items()}
    if shape.type_name == "list":
        return [_typed(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: _typed(shape.value, item) for key, item in value.items()}
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, int | float):
        return float(value)
    return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()
