"""A local server that stands in for the Hugging Face hub: good, slow, broken, or lying."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub
import pytest


@dataclass
class Hub:
    """What the hub holds, and how it behaves."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)  # by path: /timm/NAME/resolve/main/FILE
    status: int = 200  # of every answer, where it is another
    cuts: int = 0  # how many answers are cut
    cut_after: int = 0  # bytes of an answer, after which the line is cut
    hold_after: int | None = None  # bytes of an answer, after which the line is silent
    ignores_ranges: bool = False
    says_length: int | None = None  # another length than the truth
    hash: str | None = None  # another hash than the truth
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, range
    go_on: threading.Event = field(default_factory=threading.Event)  # ends the silence

    def put(self, name: str, content: bytes, file: str = "model.safetensors") -> None:
        self.files[f"/timm/{name}/resolve/main/{file}"] = content

    @property
    def ranges(self) -> list[str]:
        """The ranges that were asked for, one for each time that bytes were fetched."""
        return [part for method, _, part in self.requests if method == "GET"]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub on the loopback, which is asked instead of the real one."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    huggingface_hub.close_session()
    yield hub
    hub.go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()
    huggingface_hub.close_session()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._send(self._answer())

    def _answer(self) -> bytes:
        """The head of the answer; returns the body that belongs to it."""
        hub, asked = self.hub, self.headers.get("Range", "")
        hub.requests.append((self.command, self.path, asked))
        content = hub.files.get(self.path)
        if content is None or hub.status != 200:
            self.send_response(404 if hub.status == 200 else hub.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return b""
        start = 0 if hub.ignores_ranges else int(asked[len("bytes=") : -1] or 0)
        length = hub.says_length or len(content)
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{hub.hash or hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Linked-Size", str(length))
        self.send_header("Content-Length", str(length - start))
        self.end_headers()
        return content[start:]

    def _send(self, body: bytes) -> None:
        hub = self.hub
        if hub.cuts:
            hub.cuts -= 1
            body = body[: hub.cut_after]
            self.close_connection = True
        try:
            if hub.hold_after is not None:
                self.wfile.write(body[: hub.hold_after])
                self.wfile.flush()
                hub.go_on.wait()
                body = body[hub.hold_after :]
            self.wfile.write(body)
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""
