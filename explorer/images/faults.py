"""What can be wrong with a picture file, as sentences with a next step."""

import os
from pathlib import Path

from PIL import Image

from ..errors import ExplorerError


def explain(error: Exception, path: Path, most_pixels: int) -> ExplorerError:
    """An exception from the file system or a decoder, in words for people."""
    name = display_name(path)
    match error:
        case FileNotFoundError():
            hint = "It may have been moved, renamed or deleted."
            return ExplorerError(f"{name} does not exist.", hint)
        case PermissionError():
            return ExplorerError(f"{name} may not be read.", "Ask its owner for permission.")
        case Image.DecompressionBombError():
            limit = f"more than {most_pixels // 1_000_000} megapixels, the most that is read"
            return ExplorerError(
                f"{name} claims to hold {limit}.", "Reduce it with another program first."
            )
        case MemoryError():
            return ExplorerError(f"There is not enough memory for {name}.", "Reduce it first.")
        case OSError(errno=int(), strerror=reason):  # decoders raise OSError, too, without errno
            hint = "Check the disk or the connection."
            return ExplorerError(f"{name} cannot be read: {reason}.", hint)
    return _damaged(error, name)


def _damaged(error: Exception, name: str) -> ExplorerError:
    hint = "Copy, download or export it again."
    if "truncated" in str(error).lower():
        return ExplorerError(f"{name} is cut off: the end of its data is missing.", hint)
    reason = str(error).strip().rstrip(".") or type(error).__name__
    return ExplorerError(f"{name} is damaged and cannot be decoded ({reason}).", hint)


def no_picture(path: Path, kind: str | None) -> ExplorerError:
    """A file that no decoder wants; `kind` is what it is, where somebody knows."""
    name = display_name(path)
    if kind is None:
        return ExplorerError(
            f"{name} is not a picture, or is damaged from its first bytes on.",
            hint="Open it with another program to see what it is.",
        )
    return ExplorerError(
        f"{name} is {kind}, which cannot be read here.", hint="Convert it to PNG or JPEG."
    )


def display_name(path: Path) -> str:
    """A file's name as it can be shown: undecodable bytes become �."""
    return os.fsencode(path.name or path).decode("utf-8", "replace")
