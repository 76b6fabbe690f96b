"""The numbers of an evaluation, against counting by hand and against slow, plain loops."""

import csv
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.training.evaluation.evaluation import Answers, Evaluation, calibrate, evaluate
from explorer.training.evaluation.evaluation_report import write_json_report, write_table

MakeAnswers = Callable[..., Answers]


@pytest.fixture
def make_answers(tmp_path: Path) -> MakeAnswers:
    """Builds answers: `make_answers(labels, probabilities, classes)`."""

    def make(
        labels: Sequence[int],
        probabilities: Sequence[Sequence[float]] | np.ndarray,
        classes: Sequence[str] = (),
        **others: object,
    ) -> Answers:
        shape = (len(labels), -1) if len(labels) else (0, len(classes))
        rows = np.array(probabilities, np.float32).reshape(shape)
        return Answers(
            model="model",
            about="pets/val",
            said=("By folders.",),
            folder=tmp_path,
            names=tuple(f"{place}.jpg" for place in range(len(labels))),
            labels=np.array(labels, np.int64),
            probabilities=rows,
            classes=tuple(classes) or tuple("abcdefghij"[: rows.shape[1]]),
            **others,
        )

    return make


@pytest.fixture
def by_chance(make_answers: MakeAnswers) -> Answers:
    """What a model of nine classes says of 400 pictures; one class has none."""
    rng = np.random.default_rng(7)
    labels = rng.integers(0, 8, 400)
    logits = rng.standard_normal((400, 9))
    logits[np.arange(400), labels] += 1
    rows = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return make_answers(labels, rows)


def test_a_few_pictures_counted_by_hand(make_answers: MakeAnswers):
    """Four pictures of three classes: every number as it is worked out on paper."""
    rows = [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]
    found = evaluate(make_answers([0, 1, 1, 2], rows))
    assert found.top1 == 0.75
    assert found.loss == pytest.approx(-np.log([0.7, 0.3, 0.5, 0.8]).mean(), abs=1e-6)
    assert found.matrix.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert found.by_class.recall.tolist() == [1, 0.5, 1]
    assert found.by_class.precision.tolist() == [0.5, 1, 1]
    assert found.by_class.f1 == pytest.approx([2 / 3, 2 / 3, 1])
    assert found.balanced_accuracy == pytest.approx(2.5 / 3)
    assert found.mistakes.tolist() == [1]


def test_the_same_as_plain_loops(by_chance: Answers):
    """Top-1, top-5, matrix, precision and recall of 400 pictures, picture by picture."""
    found = evaluate(by_chance)
    ranked = [np.argsort(-row, kind="stable").tolist() for row in by_chance.probabilities]
    labels = by_chance.labels.tolist()
    pairs = [(label, ranking[0]) for label, ranking in zip(labels, ranked, strict=True)]
    assert found.top1 == np.mean([label == taken for label, taken in pairs])
    hits = [label in ranking[:5] for label, ranking in zip(labels, ranked, strict=True)]
    assert found.top5 == np.mean(hits)
    for true in range(9):
        for taken in range(9):
            assert found.matrix[true, taken] == pairs.count((true, taken))
    seventh = [pair for pair in pairs if pair[1] == 7]
    assert found.by_class.precision[7] == np.mean([true == 7 for true, _ in seventh])


def test_of_equal_probabilities_the_first_class_counts(make_answers: MakeAnswers):
    """A model that says nothing is right by chance only, not always."""
    found = evaluate(make_answers(range(10), np.full((10, 10), 0.1)))
    assert (found.top1, found.top5) == (0.1, 0.5)


def test_a_class_without_pictures_says_nothing(by_chance: Answers):
    """No share is made up where nothing can be divided; means leave it out."""
    found = evaluate(by_chance)
    assert math.isnan(found.by_class.recall[8])
    assert found.balanced_accuracy == pytest.approx(found.by_class.recall[:8].mean())
    assert math.isfinite(found.mean_f1)


def test_mistakes_are_told_the_surest_first(by_chance: Answers):
    """The list begins with what the model was surest of, and has every mistake once."""
    found = evaluate(by_chance)
    sure = found.confidence[found.mistakes]
    assert (np.diff(sure) <= 0).all()
    assert len(found.mistakes) == 400 - round(found.top1 * 400)
    true, taken = 3, int(found.matrix[3].argmax())
    cell = found.cell(true, taken)
    assert len(cell) == found.matrix[true, taken]
    assert set(cell) <= set(found.of_class(true))


def test_calibration_counted_by_hand():
    """Two bins: sure by 0.3 and right by half, sure by 0.9 and always right."""
    sure = np.array([0.2, 0.4, 0.9, 0.9], np.float32)
    found = calibrate(sure, np.array([True, False, True, True]), bins=2)
    assert found.counts.tolist() == [2, 2]
    assert found.confidence == pytest.approx([0.3, 0.9])
    assert found.accuracy.tolist() == [0.5, 1]
    assert found.error == pytest.approx(0.5 * 0.2 + 0.5 * 0.1)
    assert found.mean_confidence == pytest.approx(0.6)


def test_bins_hold_their_upper_edge():
    """Bins are ((m − 1) / M, m / M]: 0.5 belongs to the lower of two, 0 and 1 to the outer ones."""
    sure = np.array([0.0, 0.5, 0.75, 1.0])
    assert calibrate(sure, sure > 0.6, bins=2).counts.tolist() == [2, 2]


def test_a_model_that_is_as_right_as_it_is_sure_has_no_error():
    """Outcomes drawn with the very probabilities that are told: only chance is left."""
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.2, 1, 200_000)
    found = calibrate(sure, rng.random(200_000) < sure)
    assert found.error < 0.01
    assert len(found.counts) == 15


def test_answers_that_are_no_numbers_are_refused(make_answers: MakeAnswers):
    """Damaged weights are said, not averaged."""
    with pytest.raises(ExplorerError, match=r"1 of 2 pictures is no number\. Its weights"):
        evaluate(make_answers([0, 1], [[0.5, 0.5], [math.nan, 0.5]]))


def test_no_picture_is_refused_with_the_reason(make_answers: MakeAnswers):
    """Where nothing could be read, the first reason is told."""
    answers = make_answers([], [], unreadable={"a.jpg": "a.jpg is empty."}, classes="ab")
    with pytest.raises(ExplorerError, match=r"None of the pictures .* a\.jpg is empty\."):
        evaluate(answers)


def test_a_sure_mistake_costs_much_but_not_everything(make_answers: MakeAnswers):
    """A probability of 0 has a loss that can be averaged."""
    assert evaluate(make_answers([0], [[0.0, 1.0]])).loss == pytest.approx(87.3, abs=0.1)


@pytest.fixture
def evaluation(by_chance: Answers) -> Evaluation:
    return evaluate(by_chance)


def test_the_report_says_all(evaluation: Evaluation, tmp_path: Path):
    """It is plain JSON, without NaN, and its parts agree with each other."""
    file = tmp_path / "report.json"
    write_json_report(evaluation, file, half="all")
    told = json.loads(file.read_text("utf-8"), parse_constant=lambda name: pytest.fail(name))
    assert told["half"] == "all"
    assert told["pictures"] == sum(map(sum, told["matrix"])) == 400
    assert told["top1"] == pytest.approx(evaluation.top1)
    assert len(told["mistakes"]) == 400 - sum(row[i] for i, row in enumerate(told["matrix"]))
    assert set(told["mistakes"][0]) == {
        "filename", "true", "predicted", "probability", "true_probability"
    }  # fmt: skip
    assert told["per_class"][8]["recall"] is None
    assert sum(each["pictures"] for each in told["calibration"]) == 400


def test_the_table_has_a_line_for_each_picture(evaluation: Evaluation, tmp_path: Path):
    """Files, both classes, whether it is right, and how likely both were found."""
    file = tmp_path / "table.csv"
    write_table(evaluation, file)
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 400
    assert np.mean([int(row["right"]) for row in rows]) == pytest.approx(evaluation.top1)
    assert all((row["true"] == row["predicted"]) == (row["right"] == "1") for row in rows)
