"""What a trace costs beyond the plain forward pass, what it keeps, and what loading costs.

`python tests/benchmarks/recording.py [--device cuda] [--model vit_base_patch16_384]` prints JSON.
Both sides of every ratio are measured in turn, in this one run; medians.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import timm
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from timing import in_turn, ratio, summary

import explorer
from explorer.models.vit import ViT


def forward_and_trace(name: str, device: str, rounds: int) -> dict[str, object]:
    """Plain timm forward against `ViT.trace` on the same pixels; bytes that a trace keeps."""
    vit = explorer.load_vit(name, weights="random", device=device)
    network = timm.create_model(name).eval().to(device)
    pixels = torch.randn(3, *vit.info.input_size)

    @torch.inference_mode()
    def plain() -> None:
        network(pixels[None].to(device)).cpu()

    times = in_turn({"plain": plain, "trace": lambda: vit.trace(pixels=pixels)}, rounds)
    trace = vit.trace(pixels=pixels)
    return {
        "plain_forward_s": summary(times["plain"]),
        "trace_s": summary(times["trace"]),
        "ratio": ratio(times["trace"], times["plain"]),
        "trace_megabytes": trace.nbytes / 1e6,
        "one_query_all_layers_s": summary(in_turn({"row": _hover(vit, pixels)}, 50)["row"]),
    }


def _hover(vit: ViT, pixels: torch.Tensor) -> Callable[[], None]:
    trace = vit.trace(pixels=pixels)
    patches = iter(np.random.default_rng(0).integers(0, trace.grid.rows, (10_000, 2)).tolist())

    def read() -> None:
        row, column = next(patches)
        trace.rows((row, column % trace.grid.columns))

    return read


def loading(name: str, rounds: int) -> dict[str, object]:
    """Loading a checkpoint into a model against only reading its tensors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.safetensors"
        save_file(timm.create_model(name).state_dict(), path)

        def read() -> None:
            with safe_open(path, framework="pt") as file:
                for key in file.keys():  # noqa: SIM118 - not a mapping
                    file.get_tensor(key).sum()

        def load() -> None:
            explorer.load_vit(name, weights=path, device="cpu")

        times = in_turn({"read": read, "load": load}, rounds)
        return {
            "file_megabytes": path.stat().st_size / 1e6,
            "read_s": summary(times["read"]),
            "load_s": summary(times["load"]),
            "ratio": ratio(times["load"], times["read"]),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="vit_base_patch16_384")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    figures = {
        "recording": forward_and_trace(arguments.model, arguments.device, arguments.rounds),
        "loading": loading(arguments.model, arguments.rounds),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
