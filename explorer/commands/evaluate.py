"""Measure how right a model is, and how sure, on labelled pictures; write a report.

    evaluate PICTURES --weights MODEL --out report.json
    evaluate RUN --out report.json                          what its training kept of its best epoch

PICTURES is a folder whose labels are recognised as for training: files called {class}_{id}.jpg, a
folder per class, or a CSV of filename,label; it may hold “train” and “val”. Those that validate
are taken, where a folder or a table says which, else all. The folder of a run stands for the
pictures that it learns from, divided as there; without --model and --weights, nothing is computed
anew. Classes are matched by their names, else by their numbers.

The report is a JSON object:
  half, model, folder, said     what was measured by what, and how its labels were told
  pictures                      how many were read
  top1, top5                    share of pictures whose class is the likeliest, or among five
  loss                          mean cross-entropy, in nats
  balanced_accuracy, mean_f1    means over the classes that have pictures
  ece                           expected calibration error, 15 bins (Guo et al. 2017, eq. 3)
  per_class                     a list: class, pictures, taken (for it), precision, recall, f1
  matrix                        rows: true classes, columns: what they were taken for; counts of
                                pictures, in the order of per_class
  calibration                   a list of bins: above, to (edges), pictures, confidence, accuracy
  mistakes                      a list, the surest first: filename, true, predicted, probability,
                                true_probability
  unreadable                    a list: filename, why
Where nothing can be said (0 of 0), there is null. --csv writes a line for each picture: filename,
true, predicted, right, probability, true_probability. Names of files begin below `folder`.

Exit code: 0 the report was written (files that cannot be read are listed at the end), 1 no picture
could be read, 2 it cannot be done as asked, 130 stopped by Ctrl-C. Each file appears whole, at the
end, or not at all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from ..errors import Cancelled, ExplorerError
from ..training.data.dataset import find_dataset
from ..training.data.examples import Half, LabelledPictures
from ..training.evaluation.evaluation import Answers, Evaluation, evaluate
from ..training.evaluation.evaluation_report import write_json_report, write_table
from ..training.runs.run import is_run, open_run
from ..training.runs.run_answers import answers_of
from .shared.arguments import number
from .shared.model import add_model, load_model
from .shared.pictures import list_problems, locate
from .shared.progress import bar_of_pictures
from .shared.writing import refuse_output, whole_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `evaluate` takes."""
    parser.add_argument("pictures", type=Path, metavar="PICTURES", help="a folder, a CSV, or a run")
    add = parser.add_argument_group("pictures").add_argument
    add("--half", choices=get_args(Half), help="which ones (those that validate, if anybody says)")
    add("--validation", type=Path, metavar="PICTURES", help="another folder, of those that do")
    add("--names", type=Path, metavar="FILE", help="the classes' names, one a line")
    drawn = "where nobody says which validate: the share that is drawn (%(default)s)"
    add("--fraction", type=_share, default=0.2, metavar="SHARE", help=drawn)
    add("--seed", type=int, default=0, help="and the seed it is drawn with, as in a recipe")

    add = parser.add_argument_group("output").add_argument
    add("--out", type=Path, default=Path("report.json"), help="the report (%(default)s)")
    add("--csv", type=Path, metavar="FILE", help="each picture, too, as a table")
    add("--overwrite", action="store_true", help="replace those files if they are there")
    add_model(parser)


def _share(text: str) -> float:
    share = number(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"“{text}” does not lie between 0 and 1")
    return share


def _pictures(arguments: argparse.Namespace) -> LabelledPictures:
    """Those that are asked for, by a model that is loaded for them."""
    if is_run(arguments.pictures):
        dataset = open_run(arguments.pictures).dataset
        return LabelledPictures.of(dataset, arguments.half or "validation")
    dataset = find_dataset(
        arguments.pictures,
        arguments.validation,
        fraction=arguments.fraction,
        seed=arguments.seed,
        names=arguments.names,
        to_measure=True,
    )
    return LabelledPictures.of(dataset, arguments.half)


def _is_kept(arguments: argparse.Namespace) -> bool:
    """Whether a training has kept what is asked for."""
    is_same = arguments.model is None and arguments.weights is None
    return is_same and is_run(arguments.pictures)


def _kept(arguments: argparse.Namespace) -> tuple[Half, Answers]:
    """What a run kept of its best epoch."""
    if arguments.half not in (None, "validation"):
        raise ExplorerError(
            "A run keeps only what its model says of the validation pictures.",
            hint=f"Add --weights {arguments.pictures} to look at others.",
        )
    return "validation", answers_of(open_run(arguments.pictures))


def _measured(arguments: argparse.Namespace) -> tuple[Half, Answers]:
    """What a model says now."""
    pictures = _pictures(arguments)
    vit = load_model(arguments)
    from ..training.evaluation.measuring import Measuring  # here, because it brings torch

    measuring = Measuring(vit, pictures, arguments.batch_size)
    try:
        with bar_of_pictures(len(measuring)) as bar:
            for _ in measuring.go_on():
                bar.update()
    except KeyboardInterrupt:
        raise Cancelled(
            f"stopped after {measuring.done:,} of {len(measuring):,} pictures; "
            f"{arguments.out} is not written."
        ) from None
    return pictures.half, measuring.answers()


def _outcome(evaluation: Evaluation, out: Path) -> Iterator[str]:
    """What happened, in sentences."""
    answers = evaluation.answers
    yield f"Wrote {out}. {answers.model} on {len(answers):,} pictures, {answers.about}:"
    yield (
        f"  top-1 {evaluation.top1:.1%}, top-5 {evaluation.top5:.1%}, loss {evaluation.loss:.3f}, "
        f"calibration error {evaluation.calibration.error:.3f}"
    )
    yield " ".join(answers.said)


def _list_unreadable(answers: Answers) -> None:
    unreadable = answers.unreadable.items()
    problems = [locate(ExplorerError(why), answers.folder / name) for name, why in unreadable]
    for line in list_problems(problems, "read"):
        print(line, file=sys.stderr)


def run(arguments: argparse.Namespace) -> int:
    """Measure, write, and list what could not be read."""
    outputs = [out for out in (arguments.out, arguments.csv) if out is not None]
    for out in outputs:
        refuse_output(out, arguments.overwrite)
    half, answers = _kept(arguments) if _is_kept(arguments) else _measured(arguments)
    if not len(answers):
        print(f"No picture could be read; {arguments.out} is not written.", file=sys.stderr)
        _list_unreadable(answers)
        return 1
    evaluation = evaluate(answers)
    with whole_file(arguments.out) as unfinished:
        write_json_report(evaluation, unfinished, half=half)
    if arguments.csv is not None:
        with whole_file(arguments.csv) as unfinished:
            write_table(evaluation, unfinished)
    for line in _outcome(evaluation, arguments.out):
        print(line, file=sys.stderr)
    _list_unreadable(answers)
    return 0
