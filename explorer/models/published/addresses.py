"""Where published files lie, what their servers say of them, and their refusals in words.

`huggingface_hub` knows the hub: its addresses, mirrors, tokens and published hashes. Its session
asks other servers, too, for it goes by the system's proxies.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from huggingface_hub import get_hf_file_metadata, get_session, hf_hub_url
from huggingface_hub.utils import build_hf_headers

from ...errors import ExplorerError

SILENCE = 10.0  # seconds without a byte that count as a broken line
PLAIN = {"Accept-Encoding": "identity"}  # or sizes and ranges would be those of something packed
LATER = "Try later. What has arrived is kept: the next download goes on from there."

_GITHUB = "https://github.com"


class NotPublished(ExplorerError):  # noqa: N818 - an answer, after which another name is tried
    """The server has no such file."""


class Refusal(Exception):  # noqa: N818 - the address that was asked says it in words
    """A server answered with an error."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Published:
    """What a server says of a file."""

    size: int | None  # bytes; None where it does not say
    version: str  # another one for another content; "" where the server does not say
    condition: str = ""  # the version for If-Range, where the server understands that
    sha256: str = ""  # of the content, in hexadecimal: all of it, or how it begins
    git: str = ""  # the content's hash as git computes it


class Address(ABC):
    """One file on one server."""

    mirror: str  # the environment variable that names another server

    def __init__(self, url: str, what: str) -> None:
        self.url = url
        self.what = what  # whose file it is, in words

    @property
    def host(self) -> str:
        """Who is asked, in words."""
        return called(self.url)

    @abstractmethod
    def ask(self) -> Published:
        """What the server says of the file; raises Refusal, or what the hub's library raises."""

    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """What the server is told about who asks."""

    @abstractmethod
    def how_to_open(self) -> str:
        """What to do where the server does not give the file to everybody."""

    def refused(self, status: int) -> ExplorerError:
        """A server's refusal in words."""
        if status == 404:
            return NotPublished(
                f"{self.host} has no weights under {self.what}.",
                hint=f"Choose another model, or another mirror ({self.mirror}).",
            )
        if status in (401, 403):
            return ExplorerError(
                f"{self.host} does not give {self.what} to everybody.", hint=self.how_to_open()
            )
        return ExplorerError(f"{self.host} answered with error {status}.", hint=LATER)


class HubFile(Address):
    """A file of a repository on the Hugging Face hub, or on its mirror."""

    mirror = "HF_ENDPOINT"

    def __init__(self, repository: str, filename: str) -> None:
        # huggingface_hub read HF_ENDPOINT when it was imported; it may have been set since.
        endpoint = os.environ.get(self.mirror, "").rstrip("/") or None
        super().__init__(hf_hub_url(repository, filename, endpoint=endpoint), repository)
        self.page = self.url.partition("/resolve/")[0]  # the repository's, for people

    def ask(self) -> Published:
        """The hub publishes the SHA-256 of large files, and git's hash of small ones."""
        said = get_hf_file_metadata(self.url)
        version = said.etag or ""
        return Published(
            size=said.size,
            version=version,
            sha256=version if re.fullmatch(r"[0-9a-f]{64}", version) else "",
            git=version if re.fullmatch(r"[0-9a-f]{40}", version) else "",
        )

    def headers(self) -> Mapping[str, str]:
        headers: dict[str, str] = build_hf_headers()
        return headers

    def how_to_open(self) -> str:
        return "Accept its terms on the hub's web page, then log in with “hf auth login”."


class ReleaseFile(Address):
    """A file of a release on GitHub, or on its mirror."""

    mirror = "EXPLORER_GITHUB"

    def __init__(self, url: str) -> None:
        mirror = os.environ.get(self.mirror, "").rstrip("/")
        if mirror and url.startswith(_GITHUB):
            url = mirror + url.removeprefix(_GITHUB)
        super().__init__(url, urlsplit(url).path.lstrip("/"))

    def ask(self) -> Published:
        """Begin to fetch it, and leave off: where the file really lies, HEAD may be refused."""
        with get_session().stream("GET", self.url, headers=PLAIN, timeout=SILENCE) as response:
            check(response)
            said = response.headers
        tag, length = said.get("ETag", ""), said.get("Content-Length", "")
        is_strong = tag and not tag.startswith("W/")  # a weak one may stay the same
        version = tag if is_strong else said.get("Last-Modified", "")
        size = int(length) if length.isdecimal() else None
        return Published(size, version, condition=version, sha256=_hash_in_name(self.url))

    def headers(self) -> Mapping[str, str]:
        return {}

    def how_to_open(self) -> str:
        return f"Choose another model, or another mirror ({self.mirror})."


def check(response: Any) -> None:
    """Raise Refusal where an answer is an error."""
    if response.status_code >= 400:
        raise Refusal(response.status_code)


def called(url: str) -> str:
    """The server of an address, in words."""
    host = urlsplit(url).hostname or url
    return "The Hugging Face hub" if host in ("huggingface.co", "hf.co") else host


def _hash_in_name(url: str) -> str:
    """How the file's SHA-256 begins, where its name ends in that, as torch's hub has it."""
    found = re.search(r"-([0-9a-f]{8,64})\.\w+$", urlsplit(url).path)
    return found[1] if found else ""
