"""The words of the caption whose map the overlay shows, and that map."""

from __future__ import annotations

from dataclasses import dataclass

from ..explain.words import Part, heatmap, parts_at
from ..records import Caption, Heatmap
from .state import State


@dataclass(frozen=True, eq=False)
class WordMap:
    """Some words of a caption, at least one, and where the captioner looked for them."""

    caption: Caption
    parts: tuple[Part, ...]
    heatmap: Heatmap


def map_of_words(state: State) -> WordMap | None:
    """The word under the mouse, or else the chosen ones; None where none is shown."""
    caption = state.captioning.caption if state.captioning is not None else None
    if caption is None:
        return None
    places = state.words.places if state.hovered_word is None else (state.hovered_word,)
    parts = parts_at(caption, state.words, places)
    if not parts:
        return None
    shown = heatmap(caption, state.words, parts, state.overlay.shared_scale)
    return WordMap(caption, parts, shown)
