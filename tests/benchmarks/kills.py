"""Kill a training at random moments, also while a checkpoint is written: it must lose nothing.

`python tests/benchmarks/kills.py [--kills 50]` prints JSON. A tiny training saves after every
step, is killed (SIGKILL) and taken up again, until it ends; its weights, its best model and its
results must be those of one that was never killed, bit by bit. Each life is a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))

from tiny import draw_model, draw_pictures, make_run, recipe

from explorer.training.engine.program import Wants, train
from explorer.training.engine.tensor_file import read_tensors
from explorer.training.runs.run import Run

WAYS = ("at a random moment", "while a checkpoint was written")
WANTS = Wants(device="cpu", save_seconds=0)


def spawn(run: Run) -> int:
    """Train in a process of its own, which has all modules already; returns its number."""
    number = os.fork()
    if number:
        return number
    with open(run.log, "ab") as log:  # whatever it says is kept
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        train(run, WANTS)
        os._exit(0)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)


def ended(number: int) -> bool:
    """Whether a process has ended by itself; raises where it failed."""
    done, status = os.waitpid(number, os.WNOHANG)
    if done and status:
        raise SystemExit("The training failed; see its log.")
    return bool(done)


def kill(number: int) -> None:
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def kill_at(number: int, is_time: Callable[[], bool]) -> bool:
    """Kill a process once it is time; False where it ended before."""
    while not is_time():
        if ended(number):
            return False
        time.sleep(0.0002)
    kill(number)
    return True


def result(run: Run) -> dict[str, str]:
    """What the training came to, in short: only what is equal has the same."""
    tensors = {file.stem: read_tensors(file)[0] for file in (run.last, run.best)}
    flat = {f"{s}/{n}": t for s, named in tensors.items() for n, t in sorted(named.items())}
    bits = (t.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() for t in flat.values())
    epochs = [
        (epoch.train_loss, epoch.train_accuracy, epoch.loss, epoch.top1, epoch.is_best)
        for epoch in run.history().read().epochs
    ]
    return {
        "tensors": hashlib.sha256(b"".join(bits)).hexdigest(),
        "names": hashlib.sha256("\n".join(flat).encode()).hexdigest(),
        "validation": hashlib.sha256(run.validation.read_bytes()).hexdigest(),
        "epochs": json.dumps(epochs),
    }


def killed_again_and_again(run: Run, most: int, seconds: float, chance: random.Random) -> list[str]:
    """Train a run to its end, in as many lives as it takes; returns how it was killed."""
    part = run.last.with_name(f".{run.last.name}.part")
    kills: list[str] = []
    while True:
        how = chance.choice(WAYS)
        moment = time.monotonic() + chance.uniform(0, seconds)

        def is_time(how: str = how, moment: float = moment) -> bool:
            is_late = time.monotonic() >= moment and len(kills) < most
            return is_late and (how == WAYS[0] or part.exists())

        if not kill_at(spawn(run), is_time):
            return kills
        kills.append(how)


def murder(make: Callable[[str], Run], most: int, seed: int) -> dict[str, object]:
    """One training that is left alone, and as many as it takes to be killed so often."""
    chance = random.Random(seed)
    run = make("never killed")
    started = time.monotonic()
    kill_at(spawn(run), lambda: False)
    seconds, wanted = time.monotonic() - started, result(run)
    kills: list[str] = []
    trainings = 0
    while len(kills) < most:
        trainings += 1
        run = make(f"killed {trainings}")
        kills += killed_again_and_again(run, most - len(kills), seconds / 2, chance)
        if result(run) != wanted:
            raise SystemExit("A killed training came to something else than one that was not.")
    return {
        "kills": dict(Counter(kills)),
        "trainings": trainings,
        "equal bit by bit": True,
        "seconds of a training": round(seconds, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="that read pictures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # a process that forks must not have threads
    with tempfile.TemporaryDirectory() as place:
        model, pictures = draw_model(Path(place, "model.safetensors")), Path(place, "pictures")
        draw_pictures(pictures)

        def make(name: str) -> Run:
            return make_run(Path(place, name), recipe(model, workers=arguments.workers), pictures)

        print(json.dumps(murder(make, arguments.kills, arguments.seed), indent=2))


if __name__ == "__main__":
    main()
