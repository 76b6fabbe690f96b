"""The vision transformer that a command computes with: what may be asked of it, and loading it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, get_args

from ...errors import ExplorerError
from ...records import DEFAULT_MODEL, Framing
from .arguments import add_device, count, numbers
from .progress import loading

if TYPE_CHECKING:
    from ...models.vit import ViT


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model, and what computes."""
    add = parser.add_argument_group("model").add_argument
    add("--model", metavar="NAME", help=f"timm's name of a ViT ({DEFAULT_MODEL.name})")
    add("--weights", metavar="FILE", help="a checkpoint, its folder, or “random” (pretrained)")
    add("--heads", type=count, help="heads per layer, where the checkpoint cannot say")
    add("--image-size", type=count, nargs=2, metavar=("H", "W"), help="(the model's own)")
    add("--mean", type=numbers, metavar="R,G,B", help="of pixels in 0..1 (the model's own)")
    add("--std", type=numbers, metavar="R,G,B", help="of pixels in 0..1 (the model's own)")
    add("--framing", choices=get_args(Framing), help="what becomes square how (the model's own)")

    computing = parser.add_argument_group("computing")
    add_device(computing)
    add = computing.add_argument
    add("--precision", choices=["float32", "bfloat16"], default="float32", help="(%(default)s)")
    add("--batch-size", type=count, default=16, metavar="N", help="pictures at once (%(default)s)")


def load_model(arguments: argparse.Namespace) -> ViT:
    """Load what `add_model` was told."""
    if (arguments.mean is None) != (arguments.std is None):
        raise ExplorerError("--mean and --std belong together.", hint="Give both, or none.")
    from ...api import load_vit  # here, because it brings torch: --help need not wait for that

    with loading() as progress:
        return load_vit(
            arguments.model,
            arguments.weights,
            arguments.device,
            arguments.image_size and tuple(arguments.image_size),
            precision=arguments.precision,
            framing=arguments.framing,
            heads=arguments.heads,
            normalisation=arguments.mean and (arguments.mean, arguments.std),
            progress=progress,
        )
