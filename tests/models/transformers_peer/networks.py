"""Ask the real transformers what small models of every family compute: writes networks.npz.

Needs an environment with torch, safetensors and transformers, which the tests do not:

    python tests/models/transformers_peer/networks.py

The committed file was made with transformers 5.23.0 (torch 2.15.0, CPU, float32); 4.57.6 gives
the same numbers within 2e-6, but for MSN, whose layers version 5 writes by other names.

Weights are made up by `values`, by their names in files, so that only names, shapes and results
are kept. Each model is loaded by `from_pretrained` from such a file, so that the library itself
renames them; its names in memory are matched by value.
"""

from __future__ import annotations

import json
import math
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

HERE = Path(__file__).parent
SIZE, OTHER_SIZE = (32, 32), (48, 32)  # height, width; the second needs other positions
_PLAN = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
_PICTURES = {"image_size": 32, "patch_size": 8}
_VIT = {**_PLAN, **_PICTURES, "intermediate_size": 48}
_DINO = {**_PLAN, **_PICTURES, "mlp_ratio": 2}
_CLASSES = {"num_labels": 5}
_DECODER = {
    "decoder_hidden_size": 16,
    "decoder_num_hidden_layers": 1,
    "decoder_num_attention_heads": 2,
    "decoder_intermediate_size": 16,
    "mask_ratio": 0.0,
}
_OFFSETS = {"use_relative_position_bias": True}
_SHARED = {"use_shared_relative_position_bias": True}
MODELS: dict[str, tuple[str, str, dict[str, Any]]] = {  # class, configuration, its arguments
    "vit": ("ViTForImageClassification", "ViTConfig", {**_VIT, **_CLASSES}),
    "vit of another config": (
        *("ViTForImageClassification", "ViTConfig"),
        {**_VIT, **_CLASSES, "num_attention_heads": 8, "hidden_act": "gelu_new"}
        | {"layer_norm_eps": 1e-3, "qkv_bias": False},
    ),
    "vit features": ("ViTModel", "ViTConfig", _VIT),
    "vit masked": ("ViTForMaskedImageModeling", "ViTConfig", {**_VIT, "encoder_stride": 8}),
    "mae": ("ViTMAEForPreTraining", "ViTMAEConfig", {**_VIT, **_DECODER}),
    "msn": ("ViTMSNForImageClassification", "ViTMSNConfig", {**_VIT, **_CLASSES}),
    "ijepa": ("IJepaForImageClassification", "IJepaConfig", {**_VIT, **_CLASSES}),
    "deit": ("DeiTForImageClassification", "DeiTConfig", {**_VIT, **_CLASSES}),
    "deit with teacher": (
        *("DeiTForImageClassificationWithTeacher", "DeiTConfig"),
        {**_VIT, **_CLASSES},
    ),
    "deit features": ("DeiTModel", "DeiTConfig", _VIT),
    "dinov2": ("Dinov2Model", "Dinov2Config", _DINO),
    "dinov2 gated": ("Dinov2Model", "Dinov2Config", {**_DINO, "use_swiglu_ffn": True}),
    "dinov2 classes": ("Dinov2ForImageClassification", "Dinov2Config", {**_DINO, **_CLASSES}),
    "dinov2 registers": ("Dinov2WithRegistersModel", "Dinov2WithRegistersConfig", _DINO),
    "beit": ("BeitForImageClassification", "BeitConfig", {**_VIT, **_CLASSES, **_OFFSETS}),
    "beit shared": (
        *("BeitModel", "BeitConfig"),
        {**_VIT, **_SHARED, "use_mean_pooling": False, "layer_scale_init_value": 0.0},
    ),
    "beit absolute": (
        *("BeitForImageClassification", "BeitConfig"),
        {**_VIT, **_CLASSES, "use_absolute_position_embeddings": True},
    ),
    "beit masked": (
        *("BeitForMaskedImageModeling", "BeitConfig"),
        {**_VIT, **_SHARED, "vocab_size": 16, "use_mask_token": True},
    ),
    "data2vec": (
        *("Data2VecVisionForImageClassification", "Data2VecVisionConfig"),
        {**_VIT, **_CLASSES, **_OFFSETS},
    ),
}


def values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Made-up weights, the same on every machine: uniform, scaled to what a tensor is for.

    Embeddings are so small that the epsilon of the first layer norm shows.
    """
    bits = np.random.Philox(key=np.array([7, zlib.crc32(name.encode())], np.uint64))
    uniform = (bits.random_raw(math.prod(shape)) >> np.uint64(11)).astype(np.float64) / 2**52 - 1
    if "embeddings." in name:
        scale, mean = 3e-3 if len(shape) < 4 else 3e-4, 0.0
    elif len(shape) >= 2 and name.endswith("weight"):
        scale, mean = 3 / math.sqrt(math.prod(shape[1:])), 0.0
    else:
        scale, mean = 0.5, 1.0 if name.endswith(("weight", "lambda1")) else 0.0
    return (mean + scale * uniform).astype(np.float32).reshape(shape)


def pixels(size: tuple[int, int]) -> np.ndarray:
    """A picture of noise: float32 (3, height, width)."""
    return 400 * values("embeddings.picture", (3, *size))


def main() -> None:
    """Write what the installed transformers computes."""
    import transformers  # here, because the tests take `values` and `pixels` without it

    arrays: dict[str, np.ndarray] = {}
    told: dict[str, Any] = {"transformers": transformers.__version__, "models": {}}
    for name, (kind, configuration, arguments) in MODELS.items():
        config = getattr(transformers, configuration)(**arguments)
        network, in_file = _loaded(getattr(transformers, kind), config)
        told["models"][name] = {
            "config": {
                "model_type": config.model_type,
                "layer_norm_eps": config.layer_norm_eps,
                **arguments,
            },
            "file": {key: list(tensor.shape) for key, tensor in in_file.items()},
            "memory": dict(_matched(network.state_dict(), in_file)),
        }
        arrays |= {f"{name}|{what}": array for what, array in _seen(network, name)}
    np.savez_compressed(HERE / "networks.npz", told=json.dumps(told), **arrays)


def _loaded(kind: Any, config: Any) -> tuple[Any, dict[str, Tensor]]:
    """A model with made-up weights, and these by their names in files."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "model.safetensors")
        kind(config).save_pretrained(place)
        shapes = {name: tuple(tensor.shape) for name, tensor in load_file(file).items()}
        in_file = {name: torch.from_numpy(values(name, shape)) for name, shape in shapes.items()}
        save_file(in_file, file, {"format": "pt"})
        network = kind.from_pretrained(place, attn_implementation="eager")
    return network.eval(), in_file


def _matched(
    memory: Mapping[str, Tensor], in_file: Mapping[str, Tensor]
) -> Iterator[tuple[str, tuple[str, int, int]]]:
    """For each name in memory: the file's name, and which rows of that tensor it is."""
    for name, tensor in memory.items():
        rows = len(tensor)
        places = (
            (key, start, start + rows)
            for key, other in in_file.items()
            for start in range(0, len(other), rows)
            if torch.equal(other[start : start + rows], tensor)
        )
        yield name, next(places)


def _seen(network: Any, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """What a model gives for pictures of both sizes, and its attention for the first."""
    outputs = _run(network, name, SIZE)
    yield "outputs", _classified(network, name, outputs)
    attention = torch.stack([layer[0] for layer in outputs.attentions])
    yield "attention", attention[:, :, 0].numpy()  # (layers, heads, tokens): of the first token
    yield "outputs of another size", _classified(network, name, _run(network, name, OTHER_SIZE))


@torch.no_grad()
def _run(network: Any, name: str, size: tuple[int, int]) -> Any:
    bare = {"vit masked": "vit", "mae": "vit", "dinov2 classes": "dinov2", "beit masked": "beit"}
    options: dict[str, Any] = {"output_attentions": True}
    if size != SIZE and not name.startswith(("dinov2", "beit", "data2vec")):  # these always do
        options["interpolate_pos_encoding"] = True
    if name == "mae":  # nothing is masked (mask_ratio 0), and nothing shuffled
        options["noise"] = torch.arange(size[0] * size[1] // 64)[None].float()
    model = getattr(network, bare[name]) if name in bare else network
    return model(torch.from_numpy(pixels(size))[None], **options)


@torch.no_grad()
def _classified(network: Any, name: str, outputs: Any) -> np.ndarray:
    """Logits, or, where there are none, features of the class token."""
    if "logits" in outputs:
        return outputs.logits[0].numpy()
    hidden = outputs.last_hidden_state[0, 0]
    has_norm = name == "beit masked"  # in its head
    return (network.layernorm(hidden) if has_norm else hidden).numpy()


if __name__ == "__main__":
    main()
