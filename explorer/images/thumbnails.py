"""Small versions of pictures: made once, kept in memory and on disk, both within bounds."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .. import paths
from ..errors import ExplorerError
from .reading import read_picture

LONGEST_SIDE = 320  # pixels: sharp at twice the size that the folder shows
MEMORY_LIMIT = 64 << 20  # bytes of pixels, some 300 thumbnails
DISK_LIMIT = 256 << 20  # bytes of files, some 15,000 thumbnails
AFTER_PRUNING = 0.8  # of the limit, so that not every new file prunes
QUALITY = 88  # of JPEG; nobody sees the difference at this size
LAYOUT = "1"  # of the files on disk; another one makes them all anew
SMALL = 4096  # bytes that anything in memory counts at least
_log = logging.getLogger(__name__)

Stamp = tuple[int, int]  # bytes, time of change in ns: another stamp is another content


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A small upright picture, or why there is none."""

    stamp: Stamp | None  # None: the file was not there
    pixels: np.ndarray | None = None  # uint8 (height, width, 3) RGB
    full_size: tuple[int, int] = (0, 0)  # width, height of the whole picture
    problem: ExplorerError | None = None

    @property
    def nbytes(self) -> int:
        return SMALL if self.pixels is None else max(SMALL, self.pixels.nbytes)


def stamp_of(path: str) -> Stamp | None:
    """A file's size and time of change; None where there is no such file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def make_thumbnail(path: str, stamp: Stamp | None) -> Thumbnail:
    """Decode a picture small. Whatever is wrong with a file becomes the thumbnail's problem."""
    try:
        picture = read_picture(Path(path), longest_side=LONGEST_SIDE)
    except ExplorerError as error:
        return Thumbnail(stamp, problem=error)
    except Exception:  # one file must not take the others' thumbnails with it
        _log.exception("no thumbnail of %r", path)
        return Thumbnail(stamp, problem=ExplorerError("This picture cannot be read."))
    return Thumbnail(stamp, np.ascontiguousarray(picture.pixels), picture.full_size)


class DiskCache:
    """Thumbnails as files, named after path, size and time of change of their pictures.

    A file that is missing, damaged or cannot be written only costs the time to make it again.
    """

    def __init__(self, folder: Path | None = None, limit: int = DISK_LIMIT) -> None:
        self.folder = folder or paths.cache() / "thumbnails"
        self.limit = limit
        self._lock = threading.Lock()
        self._size: int | None = None  # bytes; None until somebody counted

    def read(self, path: str, stamp: Stamp) -> Thumbnail | None:
        file = self._file(path, stamp)
        try:
            with Image.open(file, formats=["JPEG"]) as image:
                width, height = map(int, image.info["comment"].split(b"x"))
                pixels = np.asarray(image.convert("RGB"))
            os.utime(file)  # what is looked at stays longest
        except Exception:  # absent, cut short, or not ours
            return None
        return Thumbnail(stamp, pixels, (width, height))

    def write(self, path: str, thumbnail: Thumbnail) -> None:
        """Keep a thumbnail, unless its picture is so small that it is as quickly read itself."""
        if thumbnail.stamp is None or thumbnail.pixels is None:
            return
        if max(thumbnail.full_size) <= LONGEST_SIDE:
            return
        file = self._file(path, thumbnail.stamp)
        try:
            self._grow(_write(file, _encoded(thumbnail.pixels, thumbnail.full_size)))
        except OSError as error:
            _log.debug("no thumbnail kept in %s: %s", file.parent, error)

    def _file(self, path: str, stamp: Stamp) -> Path:
        key = "\0".join([LAYOUT, str(stamp[0]), str(stamp[1]), os.path.abspath(path)])
        name = hashlib.blake2b(os.fsencode(key), digest_size=20).hexdigest()
        return self.folder / name[:2] / f"{name[2:]}.jpg"

    def _grow(self, size: int) -> None:
        with self._lock:
            if self._size is None:
                self._size = sum(file_size for _, file_size, _ in self._files())
            else:
                self._size += size
            if self._size > self.limit:
                self._prune()

    def _files(self) -> list[tuple[int, int, Path]]:
        """Time of the last look in ns, bytes and path of every file."""
        found = []
        for file in self.folder.glob("??/*"):
            stamp = stamp_of(os.fspath(file))  # another window may be pruning, too
            if stamp is not None:
                found.append((stamp[1], stamp[0], file))
        return found

    def _prune(self) -> None:
        files = sorted(self._files())
        size = sum(file_size for _, file_size, _ in files)
        for _, file_size, file in files:
            if size <= self.limit * AFTER_PRUNING:
                break
            file.unlink(missing_ok=True)
            size -= file_size
        self._size = size


def _encoded(pixels: np.ndarray, full_size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    comment = "{}x{}".format(*full_size)
    Image.fromarray(pixels).save(written, "JPEG", quality=QUALITY, comment=comment)
    return written.getvalue()


def _write(file: Path, content: bytes) -> int:
    """Write beside the name and rename over it: nobody ever reads half a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.replace(unfinished, file)
    except OSError:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return len(content)


class ThumbnailStore:
    """The thumbnails at hand; any thread may ask."""

    def __init__(self, disk: DiskCache | None = None, memory_limit: int = MEMORY_LIMIT) -> None:
        self.disk = disk or DiskCache()
        self.memory_limit = memory_limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Thumbnail] = OrderedDict()  # the longest unused first
        self._nbytes = 0

    @property
    def nbytes(self) -> int:
        return self._nbytes

    def get(self, path: str) -> Thumbnail | None:
        """What is in memory: answers at once."""
        with self._lock:
            thumbnail = self._kept.get(path)
            if thumbnail is not None:
                self._kept.move_to_end(path)
            return thumbnail

    def make(self, path: str) -> Thumbnail:
        """Fetch a thumbnail from disk or make it, and keep it."""
        stamp = stamp_of(path)
        thumbnail = self.disk.read(path, stamp) if stamp is not None else None
        if thumbnail is None:
            thumbnail = make_thumbnail(path, stamp)
            self.disk.write(path, thumbnail)
        self._keep(path, thumbnail)
        return thumbnail

    def is_stale(self, path: str) -> bool:
        """Whether the file changed since its thumbnail was made; False where there is none."""
        thumbnail = self.get(path)
        return thumbnail is not None and thumbnail.stamp != stamp_of(path)

    def _keep(self, path: str, thumbnail: Thumbnail) -> None:
        with self._lock:
            replaced = self._kept.pop(path, None)
            self._nbytes += thumbnail.nbytes - (replaced.nbytes if replaced else 0)
            self._kept[path] = thumbnail
            while self._nbytes > self.memory_limit and len(self._kept) > 1:
                self._nbytes -= self._kept.popitem(last=False)[1].nbytes
