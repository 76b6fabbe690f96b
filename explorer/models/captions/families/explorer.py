"""Captioners that this program trained: all that is needed to open them is in their file.

A vision transformer of timm's sees, perhaps with a stem of convolutions; a pre-norm transformer, as
GPT-2, writes words of its own vocabulary. Tensors have timm's names and those of `TextDecoder`; the
notes say what tensors cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....errors import ExplorerError
from ....records import Preprocessing
from ...checkpoints.reading import Checkpoint
from ...checkpoints.refusals import ODD
from ...layouts import Translated
from ...networks.fitting import adapted_to, embedding
from ...networks.recognition import Recognised as RecognisedEncoder
from ..blueprints import (
    CaptionerBlueprint,
    decoder_blueprint,
    heads_of,
    parted,
    recognise_encoder,
    recognising,
)
from ..family import Asked, Opened, Recognised
from ..stem import has_stem, put_stem, with_kernel
from ..text_decoder import TextDecoder, plan_of, untied
from ..word_pieces import WordPieces

ACTIVATION, EPSILON = "gelu", 1e-6  # of the decoder
_LIBRARY = "ViT Explorer"
_NEEDED = (
    "encoder.pos_embed",
    "decoder.words.weight",
    "decoder.layers.0.look.key.weight",
)
_CROPS = {"crop": "center", "squash": "squash", "pad": "border"}


def notes_of(
    preprocessing: Preprocessing,
    encoder: Mapping[str, Any],
    epsilon: float,
    heads: int,
    vocabulary: Sequence[str],
) -> dict[str, Any]:
    """What stands beside the tensors of such a captioner.

    `encoder`: arguments of timm's VisionTransformer that its tensors do not tell; `epsilon` is of
    its layer norms; `heads` are the decoder's.
    """
    return {
        "captioner": {"heads": heads, "vocabulary": list(vocabulary)},
        "encoder": {"model_args": dict(encoder), "layer_norm_eps": epsilon},
        "input_size": [len(preprocessing.mean), *preprocessing.input_size],
        "mean": list(preprocessing.mean),
        "std": list(preprocessing.std),
        "interpolation": preprocessing.interpolation,
        "crop_pct": preprocessing.crop_fraction,
        "crop_mode": _CROPS[preprocessing.framing],
    }


def check_encoder(encoder: Any, arguments: Mapping[str, Any], epsilon: float | None) -> None:
    """Raise ExplorerError where an encoder could not be told from its tensors and notes again.

    Arguments as for `notes_of`.
    """
    tensors = encoder.state_dict()
    layout = Translated(_LIBRARY, tensors, model_args=arguments, epsilon=epsilon)
    try:
        found = _encoder(layout, embedding(encoder).img_size)
        adapted_to(found.blueprint, tensors, "It")
    except (ExplorerError, *ODD) as error:
        raise ExplorerError(
            "This model cannot be a captioner's encoder: it is no plain vision transformer.",
            hint="Choose another one, such as vit_tiny_patch16_224.",
        ) from error


def recognise_captioner(checkpoint: Checkpoint, file: Path) -> Recognised | None:
    """A captioner of ours; raises ExplorerError where it is one that cannot be built or filled."""
    found = _blueprint(checkpoint, Asked(file))
    return found.recognised() if found else None


def open_captioner(checkpoint: Checkpoint, asked: Asked) -> Opened | None:
    """A captioner of ours; None where it is something else.

    Raises ExplorerError where it is one that cannot be built or filled.
    """
    found = _blueprint(checkpoint, asked)
    return found.opened() if found else None


def _blueprint(checkpoint: Checkpoint, asked: Asked) -> CaptionerBlueprint | None:
    if not all(name in checkpoint.tensors for name in _NEEDED):
        return None
    with recognising(asked.file, _LIBRARY):
        notes = checkpoint.notes
        said = notes["captioner"]
        seen, _ = parted(checkpoint.tensors, "encoder.")
        written = untied(parted(checkpoint.tensors, "decoder.")[0])
        heads = heads_of(asked, said["heads"])
        plan = plan_of(written, heads, EPSILON, ACTIVATION, norms_first=True)
        layout = _layout(seen, notes)
        return CaptionerBlueprint(
            library=_LIBRARY,
            file=asked.file,
            layout=layout,
            encoder=_encoder(layout, notes["input_size"][1:]),
            plan=plan,
            decoder=decoder_blueprint(TextDecoder, plan, _LIBRARY),
            written=written,
            vocabulary=WordPieces(said["vocabulary"]),
            says_heads=True,
            processor={},
            looks_at_prefix=False,
            tells_all=True,
        )


def _encoder(layout: Translated, size: Sequence[int]) -> RecognisedEncoder:
    """What sees pictures of a size (height, width), not filled.

    Raises ExplorerError, and LookupError where it is something else.
    """
    said = {"image_size": list(size)}
    if not has_stem(layout.tensors):
        return recognise_encoder(layout, said, _LIBRARY)
    plain = replace(layout, tensors=with_kernel(layout.tensors))
    found = recognise_encoder(plain, said, _LIBRARY)
    with torch.device("meta"):
        put_stem(found.blueprint.network)
    return found


def _layout(seen: Mapping[str, Tensor], notes: Mapping[str, Any]) -> Translated:
    encoder = notes["encoder"]
    return Translated(
        _LIBRARY,
        seen,
        input={
            "mean": [float(one) for one in notes["mean"]],
            "std": [float(one) for one in notes["std"]],
            "interpolation": str(notes["interpolation"]),
            "crop_pct": float(notes["crop_pct"]),
            "crop_mode": str(notes["crop_mode"]),
        },
        model_args=encoder["model_args"],
        epsilon=float(encoder["layer_norm_eps"]),
    )
