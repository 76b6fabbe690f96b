"""A local server that stands in for the hub and for GitHub: good, slow, broken, or lying.

And what all goldens need: the weights that they were made with, and their pictures.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import huggingface_hub
import numpy as np
import PIL.Image
import pytest
import torch

from explorer.records import Trace

RELEASES = "/lukemelas/PyTorch-Pretrained-ViT/releases/download/0.0.2"


@dataclass
class Hub:
    """What the server holds, and how it behaves."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)  # by path: /timm/NAME/resolve/main/FILE
    moved: dict[str, str] = field(default_factory=dict)  # paths, and the addresses they lead to
    status: int = 200  # of every answer, where it is another
    status_of: dict[str, int] = field(default_factory=dict)  # by path
    cuts: dict[str, int] = field(default_factory=dict)  # by path, how many answers are cut
    cut_after: int = 0  # bytes of an answer, after which the line is cut
    hold_after: int | None = None  # bytes of an answer, after which the line is silent
    pause: float = 0.0  # seconds before every 256 kB
    ignores_ranges: bool = False
    says_length: int | None = None  # another length than the truth
    length_of: dict[str, int] = field(default_factory=dict)  # the same by path
    hash: str | None = None  # another hash than the truth
    tag: str | None = None  # another ETag than the hash; "" = none at all
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, range
    go_on: threading.Event = field(default_factory=threading.Event)  # ends the silence

    def put(self, name: str, content: bytes, file: str = "model.safetensors") -> None:
        """Add a file of a repository of the hub; timm's where the name has no owner."""
        owner = "" if "/" in name else "timm/"
        self.files[f"/{owner}{name}/resolve/main/{file}"] = content

    def release(self, file: str, content: bytes) -> None:
        """Add a file of PyTorch-Pretrained-ViT's release."""
        self.files[f"{RELEASES}/{file}"] = content

    @property
    def ranges(self) -> list[str]:
        """The ranges that were asked for, one for each time that bytes were fetched."""
        return [part for method, _, part in self.requests if method == "GET"]

    @property
    def paths(self) -> list[str]:
        """The last parts of the paths that were fetched."""
        return [path.rpartition("/")[2] for method, path, _ in self.requests if method == "GET"]


@contextmanager
def serving(hub: Hub) -> Iterator[None]:
    """The server runs, on the loopback."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A server on the loopback, which is asked instead of the real hub and the real GitHub."""
    hub = Hub()
    with serving(hub):
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        monkeypatch.setenv("EXPLORER_GITHUB", hub.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        huggingface_hub.close_session()
        yield hub
    huggingface_hub.close_session()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._send(self._answer())

    def do_CONNECT(self) -> None:
        """A proxy is asked for a tunnel: it notes where to, and has none."""
        self.hub.requests.append((self.command, self.path, ""))
        self._end(502)

    def _answer(self) -> bytes:
        """The head of the answer; returns the body that belongs to it."""
        hub, asked = self.hub, self.headers.get("Range", "")
        hub.requests.append((self.command, self.path, asked))
        path = urlsplit(self.path).path  # a proxy is asked for the whole address
        if path in hub.moved:
            return self._end(302, Location=hub.moved[path])
        content = hub.files.get(path)
        status = hub.status_of.get(path, hub.status)
        if content is None or status != 200:
            return self._end(404 if status == 200 else status)
        tag = f'"{hub.hash or hashlib.sha256(content).hexdigest()}"' if hub.tag is None else hub.tag
        is_same = self.headers.get("If-Range", tag) == tag
        start = int(asked[len("bytes=") : -1] or 0) if is_same and not hub.ignores_ranges else 0
        length = hub.length_of.get(path) or hub.says_length or len(content)
        if start >= length:
            return self._end(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{length - 1}/{length}")
        if tag:
            self.send_header("ETag", tag)
        self.send_header("X-Linked-Size", str(length))
        self.send_header("Content-Length", str(length - start))
        self.end_headers()
        return content[start:]

    def _end(self, status: int, **headers: str) -> bytes:
        """An answer without a body."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()
        return b""

    def _send(self, body: bytes) -> None:
        hub = self.hub
        if hub.cuts.get(self.path, 0):
            hub.cuts[self.path] -= 1
            body = body[: hub.cut_after]
            self.close_connection = True
        try:
            if hub.hold_after is not None:
                self.wfile.write(body[: hub.hold_after])
                self.wfile.flush()
                hub.go_on.wait()
                body = body[hub.hold_after :]
            for start in range(0, len(body), 1 << 18):
                time.sleep(hub.pause)
                self.wfile.write(body[start : start + (1 << 18)])
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


def module_of(file: Path) -> ModuleType:
    """A file of Python that lies in no package, run as a module."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def golden_fill(shared: Callable[[str], Path]) -> ModuleType:
    """The rule of the goldens' made-up weights: `fill_(state, seed)`, `digest(state)`."""
    return module_of(shared("golden/fill.py"))


@pytest.fixture(scope="session")
def fill(golden_fill: ModuleType) -> Callable[[dict[str, torch.Tensor], int], str]:
    """Fill tensors with the made-up weights of a golden, by its seed; returns their digest."""

    def side_by_side(state: dict[str, torch.Tensor], seed: int) -> str:
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda name: golden_fill.fill_({name: state[name]}, seed), state))
        digest: str = golden_fill.digest(state)
        return digest

    return side_by_side


@pytest.fixture(scope="session")
def golden_pictures(
    shared: Callable[[str], Path],
) -> Callable[[Mapping[str, Any]], list[torch.Tensor]]:
    """The pictures that a manifest names, normalised as it says: float32 (3, height, width)."""

    def normalised(manifest: Mapping[str, Any]) -> list[torch.Tensor]:
        mean, std = np.float32(manifest["mean"]), np.float32(manifest["std"])
        pictures = []
        for name in manifest["pictures"]:
            with PIL.Image.open(shared(f"golden/images/sized/{name}")) as image:
                pixels = np.asarray(image.convert("RGB"), np.float32) / 255
            pictures.append(torch.from_numpy(((pixels - mean) / std).transpose(2, 0, 1).copy()))
        return pictures

    return normalised


@pytest.fixture(scope="session")
def mean_entropy() -> Callable[[Trace, int], np.ndarray]:
    """The mean entropy of all queries' rows in one layer, in nats: (heads,)."""

    def of(trace: Trace, layer: int) -> np.ndarray:
        recorded = trace.layers[layer]
        rows = np.stack([recorded.row(i) for i in range(trace.grid.tokens)], axis=1)
        return -(rows * np.log(np.maximum(rows, 1e-30))).sum(axis=-1).mean(axis=-1)

    return of
