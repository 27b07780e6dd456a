"""The part of CBOR (RFC 8949) that the smithy-rpc-v2-cbor protocol of AWS uses."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

EPOCH_TAG = 1
FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
SIMPLE = {20: False, 21: True, 22: None, 23: None}


class Epoch(float):
    """Seconds since 1970 that are written with the time tag."""


def encode(value: Any) -> bytes:
    out = bytearray()
    _write(out, value)
    return bytes(out)


def decode(data: bytes) -> Any:
    """Times come back as aware datetimes. Raises ValueError for anything malformed."""
    try:
        value, _ = _read(data, 0)
    except (IndexError, struct.error) as error:
        raise ValueError("truncated CBOR") from error
    return value


def _head(out: bytearray, major: int, number: int) -> None:
    if number < 24:
        out.append(major << 5 | number)
        return
    for extra, width, code in ((24, 1, ">B"), (25, 2, ">H"), (26, 4, ">I"), (27, 8, ">Q")):
        if number < 1 << (8 * width):
            out.append(major << 5 | extra)
            out += struct.pack(code, number)
            return
    raise ValueError("integer too large for CBOR")


def _write(out: bytearray, value: Any) -> None:
    if value is None or isinstance(value, bool):
        out.append({None: 0xF6, False: 0xF4, True: 0xF5}[value])
    elif isinstance(value, int):
        _head(out, 0 if value >= 0 else 1, value if value >= 0 else -1 - value)
    elif isinstance(value, Epoch):
        _head(out, 6, EPOCH_TAG)
        _write(out, float(value))
    elif isinstance(value, datetime):
        _write(out, Epoch(value.timestamp()))
    elif isinstance(value, float):
        out.append(0xFB)
        out += struct.pack(">d", value)
    elif isinstance(value, str):
        _write_bytes(out, 3, value.encode())
    elif isinstance(value, bytes):
        _write_bytes(out, 2, value)
    elif isinstance(value, dict):
        _head(out, 5, len(value))
        for key, item in value.items():
            _write(out, key)
            _write(out, item)
    else:
        _head(out, 4, len(value))
        for item in value:
            _write(out, item)


def _write_bytes(out: bytearray, major: int, data: bytes) -> None:
    _head(out, major, len(data))
    out += data


def _read(data: bytes, at: int) -> tuple[Any, int]:
    major, extra = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return _read_simple(data, at, extra)
    if extra == 31:
        return _read_open(data, at, major)
    number, at = _read_number(data, at, extra)
    if major in (0, 1):
        return (number if major == 0 else -1 - number), at
    if major in (2, 3):
        raw = data[at : at + number]
        return (raw if major == 2 else raw.decode()), at + number
    if major == 4:
        return _read_list(data, at, number)
    if major == 5:
        return _read_map(data, at, number)
    value, at = _read(data, at)
    return (datetime.fromtimestamp(value, UTC) if number == EPOCH_TAG else value), at


def _read_number(data: bytes, at: int, extra: int) -> tuple[int, int]:
    if extra < 24:
        return extra, at
    width = 1 << (extra - 24)
    return int.from_bytes(data[at : at + width], "big"), at + width


def _read_simple(data: bytes, at: int, extra: int) -> tuple[Any, int]:
    if extra in FLOATS:
        code, width = FLOATS[extra]
        return struct.unpack(code, data[at : at + width])[0], at + width
    if extra not in SIMPLE:
        raise ValueError("unknown simple value in CBOR")
    return SIMPLE[extra], at


def _read_list(data: bytes, at: int, count: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(count):
        item, at = _read(data, at)
        items.append(item)
    return items, at


def _read_map(data: bytes, at: int, count: int) -> tuple[dict[Any, Any], int]:
    items = {}
    for _ in range(count):
        key, at = _read(data, at)
        items[key], at = _read(data, at)
    return items, at


def _read_open(data: bytes, at: int, major: int) -> tuple[Any, int]:
    """Items of unannounced length, ended by the break byte 0xFF."""
    parts: list[Any] = []
    while data[at] != 0xFF:
        part, at = _read(data, at)
        parts.append(part)
    if major == 5:
        return dict(zip(parts[::2], parts[1::2], strict=True)), at + 1
    if major in (2, 3):
        return (b"" if major == 2 else "").join(parts), at + 1
    return parts, at + 1
