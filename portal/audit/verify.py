"""Whether the audit log is as it was written."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from portal.audit.models import AuditEvent, AuditSeal

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong at a place of the chain."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """How many events hold; the last link, to be kept elsewhere; None when there is no fault."""

    events: int
    head: str
    fault: Fault | None


def verify(*, expect_head: str = "") -> Report:
    """Walk the chain from its first link.

    `expect_head` is "seq:hash" as an earlier report printed it: without such an anchor a log whose
    newest rows were cut off looks whole.
    """
    count, previous, expected_found = 0, GENESIS, not expect_head
    head = f"0:{GENESIS}"
    for seal in _seals():
        fault = _fault(seal, expected_seq=count + 1, previous=previous)
        if fault:
            return Report(count, head, fault)
        count, previous, head = seal.seq, seal.hash, f"{seal.seq}:{seal.hash}"
        expected_found = expected_found or head == expect_head
    unsealed = AuditEvent.objects.filter(seal__isnull=True).order_by("id").first()
    if unsealed:
        return Report(count, head, Fault(count + 1, f"event {unsealed.pk} has no link"))
    if not expected_found:
        return Report(count, head, Fault(count + 1, f"the kept head {expect_head} is gone"))
    return Report(count, head, None)


def _seals() -> Iterator[AuditSeal]:
    return AuditSeal.objects.select_related("event").order_by("seq").iterator(chunk_size=2000)


def _fault(seal: AuditSeal, *, expected_seq: int, previous: str) -> Fault | None:
    if seal.seq != expected_seq:
        return Fault(expected_seq, f"link {expected_seq} is missing")
    if seal.previous != previous:
        return Fault(seal.seq, "the link does not follow the one before")
    digest = seal.event.computed_digest()
    if digest != seal.event.digest or seal.hash != _link(previous, digest):
        return Fault(seal.seq, f"event {seal.event_id} was changed")
    return None


def _link(previous: str, digest: str) -> str:
    return hashlib.sha256((previous + digest).encode()).hexdigest()
