"""What a trace costs beyond the plain forward pass, and what it keeps.

`python tests/benchmarks/recording.py [--device cuda] [--model vit_base_patch16_384]` prints JSON.
Both sides of every ratio are measured in turn, in this one run; medians.
"""

import argparse
import json
from collections.abc import Callable

import numpy as np
import timm
import torch
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="vit_base_patch16_384")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    figures = forward_and_trace(arguments.model, arguments.device, arguments.rounds)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
