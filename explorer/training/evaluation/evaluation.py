"""How right a model is, and how sure: numbers from what it says of labelled pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from ...errors import ExplorerError

TOP = 5
BINS = 15  # of confidence, as in the paper on calibration
_LEAST = np.finfo(np.float32).tiny  # the least probability that float32 writes in full


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model says of labelled pictures."""

    model: str  # its name
    about: str  # what it looked at: the end of a folder's path, or a run's name
    said: tuple[str, ...]  # sentences: how the labels were told, how classes belong together
    folder: Path
    names: tuple[str, ...]  # of the pictures, as paths below the folder
    labels: np.ndarray  # int64 (pictures,): the true classes
    probabilities: np.ndarray  # float32 (pictures, classes), rows sum to 1
    classes: tuple[str, ...]  # their names; also of those without pictures
    unreadable: Mapping[str, str] = field(default_factory=dict)  # pictures left out, and why

    def __len__(self) -> int:
        return len(self.names)

    def path(self, place: int) -> Path:
        """Where a picture lies."""
        return self.folder / self.names[place]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Whether a model is as often right as it is sure, by how sure it is.

    Confidence is the probability of the class that it takes the picture for.
    """

    edges: np.ndarray  # float64 (bins + 1,): of confidence, 0 to 1
    counts: np.ndarray  # int64 (bins,): pictures
    confidence: np.ndarray  # float64 (bins,): mean; NaN where a bin has no picture
    accuracy: np.ndarray  # float64 (bins,): share that is right; NaN likewise
    error: float  # ECE, 0 to 1

    @property
    def mean_confidence(self) -> float:
        """Over all pictures."""
        return float(np.nansum(self.confidence * self.counts) / self.counts.sum())


@dataclass(frozen=True, eq=False)
class PerClass:
    """What a model makes of each class. NaN where nothing can be said."""

    counts: np.ndarray  # int64 (classes,): pictures of the class
    taken: np.ndarray  # int64 (classes,): pictures that were taken for it
    recall: np.ndarray  # float64 (classes,): of its pictures, the share that was taken for it
    precision: np.ndarray  # float64 (classes,): of those taken for it, the share that is of it
    f1: np.ndarray  # float64 (classes,): harmonic mean of both


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How right and how sure a model is. All but `loss` lie between 0 and 1."""

    answers: Answers
    predicted: np.ndarray  # int64 (pictures,): the likeliest class
    confidence: np.ndarray  # float32 (pictures,): its probability
    true_probability: np.ndarray  # float32 (pictures,): of the class that is right
    top1: float
    top5: float
    loss: float  # mean cross-entropy in nats; each picture's at most that of `_LEAST`, 87
    matrix: np.ndarray  # int64 (classes, classes): of row's pictures, those taken for column's
    by_class: PerClass
    calibration: Calibration

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that have pictures: each counts alike, however rare."""
        return float(self.by_class.recall[self.by_class.counts > 0].mean())

    @property
    def mean_f1(self) -> float:
        """Mean F1 of the classes that have pictures (“macro F1”)."""
        return float(self.by_class.f1[self.by_class.counts > 0].mean())

    @cached_property
    def mistakes(self) -> np.ndarray:
        """Places of the pictures taken for what they are not, the surest first: int64 (…,)."""
        wrong = np.flatnonzero(self.predicted != self.answers.labels)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")]

    def cell(self, true: int, predicted: int) -> np.ndarray:
        """Places of a class's pictures that were taken for a class, the surest first."""
        found = np.flatnonzero((self.answers.labels == true) & (self.predicted == predicted))
        return found[np.argsort(-self.confidence[found], kind="stable")]

    def of_class(self, true: int) -> np.ndarray:
        """Places of a class's pictures, those that the model finds least like it first."""
        found = np.flatnonzero(self.answers.labels == true)
        return found[np.argsort(self.true_probability[found], kind="stable")]


def evaluate(answers: Answers) -> Evaluation:
    """Count and average what a model says.

    Raises ExplorerError where there is no picture, or the model's answers are no numbers.
    """
    _check(answers)
    labels, probabilities = answers.labels, answers.probabilities
    places = np.arange(len(labels))
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities[places, predicted]
    true = probabilities[places, labels]
    ranks = _ranks(labels, probabilities)
    matrix = confusion(labels, predicted, probabilities.shape[1])
    return Evaluation(
        answers=answers,
        predicted=predicted,
        confidence=confidence,
        true_probability=true,
        top1=float((ranks == 0).mean()),
        top5=float((ranks < TOP).mean()),
        loss=float(-np.log(np.maximum(true, _LEAST)).mean(dtype=np.float64)),
        matrix=matrix,
        by_class=_per_class(matrix),
        calibration=calibrate(confidence, predicted == labels),
    )


def _check(answers: Answers) -> None:
    if not len(answers):
        raise ExplorerError(
            f"None of the pictures in {answers.about} can be read.",
            hint=next(iter(answers.unreadable.values()), "Choose another folder."),
        )
    broken = int((~np.isfinite(answers.probabilities)).any(axis=1).sum())
    if broken:
        raise ExplorerError(
            f"What {answers.model} says of {broken:,} of {len(answers):,} pictures is no number.",
            hint="Its weights may be damaged.",
        )


def _ranks(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """How many classes come before the true one, int64 (pictures,); of equal ones, the first."""
    true = probabilities[np.arange(len(labels)), labels][:, None]
    is_before = np.arange(probabilities.shape[1]) < labels[:, None]
    ranks: np.ndarray = ((probabilities > true) | (is_before & (probabilities == true))).sum(axis=1)
    return ranks


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """How many pictures of each class, in rows, were taken for each, in columns: int64."""
    counts = np.bincount(labels * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes)


def _per_class(matrix: np.ndarray) -> PerClass:
    right, counts, taken = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 / 0: nothing can be said
        return PerClass(counts, taken, right / counts, right / taken, 2 * right / (counts + taken))


def calibrate(confidence: np.ndarray, is_right: np.ndarray, bins: int = BINS) -> Calibration:
    """Compare how sure a model is, (pictures,), with how often it is right, bool (pictures,).

    The expected calibration error of Guo et al. 2017, “On Calibration of Modern Neural Networks”,
    eq. 3: with bins ((m − 1) / M, m / M] of confidence, ECE = Σ |bin| / n · |accuracy −
    confidence|. Their curve over the bins is the reliability diagram.
    """
    edges = np.linspace(0, 1, bins + 1)
    bin_of = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(bin_of, minlength=bins)
    sure = np.bincount(bin_of, weights=confidence, minlength=bins)
    right = np.bincount(bin_of, weights=is_right, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = sure / counts, right / counts
    return Calibration(edges, counts, *means, float(np.abs(right - sure).sum() / counts.sum()))
