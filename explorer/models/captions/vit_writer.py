"""The network of captioners whose eye is a vision transformer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ...errors import ExplorerError
from ..networks.fitting import embedding
from .memory import Memory, Past


class VitWriter(nn.Module):
    """An eye that sees once, and a decoder that writes."""

    def __init__(self, eye: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.eye: Any = eye
        self.decoder: Any = decoder

    def see(self, pixels: Tensor) -> Memory:
        """Encode one picture (1, channels, height, width), with all that is asked of it later.

        Raises ExplorerError where it is of another size than the eye's positions are of.
        """
        size = tuple(embedding(self.eye).img_size)
        if pixels.shape[-2:] != size:
            raise ExplorerError(
                f"This captioner cannot see {pixels.shape[-2]} × {pixels.shape[-1]} pixels.",
                hint=f"Give it {size[0]} × {size[1]} (height × width).",
            )
        cells, keys, values = self.decoder.look_ahead(self.eye.forward_features(pixels))
        rows, columns = embedding(self.eye).grid_size
        prefix = self.eye.num_prefix_tokens
        return Memory(cells, tuple(keys), tuple(values), None, rows, columns, prefix)

    def write(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        """Read new tokens (captions, new) after those of `past`: (captions, new, width)."""
        written: Tensor = self.decoder(tokens, memory, past)
        return written

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""
        logits: Tensor = self.decoder.choose(written)
        return logits
