"""Where the learner looks: a picture's attention, kept after each epoch. Torch-free, to be read."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from ...errors import ExplorerError
from ...images.reading import read_picture
from ...records import Frame, Framing, Picture, Trace
from ..data.examples import Dataset
from ..files import reading_arrays, replacing
from ..recipes.recipe import Recipe

_TRIED = 100  # pictures; where so many are broken, something else is wrong


@dataclass(frozen=True, eq=False)
class Probe:
    """The last layer's attention from the token that decides, and what was decided.

    A captioner's from its words, mean over them.
    """

    frame: Frame  # where the patches lie on the picture
    heads: np.ndarray  # float32 (heads, rows, columns)
    probability: np.ndarray  # float32 (classes,); of a caption (1,): its words' geometric mean
    query: str  # whose attention it is: "class", "mean of patches", "words", …
    epoch: int  # 0 = before training
    said: str = ""  # the caption that was written

    @property
    def mean(self) -> np.ndarray:
        """Of all heads: float32 (rows, columns)."""
        return self.heads.mean(axis=0)


def probe_picture(recipe: Recipe, dataset: Dataset) -> Picture:
    """The recipe's probe, else the first validation picture that can be read.

    Raises ExplorerError where there is none.
    """
    if recipe.probe:
        return read_picture(Path(recipe.probe))
    *others, last = map(dataset.validation.path, range(min(_TRIED, len(dataset.validation))))
    for path in others:
        with suppress(ExplorerError):
            return read_picture(path)
    return read_picture(last)


def probe_of(trace: Trace, epoch: int) -> Probe:
    """What is kept of a trace."""
    heads = trace.maps()[-1]
    return Probe(trace.frame, heads, trace.probability, trace.default_query, epoch)


def write_probe(path: Path, probe: Probe) -> None:
    """Write it whole; raises ExplorerError where it cannot be written."""
    frame = probe.frame
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(
            file,
            heads=probe.heads.astype(np.float32),
            probability=probe.probability,
            query=probe.query,
            epoch=probe.epoch,
            said=probe.said,
            framing=frame.framing,
            picture_size=frame.picture_size,
            input_size=frame.input_size,
            box=frame.box,
        )


def read_probe(path: Path) -> Probe:
    """What `write_probe` wrote; raises OSError or ValueError where there is no such thing."""
    with reading_arrays(path) as file:
        rows, columns = file["heads"].shape[1:]
        framing = {name: name for name in get_args(Framing)}[str(file["framing"])]
        width, height = file["picture_size"].tolist()
        box = file["box"].tolist()
        frame = Frame(
            framing=framing,
            picture_size=(width, height),
            input_size=(int(file["input_size"][0]), int(file["input_size"][1])),
            box=(box[0], box[1], box[2], box[3]),
            rows=rows,
            columns=columns,
        )
        query, epoch = str(file["query"]), int(file["epoch"])
        said = str(file["said"]) if "said" in file else ""  # runs of before have none
        return Probe(frame, file["heads"], file["probability"], query, epoch, said)
