"""Fine-tune a model on labelled or captioned pictures, as a recipe says; or go on with a run.

    train --recipe adam-384 --data PICTURES --out RUN    makes the run's folder, and trains it
    train RUN                                            begins, or goes on where it was left

Ctrl-C stops after the step it is in and saves all; a second one stops at once. Several GPUs or
machines: accelerate launch main.py train RUN. Two processes on CPUs, where Accelerate begins only
one by itself: accelerate launch --multi_gpu --num_processes 2 main.py train RUN.

Exit code: 0 it finished or was asked to stop, 2 it could not go on, and why is said; what was saved
last is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..errors import ExplorerError
from .training.terminal import Terminal

if TYPE_CHECKING:
    from ..training.data.examples import Dataset
    from ..training.engine.program import Outcome
    from ..training.recipes.recipe import Recipe
    from ..training.runs.run import Run

_PATIENCE = 600.0  # s that other processes wait until the first one has made the run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `train` takes."""
    parser.add_argument("run", nargs="?", type=Path, metavar="RUN", help="a run's folder")

    add = parser.add_argument_group("a new run").add_argument
    add("--recipe", metavar="NAME", help="of a recipe that ships, or a TOML file")
    add("--data", type=Path, metavar="PICTURES", help="a folder of them, or a CSV")
    add("--validation", type=Path, metavar="PICTURES", help="other ones (the recipe's share)")
    add("--names", type=Path, metavar="FILE", help="the classes' names, one a line")
    add("--out", type=Path, metavar="RUN", help="its folder (one in runs/ with the recipe's name)")
    change = "changes of the recipe, such as stages.0.epochs=3 model=vit_tiny_patch16_224"
    add("--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help=change)

    tell = "train nothing; print what it would take, as JSON: once at once, once after a few steps"
    add("--estimate", action="store_true", help=tell)

    add = parser.add_argument_group("computing").add_argument
    add("--device", help="auto, cuda, cuda:1, mps or cpu (the recipe's)")
    minutes = "save at least so often (%(default)g)"
    add("--save-minutes", type=_minutes, default=10.0, metavar="M", help=minutes)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not minutes >= 0:
        raise argparse.ArgumentTypeError(f"“{text}” is no number of minutes")
    return minutes


def run(arguments: argparse.Namespace) -> int:
    """Make a run or open one, and train it."""
    _let_threads_sleep()
    if arguments.estimate:
        return _estimate(arguments)
    begun = time.time()
    if _is_launched_alone():
        hint = "accelerate launch began one process only; on CPUs, give it --multi_gpu as well, "
        hint += "whatever else it was given."
        print(hint, file=sys.stderr)
    run = _run(arguments)
    _forget_old_wishes(run, begun)
    with _stoppable() as stop:
        outcome = _train(run, arguments, stop)
    if _is_first():
        print(outcome, file=sys.stderr)
    return 0


def _train(run: Run, arguments: argparse.Namespace, stop: Callable[[], bool]) -> Outcome:
    from ..training.engine.program import Wants, train  # here, because it brings torch

    with Terminal() as terminal:
        wants = Wants(
            device=arguments.device,
            save_seconds=60 * arguments.save_minutes,
            heard=terminal.hear,
            progress=terminal.progress,
            should_stop=stop,
        )
        return train(run, wants)


def _let_threads_sleep() -> None:
    """Have torch's threads sleep while they wait for each other; before torch is loaded.

    By itself OpenMP has them spin. On a machine with nothing else to do that is as good; but where
    one thread's core is taken by another program, even for a moment, the others burn theirs until
    it is back, and a step takes up to five times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def _estimate(arguments: argparse.Namespace) -> int:
    """Print what a training would take, a line at a time."""
    from ..training.engine.estimate import Estimate, estimate

    def tell(known: Estimate) -> None:
        print(json.dumps(known.as_json()), flush=True)

    if arguments.run is not None:
        run = _run(arguments)
        recipe, dataset = run.recipe, run.dataset
    else:
        _check_new(arguments)
        recipe = _recipe(arguments)
        dataset = _dataset(arguments, recipe)
    with _stoppable() as stop:
        estimate(recipe, dataset, tell, arguments.device, should_stop=stop)
    return 0


def _run(arguments: argparse.Namespace) -> Run:
    """The run that is asked for, made where it is a new one."""
    from ..training.runs.run import open_run

    new = [name for name in ("recipe", "data", "validation", "names", "out", "set")
           if getattr(arguments, name)]  # fmt: skip
    if arguments.run is not None:
        if new:
            raise ExplorerError(
                f"--{new[0]} is for a new run, and {arguments.run} says to go on with one.",
                hint=f"To begin one, leave {arguments.run} out; its folder is named by --out.",
            )
        return open_run(arguments.run)
    _check_new(arguments)
    return _new_run(arguments) if _is_first() else _awaited(arguments)


def _check_new(arguments: argparse.Namespace) -> None:
    if not (arguments.recipe and arguments.data):
        raise ExplorerError(
            "What is to be trained?", hint="Give a run's folder, or --recipe and --data."
        )


def _dataset(arguments: argparse.Namespace, recipe: Recipe) -> Dataset:
    from ..training.data.dataset import find_dataset

    return find_dataset(
        arguments.data,
        arguments.validation,
        fraction=recipe.validation_fraction,
        seed=recipe.seed,
        names=arguments.names,
        task=recipe.task,
    )


def _new_run(arguments: argparse.Namespace) -> Run:
    from ..training.runs.run import create_run, free_name

    recipe = _recipe(arguments)
    dataset = _dataset(arguments, recipe)
    print(dataset.said, file=sys.stderr)
    for problem in dataset.problems:
        print(f"  {problem.message}", file=sys.stderr)
    run = create_run(arguments.out or free_name(recipe.name), recipe, dataset)
    print(f"The run: {run.folder}", file=sys.stderr)
    return run


def _recipe(arguments: argparse.Namespace) -> Recipe:
    from ..training.recipes.recipe_changes import changed
    from ..training.recipes.recipe_file import find_recipe

    return changed(find_recipe(arguments.recipe), arguments.set)


def _is_first() -> bool:
    """Whether this process is alone, or the first of those that `accelerate launch` started."""
    return int(os.environ.get("RANK", "0")) == 0


def _is_launched_alone() -> bool:
    """Whether Accelerate was asked for several processes and, for want of GPUs, began only one."""
    return "ACCELERATE_MIXED_PRECISION" in os.environ and (
        "MASTER_ADDR" in os.environ and "WORLD_SIZE" not in os.environ
    )


def _awaited(arguments: argparse.Namespace) -> Run:
    """The run that the first process makes."""
    from ..training.runs.run import is_run, learned_nothing, open_run

    if arguments.out is None:
        raise ExplorerError(
            "Several processes have to know the run's folder.", hint="Give it with --out."
        )
    end = time.monotonic() + _PATIENCE
    # One that learned nothing is there from before, and about to be replaced.
    while not is_run(arguments.out) or learned_nothing(arguments.out):
        if time.monotonic() > end:
            break
        time.sleep(0.2)
    return open_run(arguments.out)


def _forget_old_wishes(run: Run, begun: float) -> None:
    """Wishes that a process before this one did not live to hear."""
    for wish in ("stop", "pause"):
        file = run.folder / wish
        if file.exists() and file.stat().st_mtime < begun:
            file.unlink(missing_ok=True)


@contextmanager
def _stoppable() -> Iterator[Any]:
    """A question that is answered with yes after Ctrl-C or a polite end; a second Ctrl-C ends."""
    heard: list[int] = []
    own = os.getpid()

    def hear(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != own or heard:  # a forked worker; or nobody wants to wait
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        heard.append(number)

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
