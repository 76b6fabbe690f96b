"""A captioner that was really trained: it reads 2 to 16 handwritten digits in a grid.

raschedh/ViT_MNIST: a ViT encodes a grey picture in patches of 28 pixels, a decoder names the digits
row by row. This is a family's file like any other; tests put its folder beside the program's own.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from explorer.errors import ExplorerError
from explorer.models.captions.family import Asked, Opened, Size, Span
from explorer.models.captions.memory import Memory, Past
from explorer.models.checkpoints.reading import Checkpoint
from explorer.models.networks.fitting import Blueprint, fit
from explorer.records import Frame, Picture

LAYERS, HEADS, WIDTH = 8, 2, 64
SIDE, PATCH = 224, 28  # pixels
POSITIONS = 20  # of the caption's tokens


class _Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear_q, self.linear_k = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.linear_v, self.linear_layer = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)

    def keys_and_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return _by_head(self.linear_k(x)), _by_head(self.linear_v(x))

    def forward(self, x: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
        found = scaled_dot_product_attention(_by_head(self.linear_q(x)), k, v, attn_mask=mask)
        return self.linear_layer(found.transpose(1, 2).flatten(2))


def _by_head(x: Tensor) -> Tensor:
    """(batch, tokens, width) → (batch, heads, tokens, width of a head)."""
    return x.unflatten(-1, (HEADS, -1)).transpose(1, 2)


def _feed_forward() -> nn.Sequential:
    return nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))


class _EncoderLayer(nn.Module):
    """Pre-norm."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention, self.feed_forward = _Attention(), _feed_forward()

    def forward(self, x: Tensor) -> Tensor:
        normed = self.layer_norm1(x)
        x = x + self.attention(normed, *self.attention.keys_and_values(normed))
        return x + self.feed_forward(self.layer_norm2(x))


class _DecoderLayer(nn.Module):
    """Post-norm: words look at words, then at the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.layer_norm3 = nn.LayerNorm(WIDTH)
        self.masked_attention, self.attention = _Attention(), _Attention()
        self.feed_forward = _feed_forward()

    def forward(
        self, x: Tensor, causal: Tensor | None, memory: Memory, past: Past, number: int
    ) -> Tensor:
        k, v = past.extend(number, *self.masked_attention.keys_and_values(x))
        x = self.layer_norm1(x + self.masked_attention(x, k, v, causal))
        k, v = memory.seen_by(number, len(x))
        x = self.layer_norm2(x + self.attention(x, k, v))
        return self.layer_norm3(x + self.feed_forward(x))


class _Layers(nn.Module):
    def __init__(self, layer: type[nn.Module]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layer() for _ in range(LAYERS))


class _Sines(nn.Module):
    """Positions as the checkpoint holds them."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.pe = nn.Parameter(torch.empty(places, WIDTH), requires_grad=False)


class Digits(nn.Module):
    """The network, in the steps that a caption needs; tensors keep the checkpoint's names."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.encoder_embed = nn.Linear(PATCH * PATCH, WIDTH)
        self.encoder_pos_embed = _Sines((SIDE // PATCH) ** 2)
        self.encoder_layers = _Layers(_EncoderLayer)
        self.decoder_embed = nn.Embedding(tokens, WIDTH)
        self.decoder_pos_embed = _Sines(POSITIONS)
        self.decoder_layers = _Layers(_DecoderLayer)
        self.linear = nn.Linear(WIDTH, tokens)

    def see(self, pixels: Tensor, padding: Tensor | None = None) -> Memory:
        """Encode one picture (1, 1, height, width)."""
        patches = pixels[0, 0].unfold(0, PATCH, PATCH).unfold(1, PATCH, PATCH)
        rows, columns = patches.shape[:2]
        x = self.encoder_embed(patches.reshape(1, rows * columns, PATCH * PATCH))
        x = x + self.encoder_pos_embed.pe
        for layer in self.encoder_layers.layers:
            x = layer(x)
        seen = [layer.attention.keys_and_values(x) for layer in self.decoder_layers.layers]
        keys, values = zip(*seen, strict=True)
        return Memory(x, keys, values, None, rows, columns)

    def write(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        """Read new tokens (captions, new): (captions, new, width)."""
        before, new = past.length, tokens.shape[1]
        x = self.decoder_embed(tokens) + self.decoder_pos_embed.pe[before : before + new]
        causal = torch.ones(new, before + new, dtype=torch.bool, device=x.device).tril(before)
        for number, layer in enumerate(self.decoder_layers.layers):
            x = layer(x, causal, memory, past, number)
        return x

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""
        return self.linear(written)


class Numerals:
    """Ten digits, each a word, and what begins, ends and pads."""

    texts = (*"0123456789", "<pad>", "<s>", "<eos>")
    begin, end = 11, 12

    def words(self, tokens: Sequence[int]) -> list[Span]:
        return [Span(self.texts[token], place, place + 1) for place, token in enumerate(tokens)]

    def sentence(self, tokens: Sequence[int]) -> str:
        return " ".join(self.texts[token] for token in tokens if token < 10)

    def encode(self, sentence: str) -> tuple[int, ...]:
        digits = "".join(sentence.split())
        if not (digits.isascii() and digits.isdecimal()):
            raise ExplorerError(f"“{sentence}” is no digits.", hint="Type digits.")
        return tuple(map(int, digits))


def open_captioner(checkpoint: Checkpoint, asked: Asked) -> Opened | None:
    """The captioner of digits; None where it is something else."""
    tensors: Mapping[str, Tensor] = checkpoint.tensors
    if "decoder_layers.layers.0.masked_attention.linear_q.weight" not in tensors:
        return None
    vocabulary = Numerals()
    blueprint = Blueprint(Digits(len(vocabulary.texts)), "a captioner of digits", dict)
    return Opened(
        network=fit(blueprint, tensors, asked.file.name),
        library="ViT_MNIST",
        source="a captioner of digits.",
        layers=LAYERS,
        heads=HEADS,
        tokens=len(vocabulary.texts),
        vocabulary=vocabulary,
        positions=POSITIONS,
        channels=1,
        prepare=prepare,
        place=place,
    )


def prepare(picture: Picture) -> np.ndarray:
    """A picture as it wants it: grey, squashed, float32 (1, 224, 224) in 0..1."""
    grey = Image.fromarray(picture.pixels).convert("L")
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.float32)[None] / 255


def place(picture_size: Size, seen: Size, rows: int, columns: int) -> Frame:
    """Patches tile the whole picture."""
    box = (0.0, 0.0, float(picture_size[0]), float(picture_size[1]))
    return Frame("squash", picture_size, seen[::-1], box, rows, columns)
