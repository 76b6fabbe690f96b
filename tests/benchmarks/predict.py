"""What `predict` costs beyond the bare forward pass: reading pictures should hide behind it.

`python tests/benchmarks/predict.py [--model vit_small_patch16_224] [--device cuda]` prints JSON.
All sides are measured in turn, in this one run; pictures per second are those of the median.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from timing import in_turn, ratio, summary

import explorer
from explorer.images.reading import read_picture
from explorer.models.batches import READERS, classify

SIZE = 640, 480  # of the pictures: width, height


def draw(folder: Path, count: int) -> list[Path]:
    """JPEGs with the detail of photographs."""
    paths = [folder / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        noise = np.random.default_rng(number).integers(0, 256, (60, 80, 3)).astype(np.uint8)
        Image.fromarray(noise).resize(SIZE, Image.Resampling.BICUBIC).save(path, quality=90)
    return paths


def measure(arguments: argparse.Namespace, paths: list[Path]) -> dict[str, object]:
    """Seconds for all pictures: only the forward pass, read one after the other, and `predict`."""
    vit = explorer.load_vit(arguments.model, "random", arguments.device)
    size = arguments.batch_size
    ready = [vit.prepare(read_picture(path)) for path in paths]
    batches = [ready[at : at + size] for at in range(0, len(ready), size)]

    def forward() -> None:
        for batch in batches:
            vit.predict(batch)

    def one_after_the_other() -> None:
        for at in range(0, len(paths), size):
            vit.predict([read_picture(path) for path in paths[at : at + size]])

    def predict() -> None:
        for _ in classify(vit, paths, size):
            pass

    candidates = {
        "forward": forward,
        "one_after_the_other": one_after_the_other,
        "predict": predict,
    }
    times = in_turn(candidates, arguments.rounds)
    return {
        "model": vit.info.name,
        "device": vit.info.device,
        "threads": {"torch": torch.get_num_threads(), "readers": READERS},
        "pictures": len(paths),
        "seconds": {name: summary(each) for name, each in times.items()},
        "pictures_per_second": {
            name: round(len(paths) / summary(each)["median"], 1) for name, each in times.items()
        },
        "ratio_to_forward": {name: ratio(times[name], times["forward"]) for name in candidates},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="vit_small_patch16_224")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = draw(Path(folder), arguments.pictures)
        print(json.dumps(measure(arguments, paths), indent=2))


if __name__ == "__main__":
    main()
