"""HTTP/1.1 on 127.0.0.1: one thread per connection, connections kept alive.

werkzeug's own handler closes every connection; boto3 keeps a pool, so that would cost a new
connection and a new thread for each call.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from portal.local.aws import moto_door, private
from portal.local.aws.calls import AwsError
from portal.local.aws.front import Front
from portal.local.aws.protocols import HttpRequest, HttpResponse, serialise_error

log = logging.getLogger("portal.local.aws")
HOST = "127.0.0.1"
BODILESS = (204, 304)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, front: Front, port: int = 0):
        self.front = front
        super().__init__((HOST, port), RequestHandler)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("connection.failed")


class RequestHandler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        """Any method is read, answered, and written at once."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        request = HttpRequest(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self._read_body(),
        )
        self._write(_answer(self.server.front, request))

    def handle_expect_100(self) -> bool:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _read_chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _write(self, response: HttpResponse) -> None:
        if response.is_dropped:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = response.body
        headers = {
            name.lower(): value
            for name, value in response.headers.items()
            if name.lower() not in ("connection", "transfer-encoding", "content-length")
        }
        if response.status not in BODILESS:
            length = response.headers.get("Content-Length", len(body))
            headers["content-length"] = str(len(body) if self.command != "HEAD" else length)
        lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _answer(front: Front, request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/_local/"):
        return private.answer(front, request)
    if request.path.startswith("/moto-api"):
        try:
            return moto_door.ask_moto(request, None, "")
        except AwsError as error:
            return serialise_error("moto", "rest-json", error, "")
    return front.answer(request)
