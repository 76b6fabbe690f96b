"""The originals (.npz) of github.com/google-research/vision_transformer.

Names and shapes are those of its vit_jax/models_vit.py and models_resnet.py; the preprocessing and
the resampling of positions those of its input_pipeline.py and checkpoint.py.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

from timm.models import is_model
from torch import Tensor

from ..checkpoints.renaming import fuse_qkv, rename, rules
from .base import HALVES, Origin, Translated

_QUERY = "Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel"
_TRAINED = "opt/target/"  # before the weights' names, where the optimiser was saved with them
_BLOCK = r"Transformer/encoderblock_(\d+)/"
_UNIT = r"stage(\d+)/unit(\d+)/"  # of a hybrid's ResNet
_BACKBONE = "patch_embed.backbone."
_RULES = rules(
    (r"cls", "cls_token"),
    (r"Transformer/posembed_input/pos_embedding", "pos_embed"),
    (r"embedding/(\w+)", r"patch_embed.proj.\1"),
    (_BLOCK + r"LayerNorm_0/(\w+)", r"blocks.\1.norm1.\2"),
    (_BLOCK + r"LayerNorm_2/(\w+)", r"blocks.\1.norm2.\2"),
    (_BLOCK + r"MultiHeadDotProductAttention_1/([qkv])\w+/(\w+)", r"blocks.\1.attn.\2.\3"),
    (_BLOCK + r"MultiHeadDotProductAttention_1/out/(\w+)", r"blocks.\1.attn.proj.\2"),
    (_BLOCK + r"MlpBlock_3/Dense_0/(\w+)", r"blocks.\1.mlp.fc1.\2"),
    (_BLOCK + r"MlpBlock_3/Dense_1/(\w+)", r"blocks.\1.mlp.fc2.\2"),
    (r"Transformer/encoder_norm/(\w+)", r"norm.\1"),
    (r"(pre_logits|head)/(\w+)", r"\1.\2"),
    (_UNIT + r"conv_proj/(\w+)", _BACKBONE + r"stages.\1.blocks.\2.downsample.conv.\3"),
    (_UNIT + r"gn_proj/(\w+)", _BACKBONE + r"stages.\1.blocks.\2.downsample.norm.\3"),
    (_UNIT + r"conv(\d)/(\w+)", _BACKBONE + r"stages.\1.blocks.\2.conv\3.\4"),
    (_UNIT + r"gn(\d)/(\w+)", _BACKBONE + r"stages.\1.blocks.\2.norm\3.\4"),
)
_HYBRIDS = {  # units of the ResNet's stages, width of the tokens: timm's name, pixels of a patch
    ((), 192): ("vit_tiny_r_s16_p8", 32),
    ((2, 2, 2, 2), 384): ("vit_small_r26_s32", 32),
    ((2, 2, 2, 2), 768): ("vit_base_r26_s32", 32),
    ((3, 4, 9), 768): ("vit_base_r50_s16", 16),
    ((3, 4, 6, 3), 1024): ("vit_large_r50_s32", 32),
}


def translate(tensors: Mapping[str, Tensor], _origin: Origin) -> Translated | None:
    """A released or fine-tuned ViT, or a hybrid with a ResNet; None where the names are others."""
    prefix = _TRAINED if _TRAINED + _QUERY in tensors else ""
    if prefix + _QUERY not in tensors:
        return None
    own = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
    renamed = rename({_name(n): _in_torchs_order(n, t) for n, t in own.items()}, _RULES)
    return Translated(
        "google-research/vision_transformer",
        fuse_qkv(_with_stem(renamed)),
        left_out=tuple(name for name in tensors if not name.startswith(prefix)),
        model_args={"num_heads": own[_QUERY].shape[1]},
        resampling="corners",
        pre_logits="after norm" if "pre_logits.weight" in renamed else None,
        input=HALVES,
        architecture=_hybrid(renamed) if "conv_root/weight" in renamed else "",
    )


def _name(name: str) -> str:
    """The last word as PyTorch says it, and stages and units counted from 0."""
    name = re.sub(r"/(kernel|scale)$", "/weight", name)
    found = re.match(r"block(\d+)/unit(\d+)/", name)
    if found is None:
        return name
    return f"stage{int(found[1]) - 1}/unit{int(found[2]) - 1}/{name[found.end() :]}"


def _in_torchs_order(name: str, tensor: Tensor) -> Tensor:
    """Output before input: JAX multiplies from the right, and cuts attention into heads."""
    if name.endswith(("/bias", "/scale")):  # of attention (heads, width), of a ResNet (1, 1, 1, …)
        return tensor.flatten()
    if not name.endswith("/kernel"):
        return tensor
    if tensor.ndim == 4:  # (height, width, in, out)
        return tensor.permute(3, 2, 0, 1)
    if tensor.ndim == 3:  # (heads, width, out), or (in, heads, width)
        tensor = tensor.flatten(0, 1) if "/out/" in name else tensor.flatten(1)
    return tensor.transpose(0, 1)


def _with_stem(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A hybrid's first convolution under timm's name, which depends on whether stages follow."""
    place = _BACKBONE + ("stem." if _stages(tensors) else "")
    stem = rules((r"conv_root/(\w+)", rf"{place}conv.\1"), (r"gn_root/(\w+)", rf"{place}norm.\1"))
    return rename(tensors, stem)


def _hybrid(tensors: Mapping[str, Tensor]) -> str:
    """The name of a ViT on a ResNet; "" where timm has none of its kind and picture size."""
    width, positions = tensors["pos_embed"].shape[-1], tensors["pos_embed"].shape[1]
    base, patch = _HYBRIDS.get((_stages(tensors), width), ("", 0))
    name = f"{base}_{math.isqrt(positions - 1) * patch}"
    return name if is_model(name) else ""


def _stages(tensors: Mapping[str, Tensor]) -> tuple[int, ...]:
    """How many units each stage of a hybrid's ResNet has."""
    conv = re.compile(re.escape(_BACKBONE) + r"stages\.(\d+)\.blocks\.\d+\.conv1\.weight")
    counts = Counter(int(found[1]) for name in tensors if (found := conv.fullmatch(name)))
    return tuple(counts[stage] for stage in sorted(counts))
