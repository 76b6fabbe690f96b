"""Has a model look at labelled pictures: what it says of them, ready to be evaluated."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...errors import ExplorerError
from ...models.batches import classify
from ...models.vit import ViT
from ..data.examples import LabelledPictures
from .class_matching import match_classes
from .evaluation import Answers

_PATIENCE = 0.2  # seconds that somebody else may have to wait for the model
_MOST_AT_ONCE = 64  # pictures


class Measuring:
    """Classifies labelled pictures, a batch each time that it is gone on with."""

    def __init__(self, vit: ViT, pictures: LabelledPictures, batch_size: int) -> None:
        """Raises ExplorerError where the model has other classes than the pictures."""
        info, examples = vit.info, pictures.examples
        self._pictures = pictures
        self._model = info.name
        self._match = match_classes(pictures.classes, info.name, info.classes, info.labels)
        paths = [examples.path(place) for place in range(len(examples))]
        self._results = classify(vit, paths, batch_size)
        self._answers: list[np.ndarray] = []  # float32 (classes,) of each picture that was read
        self._places: list[int] = []
        self._unreadable: dict[str, str] = {}
        self.batch_size = batch_size
        self.done = 0  # pictures

    def __len__(self) -> int:
        return len(self._pictures.examples)

    def go_on(self) -> Iterator[Path | ExplorerError]:
        """Classify one picture after the other; yields it, or why it cannot be read."""
        examples = self._pictures.examples
        for result in self._results:
            place, self.done = self.done, self.done + 1
            if isinstance(result, ExplorerError):
                self._unreadable[examples.names[place]] = str(result)
                yield result
            else:
                self._answers.append(result)
                self._places.append(place)
                yield examples.path(place)

    def answers(self) -> Answers:
        """What the model says of the pictures that it has looked at."""
        examples = self._pictures.examples.chosen(self._places)
        count = len(self._match.classes)
        return Answers(
            model=self._model,
            about=self._pictures.name,
            said=(self._pictures.said, self._match.said),
            folder=examples.folder,
            names=examples.names,
            labels=self._match.places[examples.labels],
            probabilities=np.array(self._answers, np.float32).reshape(-1, count),
            classes=self._match.classes,
            unreadable=self._unreadable,
        )


def patient_batch(vit: ViT) -> int:
    """As many pictures as a model looks at while somebody else waits for it, and does not mind."""
    height, width = vit.info.input_size
    picture = np.zeros((height, width, 3), np.uint8)
    vit.predict([picture])  # the first look takes longer than all others
    start = time.perf_counter()
    vit.predict([picture])
    each = time.perf_counter() - start
    return max(1, min(_MOST_AT_ONCE, int(_PATIENCE / each)))
