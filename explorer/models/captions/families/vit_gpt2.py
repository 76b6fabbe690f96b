"""ViT-GPT2, as Hugging Face's transformers saves it: recognised by its tensors.

A vision transformer sees; a GPT-2 (Radford et al. 2019) whose layers look at the picture, too,
writes. Checked against transformers 4.57.6 and 5.23.0 (VisionEncoderDecoderModel).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from ....errors import ExplorerError
from ...checkpoints.reading import Checkpoint
from ...checkpoints.renaming import rename, rules
from ...checkpoints.transformers_config import norm_epsilon
from ...checkpoints.transformers_folder import Beside, beside, part, token_of
from ...layouts import Origin, translate
from ..blueprints import (
    CaptionerBlueprint,
    activation_of,
    decoder_blueprint,
    heads_of,
    parted,
    recognise_encoder,
    recognising,
)
from ..byte_pairs import FILES, BytePairs
from ..family import Asked, Opened, Recognised, VocabularyFile
from ..text_decoder import TextDecoder, plan_of, untied

_LIBRARY = "ViT-GPT2"
_NEEDED = (
    "encoder.embeddings.cls_token",
    "decoder.transformer.wte.weight",
    "decoder.transformer.h.0.crossattention.c_attn.weight",
)
_LAYER = r"decoder\.transformer\.h\.(\d+)\."
_BUFFER = re.compile(rf"{_LAYER}(?:attn|crossattention)\.(?:masked_)?bias")
# which words see which, in files of older versions
_NAMES = rules(
    (r"decoder\.transformer\.wte\.weight", "words.weight"),
    (r"decoder\.transformer\.wpe\.weight", "positions.weight"),
    (r"decoder\.transformer\.ln_f\.(\w+)", r"norm.\1"),
    (r"decoder\.lm_head\.weight", "head.weight"),
    (r"enc_to_dec_proj\.(\w+)", r"bridge.\1"),
    (rf"{_LAYER}ln_1\.(\w+)", r"layers.\1.attention_norm.\2"),
    (rf"{_LAYER}attn\.c_proj\.(\w+)", r"layers.\1.attention.out.\2"),
    (rf"{_LAYER}attn\.(query|key|value)\.(\w+)", r"layers.\1.attention.\2.\3"),
    (rf"{_LAYER}ln_cross_attn\.(\w+)", r"layers.\1.look_norm.\2"),
    (rf"{_LAYER}crossattention\.q_attn\.(\w+)", r"layers.\1.look.query.\2"),
    (rf"{_LAYER}crossattention\.c_proj\.(\w+)", r"layers.\1.look.out.\2"),
    (rf"{_LAYER}crossattention\.(key|value)\.(\w+)", r"layers.\1.look.\2.\3"),
    (rf"{_LAYER}ln_2\.(\w+)", r"layers.\1.mlp_norm.\2"),
    (rf"{_LAYER}mlp\.c_fc\.(\w+)", r"layers.\1.fc1.\2"),
    (rf"{_LAYER}mlp\.c_proj\.(\w+)", r"layers.\1.fc2.\2"),
)
_TURNED = re.compile(rf"{_LAYER}.*\.(?:c_\w+|q_attn)\.weight")  # transformers' Conv1D
_FUSED = re.compile(r"(.+)\.c_attn\.(\w+)")


def recognise_captioner(checkpoint: Checkpoint, file: Path) -> Recognised | None:
    """ViT-GPT2 in any size; raises ExplorerError where it is one that cannot be built or filled."""
    found = _blueprint(checkpoint, Asked(file))
    return found.recognised() if found else None


def open_captioner(checkpoint: Checkpoint, asked: Asked) -> Opened | None:
    """ViT-GPT2 in any size, its dimensions read from its tensors; None where it is another.

    Raises ExplorerError where it is a ViT-GPT2 that cannot be built or filled.
    """
    found = _blueprint(checkpoint, asked)
    return found.opened() if found else None


def _blueprint(checkpoint: Checkpoint, asked: Asked) -> CaptionerBlueprint | None:
    if not all(name in checkpoint.tensors for name in _NEEDED):
        return None
    seen, rest = parted(checkpoint.tensors, "encoder.")
    said = beside(asked.file, "vision-encoder-decoder")
    text = part(said.config, "decoder")
    heads = heads_of(asked, text.get("n_head"))
    with recognising(asked.file, _LIBRARY):
        _check_scale(text)
        layout = translate(Checkpoint(seen, "", {}), Origin(asked.file, "", {}, False))
        written = untied(rename(_plain(rest), _NAMES))
        activation = activation_of(text.get("activation_function"), "gelu_tanh")
        epsilon = norm_epsilon({"layer_norm_eps": text.get("layer_norm_epsilon")}) or 1e-5
        plan = plan_of(written, heads, epsilon, activation, norms_first=True)
        return CaptionerBlueprint(
            library=_LIBRARY,
            file=asked.file,
            layout=layout,
            encoder=recognise_encoder(layout, part(said.config, "encoder"), _LIBRARY),
            plan=plan,
            decoder=decoder_blueprint(TextDecoder, plan, _LIBRARY),
            written=written,
            vocabulary=_vocabulary(said),
            says_heads=heads is not None,
            processor=said.processor,
        )


def _plain(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights as torch's linear layers have them, those of queries, keys and values apart."""
    plain: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        turned = tensor.transpose(0, 1) if _TURNED.fullmatch(name) else tensor
        fused = _FUSED.fullmatch(name)
        if fused is None:
            plain[name] = turned
            continue
        among = ("key", "value") if ".crossattention." in name else ("query", "key", "value")
        for what, piece in zip(among, turned.chunk(len(among)), strict=True):
            plain[f"{fused[1]}.{what}.{fused[2]}"] = piece
    return {name: tensor for name, tensor in plain.items() if not _BUFFER.fullmatch(name)}


def _check_scale(text: Mapping[str, Any]) -> None:
    """Raise ExplorerError where scores are not scaled as in every published GPT-2."""
    by_layer = text.get("scale_attn_by_inverse_layer_idx", False)
    if by_layer or not text.get("scale_attn_weights", True):
        raise ExplorerError(
            "Its config.json says that attention is scaled in another way than GPT-2's.",
            hint="Choose another checkpoint.",
        )


def _vocabulary(said: Beside) -> VocabularyFile:
    """Its tokens; what begins and ends a caption is said in the config of writing, or the other."""
    places = said.generation, said.config, part(said.config, "decoder")
    starts = (place.get("decoder_start_token_id") for place in places)
    begins = (place.get("bos_token_id") for place in places)
    ends = (place.get("eos_token_id") for place in places)
    begin, end = token_of(*starts, *begins), token_of(*ends)
    read = partial(BytePairs.read, begin=begin, end=end)
    return VocabularyFile("openai-community/gpt2", FILES[0], 50257, read, FILES[1:])
