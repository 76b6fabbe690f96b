"""Reads what a run keeps to be looked at: augmented pictures, and the probe's attention."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QObject, Signal

from ...errors import ExplorerError
from ...records import Frame, Picture
from ...training.runs.probe import probe_picture, read_probe
from ...training.runs.run import Run
from ...training.runs.sample import read_sample
from ..training.seen import RunSeen
from ..worker import Task, Worker

SIDE = 224  # pixels to which augmented pictures are shrunk: more are never seen
BREATH = 0.001  # s between two files in which the window's thread has Python for itself
_DAMAGED = (OSError, ValueError, KeyError, ExplorerError)


@dataclass(frozen=True, eq=False)
class Sampled:
    """Pictures as the model saw them in training, and what it was told of them."""

    pixels: np.ndarray  # uint8 (pictures, height, width, 3)
    labels: tuple[str, ...]  # “cat”, “cat 0.75, dog 0.25”


@dataclass(frozen=True)
class Glance:
    """Where the model looked after an epoch, and what it said."""

    epoch: int  # 0 = before training
    values: np.ndarray  # float32 (rows, columns), mean of the heads
    answer: str  # the most probable class
    probability: float


@dataclass(frozen=True, eq=False)
class Story:
    """How attention on the probe changed."""

    folder: Path
    picture: Picture
    frame: Frame
    asked_from: str  # whose attention it is: “class”, “mean of patches”, …
    glances: tuple[Glance, ...]  # by epoch

    @property
    def highest(self) -> float:
        """Of all maps: one scale for all epochs."""
        return max(float(glance.values.max()) for glance in self.glances)


def read_sampled(run: Run, path: Path, _task: Task) -> Sampled | None:
    """The augmented pictures of a stage; None where they cannot be read."""
    try:
        sample, classes = read_sample(path), run.dataset.classes
    except _DAMAGED:
        return None
    labels = sample.captions or tuple(_label(target, classes) for target in sample.targets)
    return Sampled(np.stack([_shrunk(pixels) for pixels in sample.pixels]), labels)


def _shrunk(pixels: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(picture)


def _label(target: np.ndarray, classes: tuple[str, ...]) -> str:
    """The likely classes; their shares, where there are several."""
    even = (1 - target.max()) / max(1, target.size - 1)  # that label smoothing gave to all others
    told = [int(place) for place in np.argsort(-target) if target[place] > even + 0.01]
    if len(told) < 2:
        return classes[int(target.argmax())]
    return ", ".join(f"{classes[place]} {target[place]:.2f}" for place in told[:2])


def read_story(
    run: Run, probes: Mapping[int, Path], known: Story | None, task: Task
) -> Story | None:
    """The probe's attention over the epochs; None where there is none to be read.

    What is `known` of the same run is not read again.
    """
    glances = {glance.epoch: glance for glance in known.glances} if known is not None else {}
    frame, asked_from = (known.frame, known.asked_from) if known else (None, "")
    classes = _classes(run)
    for epoch, path in sorted(probes.items()):
        if epoch in glances and epoch != max(probes):
            continue
        if task.should_stop():
            return None
        try:
            probe = read_probe(path)
        except _DAMAGED:
            continue
        frame, asked_from = probe.frame, probe.query
        answers = (probe.said,) if probe.said else classes
        glances[epoch] = _glance(epoch, probe.mean, probe.probability, answers)
        time.sleep(BREATH)
    chosen = tuple(glances[epoch] for epoch in sorted(glances) if epoch in probes)
    if frame is None or not chosen:
        return None
    picture = known.picture if known is not None else _probe_picture(run, frame)
    return Story(run.folder, picture, frame, asked_from, chosen)


def _classes(run: Run) -> tuple[str, ...]:
    try:
        return run.dataset.classes
    except _DAMAGED:
        return ()


def _glance(
    epoch: int, values: np.ndarray, probability: np.ndarray, classes: tuple[str, ...]
) -> Glance:
    place = int(probability.argmax())
    answer = classes[place] if place < len(classes) else str(place)
    return Glance(epoch, values, answer, float(probability[place]))


def _probe_picture(run: Run, frame: Frame) -> Picture:
    """The probe; a grey field of its size where it is not there any more."""
    try:
        return probe_picture(run.recipe, run.dataset)
    except _DAMAGED:
        width, height = frame.picture_size
        return Picture(None, np.full((height, width, 3), 128, np.uint8), (width, height))


class RunFiles(QObject):
    """Reads on a thread of its own; the newest wish of each kind wins."""

    sample_read = Signal(object)  # Sampled, or None
    story_read = Signal(object)  # Story, or None

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = Worker("run files", self)
        self._sample: Path | None = None  # shown
        self._probes: Mapping[int, Path] | None = None  # of the story that is shown
        self._story: Story | None = None
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(partial(self._worker.close, 2.0))

    def want_sample(self, seen: RunSeen | None) -> None:
        """Tell the augmented pictures of a run's latest stage, where they are others now."""
        path = seen.samples[max(seen.samples)] if seen is not None and seen.samples else None
        if path == self._sample:
            return
        self._sample = path
        if seen is None or path is None:
            self._worker.cancel("sample")
            self.sample_read.emit(None)
        else:
            self._submit("sample", partial(read_sampled, seen.run, path), self.sample_read.emit)

    def want_story(self, seen: RunSeen | None) -> None:
        """Tell a run's probe over its epochs, where there are others now."""
        probes = seen.probes if seen is not None else {}
        if probes == self._probes:
            return
        self._probes = probes
        known = self._story
        if seen is None or not probes:
            self._worker.cancel("story")
            self._take_story(None)
            return
        if known is not None and known.folder != seen.folder:
            known = None
        self._submit("story", partial(read_story, seen.run, probes, known), self._take_story)

    def _take_story(self, story: Any) -> None:
        self._story = story
        self.story_read.emit(story)

    def _submit(self, kind: str, work: Callable[[Task], Any], done: Callable[[Any], None]) -> None:
        self._worker.submit(kind, work, done, lambda _error: done(None))
