"""Every request passes here: caller, faults, rates, the handler or moto, ledger, answer."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any

from portal.local.aws import catalogue, checks, moto_door, rates, roles
from portal.local.aws.callers import forget_keys, who_is
from portal.local.aws.calls import (
    HANDLERS,
    Answer,
    AwsError,
    Call,
    PassOn,
    is_reading,
    not_emulated,
)
from portal.local.aws.faults import accounts_of
from portal.local.aws.ledger import Entry, Ledger
from portal.local.aws.paging import position_of, token
from portal.local.aws.protocols import (
    HttpRequest,
    HttpResponse,
    Named,
    denied,
    expired,
    identify,
    operation_of,
    parse,
    serialise,
    serialise_error,
    throttled,
)
from portal.local.aws.world import World

log = logging.getLogger("portal.local.aws")

# Services of which every operation is answered by us or by nobody: moto's own copy would
# contradict ours.
OURS = catalogue.SERVICES
TOKENS = ("NextToken", "PaginationToken")


class Front:
    def __init__(self, world: World):
        self.world = world
        self.faults = world.faults
        self.ledger = Ledger()

    def answer(self, request: HttpRequest) -> HttpResponse:
        named = identify(request)
        if named is None:
            return self._unsigned(request)
        request_id = str(uuid.uuid4())
        try:
            return self._signed(request, named, request_id)
        except AwsError as error:
            return serialise_error(named.service, named.protocol, error, request_id)
        except Exception as error:
            log.exception("local_aws.crashed")
            crash = AwsError("InternalFailure", f"{type(error).__name__}: {error}", status=500)
            return serialise_error(named.service, named.protocol, crash, request_id)

    def _unsigned(self, request: HttpRequest) -> HttpResponse:
        try:
            return moto_door.ask_moto(request, None, "")
        except AwsError as error:
            return serialise_error("aws", "rest-json", error, str(uuid.uuid4()))

    def _signed(self, request: HttpRequest, named: Named, request_id: str) -> HttpResponse:
        with self.world.lock:
            self.world.settle()
            self.ledger.calls[f"{named.service}:{named.operation}"] += 1
            caller = who_is(self.world, named.access_key, named.service)
        call = Call(
            world=self.world,
            service=named.service,
            operation=named.operation,
            protocol=named.protocol,
            region=named.region,
            request_id=request_id,
            caller=caller,
            user_agent=request.headers.get("user-agent", ""),
        )
        is_change = bool(named.operation) and not is_reading(named.service, named.operation)
        if is_change or self.faults.all or (named.service, named.operation) in HANDLERS:
            call.ask = parse(request, named)
        self._wait(call)
        return self._work(request, named, call, is_change=is_change)

    def _wait(self, call: Call) -> None:
        """Outside the lock, so that a slow call holds up nobody else."""
        seconds = self.world.settings.latency_ms / 1000
        fault = self._strike("latency", call)
        if fault:
            seconds += fault.seconds
        if seconds:
            time.sleep(seconds)

    def _work(
        self, request: HttpRequest, named: Named, call: Call, *, is_change: bool
    ) -> HttpResponse:
        entry = self._enter(call) if is_change else None
        try:
            self._refuse(call, is_change=is_change)
            response = self._perform(request, named, call)
            outcome = "done" if response.status < 400 else f"HTTP {response.status}"
        except AwsError as error:
            response = serialise_error(named.service, named.protocol, error, call.request_id)
            outcome = error.code
        except Exception as error:
            log.exception("local_aws.crashed")
            crash = AwsError("InternalFailure", f"{type(error).__name__}: {error}", status=500)
            response = serialise_error(named.service, named.protocol, crash, call.request_id)
            outcome = crash.code
        return self._leave(call, entry, outcome, response)

    def _enter(self, call: Call) -> Entry:
        with self.world.lock:
            self.world.touch()
            return self.ledger.write(
                at=self.world.now(),
                service=call.service,
                operation=call.operation,
                params=call.ask,
                account=call.account_id,
                session=call.caller.session_name,
                source_identity=call.caller.source_identity,
                role_arn=call.caller.role_arn,
                user_agent=call.user_agent,
                region=call.region,
                request_id=call.request_id,
            )

    def _refuse(self, call: Call, *, is_change: bool) -> None:
        """Raises what keeps the work from being done."""
        for kind, error in REFUSALS.items():
            fault = self._strike(kind, call)
            if fault:
                raise error(call, fault)
        if is_change and call.caller.is_read_only:
            raise denied(call.service, f"{call.service}:{call.operation}", call.caller.arn)
        with self.world.lock:
            if self.world.settings.enforce_rates and not rates.take(
                self.world, call.account_id, call.service, call.operation
            ):
                raise throttled(call.service)

    def _perform(self, request: HttpRequest, named: Named, call: Call) -> HttpResponse:
        handler = HANDLERS.get((call.service, call.operation))
        if handler:
            try:
                return self._handle(handler, named, call)
            except PassOn:
                pass
        elif call.service in OURS and call.operation not in catalogue.LEFT_TO_MOTO:
            raise not_emulated(call.service, call.operation)
        return self._pass_on(request, named, call)

    def _handle(self, handler: Callable[..., Answer], named: Named, call: Call) -> HttpResponse:
        model = operation_of(call.service, call.operation)
        checks.check(call.service, model.input_shape, call.ask)
        with self.world.lock:
            answer = self._with_page_faults(call, handler)
            return serialise(
                named.service, named.operation, named.protocol, answer, call.request_id
            )

    def _with_page_faults(self, call: Call, handler: Callable[..., Answer]) -> Answer:
        key = next((name for name in TOKENS if name in call.ask), "NextToken")
        if self._strike("empty_page", call):
            shape = operation_of(call.service, call.operation).output_shape
            key = next((name for name in TOKENS if name in shape.members), key)
            lists = [n for n, member in shape.members.items() if member.type_name == "list"]
            at = position_of(call, call.ask.get(key), AwsError("InvalidInputException", "token"))
            return {**{name: [] for name in lists}, key: token(call, at)}
        answer = handler(call, call.ask)
        if any(name in answer for name in TOKENS) and self._strike("stop_paging", call):
            return {name: value for name, value in answer.items() if name not in TOKENS}
        return answer

    def _pass_on(self, request: HttpRequest, named: Named, call: Call) -> HttpResponse:
        if call.service == "iam":
            with self.world.lock:
                roles.write_to_moto(self.world, call.account_id)
        response = moto_door.ask_moto(request, named, call.account_id)
        if not is_reading(call.service, call.operation):
            self.world.is_moto_changed = True
            if call.operation in ("CreateAccessKey", "DeleteAccessKey"):
                with self.world.lock:
                    forget_keys(self.world)
        return response

    def _leave(
        self, call: Call, entry: Entry | None, outcome: str, response: HttpResponse
    ) -> HttpResponse:
        lost = self._strike("lost_response", call)
        spoilt = None if lost else self._strike("lost_500", call)
        with self.world.lock:
            if outcome != "done":
                self.ledger.errors[f"{call.service}:{call.operation}:{outcome}"] += 1
            if entry:
                entry.outcome = outcome
                entry.is_response_dropped = bool(lost or spoilt)
                entry.fault = "lost_response" if lost else "lost_500" if spoilt else ""
                self.world.touch()
        if spoilt:
            error = AwsError("InternalFailure", "Internal failure", status=500)
            return serialise_error(call.service, call.protocol, error, call.request_id)
        if lost:
            response.is_dropped = True
        return response

    def _strike(self, kind: str, call: Call) -> Any:
        if not self.faults.all:
            return None
        accounts = accounts_of(call.account_id, call.ask)
        with self.world.lock:
            return self.faults.strike(kind, call.service, call.operation, accounts, call.ask)


def _error_of(call: Call, fault: Any) -> AwsError:
    members = {"Reason": fault.reason} if fault.reason else {}
    text = fault.message or "Injected fault"
    return AwsError(fault.code or "InternalFailure", text, status=fault.status, **members)


REFUSALS: dict[str, Callable[[Call, Any], AwsError]] = {
    "expired_token": lambda call, fault: expired(call.service),
    "throttle": lambda call, fault: (
        _error_of(call, fault) if fault.code else throttled(call.service)
    ),
    "access_denied": lambda call, fault: denied(
        call.service, f"{call.service}:{call.operation}", call.caller.arn
    ),
    "error": _error_of,
}
