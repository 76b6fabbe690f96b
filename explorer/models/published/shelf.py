"""What lies in the folder of weights: found by name, and deleted where nobody wants it any more.

A model lies there as `NAME.safetensors`, or, as the hub has it, in a folder: `NAME/` with
`model.safetensors` and what describes it. So a file can also be put there by hand.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ... import paths
from ...errors import ExplorerError

SAFE, PICKLED = "model.safetensors", "pytorch_model.bin"  # in a folder
DESCRIPTIONS = ("config.json", "preprocessor_config.json")  # beside them
WRITING = "generation_config.json"  # beside those of a captioner
VOCABULARIES = ("vocab.txt", "tokenizer.json")  # likewise

_PLACES = ("{}.safetensors", f"{{}}/{SAFE}", "{}.bin", f"{{}}/{PICKLED}", "{}.pth")
_IN_FOLDER = "|".join(map(re.escape, (SAFE, PICKLED, *DESCRIPTIONS, WRITING, *VOCABULARIES)))
_OURS = re.compile(rf"(.+?)(/({_IN_FOLDER})|\.safetensors|\.bin|\.pth)(\.[0-9a-f]+\.part)?")


def find(names: Iterable[str]) -> Path | None:
    """Where the weights of a model lie that is called by one of these names; the safest kind."""
    places = (paths.weights() / place.format(name) for name in names for place in _PLACES)
    return next((place for place in places if place.is_file()), None)


def contents() -> Mapping[str, Sequence[Path]]:
    """Every model's files in the folder of weights, by its name; unfinished ones, too."""
    home = paths.weights()
    found: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(home.rglob("*")):
        ours = _OURS.fullmatch(file.relative_to(home).as_posix())
        if ours and file.is_file():
            found[ours[1]].append(file)
    return found


def parts_of(target: Path) -> tuple[Path, ...]:
    """What has arrived of a file that is not whole yet."""
    return tuple(target.parent.glob(f"{target.name}.*.part"))


def delete(files: Iterable[Path]) -> None:
    """Delete files in the folder of weights, and the folders that are empty without them.

    Raises ExplorerError where one lies elsewhere, or cannot be deleted.
    """
    home = paths.weights().resolve()
    for file in files:
        folder = file.parent.resolve()
        if not folder.is_relative_to(home):
            raise ExplorerError(
                f"{file} lies outside the folder of weights.", hint="Delete it by hand."
            )
        _unlink(folder / file.name)
        with suppress(OSError):  # of the first folder that is not empty
            for emptied in (folder, *folder.parents):
                if emptied == home:
                    break
                emptied.rmdir()


def _unlink(file: Path) -> None:
    try:
        with suppress(FileNotFoundError):  # somebody else was faster
            file.unlink()
    except OSError as error:
        raise ExplorerError(
            f"{file.name} cannot be deleted: {error.strerror or error}.",
            hint="Close what uses it, and try again.",
        ) from error
