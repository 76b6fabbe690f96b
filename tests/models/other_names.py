"""Tensors by the names that other libraries have for them."""

import re

import torch

State = dict[str, torch.Tensor]


def renamed(state: State, rules: dict[str, str]) -> State:
    """The same values by the names of another library, which has q, k and v apart."""
    apart: State = {}
    for name, tensor in state.items():
        thirds = zip("qkv", tensor.chunk(3), strict=True) if ".qkv." in name else [("", tensor)]
        for third, part in thirds:
            apart[name.replace(".qkv.", f".{third}.")] = part.clone()
    found: State = {}
    for name, tensor in apart.items():
        for pattern, other in rules.items():
            name = re.sub(f"^{pattern}", other, name)
        found[name] = tensor
    return found


RELEASE_NAMES = {
    "cls_token": "class_token",
    "pos_embed": "positional_embedding.pos_embedding",
    r"patch_embed\.proj": "patch_embedding",
    r"blocks\.(\d+)\.attn\.proj": r"transformer.blocks.\1.proj",
    r"blocks\.(\d+)\.attn\.([qkv])": r"transformer.blocks.\1.attn.proj_\2",
    r"blocks\.(\d+)\.mlp": r"transformer.blocks.\1.pwff",
    r"blocks\.": "transformer.blocks.",
    "head": "fc",
}
HUB_NAMES = {
    "cls_token": "vit.embeddings.cls_token",
    "pos_embed": "vit.embeddings.position_embeddings",
    r"patch_embed\.proj": "vit.embeddings.patch_embeddings.projection",
    r"blocks\.(\d+)\.attn\.proj": r"vit.encoder.layer.\1.attention.output.dense",
    r"blocks\.(\d+)\.attn\.q": r"vit.encoder.layer.\1.attention.attention.query",
    r"blocks\.(\d+)\.attn\.k": r"vit.encoder.layer.\1.attention.attention.key",
    r"blocks\.(\d+)\.attn\.v": r"vit.encoder.layer.\1.attention.attention.value",
    r"blocks\.(\d+)\.norm1": r"vit.encoder.layer.\1.layernorm_before",
    r"blocks\.(\d+)\.norm2": r"vit.encoder.layer.\1.layernorm_after",
    r"blocks\.(\d+)\.mlp\.fc1": r"vit.encoder.layer.\1.intermediate.dense",
    r"blocks\.(\d+)\.mlp\.fc2": r"vit.encoder.layer.\1.output.dense",
    r"norm\.": "vit.layernorm.",
    "head": "classifier",
}
