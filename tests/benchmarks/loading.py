"""What loading a checkpoint costs beyond reading its tensors.

`python tests/benchmarks/loading.py [--model vit_base_patch16_384]` prints JSON. Each time is taken
in a process of its own, as when the program starts: imports are done, memory is fresh, the file
lies in the system's cache. The sides take turns.

- `read`: the tensors of the file, in memory
- `load`: a network ready for pictures, by our `load_network`
- `timm`: the same, by `timm.create_model` with the file as its pretrained weights
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import timm
from safetensors.torch import load_file, save_file
from timing import ratio, summary

from explorer.models.loading import load_network
from explorer.records import Weights


def sides(model: str, file: str) -> dict[str, Callable[[], object]]:
    overlay = {"file": file}
    return {
        "read": lambda: {name: tensor.clone() for name, tensor in load_file(file).items()},
        "load": lambda: load_network(Weights(model, file=Path(file))),
        "timm": lambda: timm.create_model(model, True, pretrained_cfg_overlay=overlay),
    }


def seconds(side: str, model: str, file: str) -> float:
    """One side's time, in a fresh process."""
    command = [sys.executable, __file__, "--model", model, "--file", file, "--side", side]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(model: str, rounds: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "weights.safetensors")
        save_file(timm.create_model(model).state_dict(), file)
        times: dict[str, list[float]] = {side: [] for side in sides(model, file)}
        for number in range(rounds + 1):
            for side, taken in times.items():
                found = seconds(side, model, file)
                taken += [found] if number else []  # the first round warms the system's cache
        size = Path(file).stat().st_size
    return {
        "model": model,
        "megabytes": round(size / 1e6),
        "seconds": {side: summary(taken) for side, taken in times.items()},
        "load / read": ratio(times["load"], times["read"]),
        "timm / read": ratio(times["timm"], times["read"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="vit_base_patch16_384")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        work = sides(arguments.model, arguments.file)[arguments.side]
        started = time.perf_counter()
        work()
        print(time.perf_counter() - started)
    else:
        print(json.dumps(measure(arguments.model, arguments.rounds), indent=1))


if __name__ == "__main__":
    main()
