"""BLIP (Li et al. 2022), as Hugging Face's transformers saves it: recognised by its tensors.

A vision transformer sees; a BERT whose layers look at the picture, too, writes. Checked against
transformers 4.57.6 and 5.23.0 (BlipForConditionalGeneration).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from timm.data.constants import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD
from torch import Tensor, nn

from ...checkpoints.reading import Checkpoint
from ...checkpoints.renaming import rename, rules
from ...checkpoints.transformers_config import norm_epsilon
from ...checkpoints.transformers_folder import beside, part, token_of
from ...layouts import Translated
from ..blueprints import (
    CaptionerBlueprint,
    activation_of,
    decoder_blueprint,
    heads_of,
    parted,
    recognise_encoder,
    recognising,
)
from ..family import Asked, Opened, Recognised, VocabularyFile
from ..text_decoder import Plan, TextDecoder, plan_of, untied
from ..word_pieces import WordPieces

_LIBRARY = "BLIP"
_NEEDED = (
    "vision_model.embeddings.class_embedding",
    "text_decoder.bert.encoder.layer.0.crossattention.self.query.weight",
    "text_decoder.cls.predictions.transform.dense.weight",
)
_SEEN = r"vision_model\.encoder\.layers\.(\d+)\."
_WRITTEN = r"text_decoder\.bert\.encoder\.layer\.(\d+)\."
_EMBEDDED = r"text_decoder\.bert\.embeddings\."
_CHOSEN = r"text_decoder\.cls\.predictions\."
_NAMES = rules(
    (r"vision_model\.embeddings\.class_embedding", "encoder.cls_token"),
    (r"vision_model\.embeddings\.position_embedding", "encoder.pos_embed"),
    (r"vision_model\.embeddings\.patch_embedding\.(\w+)", r"encoder.patch_embed.proj.\1"),
    (rf"{_SEEN}layer_norm([12])\.(\w+)", r"encoder.blocks.\1.norm\2.\3"),
    (rf"{_SEEN}self_attn\.qkv\.(\w+)", r"encoder.blocks.\1.attn.qkv.\2"),
    (rf"{_SEEN}self_attn\.projection\.(\w+)", r"encoder.blocks.\1.attn.proj.\2"),
    (rf"{_SEEN}mlp\.(fc[12])\.(\w+)", r"encoder.blocks.\1.mlp.\2.\3"),
    (r"vision_model\.post_layernorm\.(\w+)", r"encoder.norm.\1"),
    (rf"{_EMBEDDED}word_embeddings\.weight", "words.weight"),
    (rf"{_EMBEDDED}position_embeddings\.weight", "positions.weight"),
    (rf"{_EMBEDDED}LayerNorm\.(\w+)", r"norm.\1"),
    (rf"{_WRITTEN}attention\.self\.(\w+)\.(\w+)", r"layers.\1.attention.\2.\3"),
    (rf"{_WRITTEN}attention\.output\.dense\.(\w+)", r"layers.\1.attention.out.\2"),
    (rf"{_WRITTEN}attention\.output\.LayerNorm\.(\w+)", r"layers.\1.attention_norm.\2"),
    (rf"{_WRITTEN}crossattention\.self\.(\w+)\.(\w+)", r"layers.\1.look.\2.\3"),
    (rf"{_WRITTEN}crossattention\.output\.dense\.(\w+)", r"layers.\1.look.out.\2"),
    (rf"{_WRITTEN}crossattention\.output\.LayerNorm\.(\w+)", r"layers.\1.look_norm.\2"),
    (rf"{_WRITTEN}intermediate\.dense\.(\w+)", r"layers.\1.fc1.\2"),
    (rf"{_WRITTEN}output\.dense\.(\w+)", r"layers.\1.fc2.\2"),
    (rf"{_WRITTEN}output\.LayerNorm\.(\w+)", r"layers.\1.mlp_norm.\2"),
    (rf"{_CHOSEN}transform\.dense\.(\w+)", r"transform.\1"),
    (rf"{_CHOSEN}transform\.LayerNorm\.(\w+)", r"transform_norm.\1"),
    (rf"{_CHOSEN}(?:decoder\.)?bias", "bias"),
    (rf"{_CHOSEN}decoder\.weight", "head.weight"),
)
_COUNTER = "embeddings.position_ids"  # 0, 1, 2, … in files of older versions
_PREPARATION = {
    "mean": OPENAI_CLIP_MEAN,
    "std": OPENAI_CLIP_STD,
    "crop_mode": "squash",
    "crop_pct": 1.0,
    "interpolation": "bicubic",
}
_MORE_TOKENS = ("[DEC]", "[ENC]")  # behind BERT's: what captions begin with, and one unused here


class _BertDecoder(TextDecoder):
    """With the layer that BERT has before it chooses."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.transform = nn.Linear(plan.width, plan.width)
        self.transform_norm = nn.LayerNorm(plan.width, eps=plan.epsilon)
        self.bias = nn.Parameter(torch.empty(plan.vocabulary))
        self._activation = plan.activation

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""
        thought = self.transform_norm(self._activation(self.transform(written)))
        return super().choose(thought) + self.bias


def recognise_captioner(checkpoint: Checkpoint, file: Path) -> Recognised | None:
    """BLIP in any size; raises ExplorerError where it is one that cannot be built or filled."""
    found = _blueprint(checkpoint, Asked(file))
    return found.recognised() if found else None


def open_captioner(checkpoint: Checkpoint, asked: Asked) -> Opened | None:
    """BLIP in any size, its dimensions read from its tensors; None where it is something else.

    Raises ExplorerError where it is a BLIP that cannot be built or filled.
    """
    found = _blueprint(checkpoint, asked)
    return found.opened() if found else None


def _blueprint(checkpoint: Checkpoint, asked: Asked) -> CaptionerBlueprint | None:
    if not all(name in checkpoint.tensors for name in _NEEDED):
        return None
    seen, written = parted(rename(checkpoint.tensors, _NAMES), "encoder.")
    layout = Translated(_LIBRARY, seen, input=_PREPARATION, epsilon=1e-5)
    said = beside(asked.file, "blip")
    text = part(said.config, "text_config")
    heads = heads_of(asked, text.get("num_attention_heads"))
    with recognising(asked.file, _LIBRARY):
        written = untied({n: t for n, t in written.items() if not n.endswith(_COUNTER)})
        activation = activation_of(text.get("hidden_act"), "gelu")
        plan = plan_of(written, heads, norm_epsilon(text) or 1e-12, activation, norms_first=False)
        return CaptionerBlueprint(
            library=_LIBRARY,
            file=asked.file,
            layout=layout,
            encoder=recognise_encoder(layout, part(said.config, "vision_config"), _LIBRARY),
            plan=plan,
            decoder=decoder_blueprint(_BertDecoder, plan, _LIBRARY),
            written=written,
            vocabulary=_vocabulary(text),
            says_heads=heads is not None,
            processor=said.processor,
        )


def _vocabulary(text: Mapping[str, Any]) -> VocabularyFile:
    read = partial(
        WordPieces.read,
        more=_MORE_TOKENS,
        begin=token_of(text.get("bos_token_id")),
        end=token_of(text.get("sep_token_id")),
    )
    repository, also = "google-bert/bert-base-uncased", ("tokenizer.json",)
    return VocabularyFile(repository, "vocab.txt", 30524, read, also)
