"""What both models see for one query, and how it differs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from ...explain.attention import describe, heatmap
from ...explain.difference import Difference, difference
from ...records import Frame, Heatmap, ModelInfo, Patch, Query, Trace
from ..parts.numbers import significant, subtraction
from ..query_range import QueryRange, carried_over
from ..state import State
from ..words import name_patch


@dataclass(frozen=True, eq=False)
class Comparison:
    """Both models' maps for one query."""

    first: Heatmap
    second: Heatmap  # on its own grid
    second_query: Query  # as the second was asked
    difference: Difference
    notes: tuple[str, ...]  # what was done to compare them, in sentences

    def describe(self, patch: Patch) -> str:
        """“row 10, column 15 · 0.0214 − 0.0108 = +0.0106”."""
        made = self.difference
        value = float(made.first[patch])
        if not made.seen[patch]:
            unseen = _tr("{0}, not seen by the second").format(significant(value))
            return f"{name_patch(patch)} · {unseen}"
        return f"{name_patch(patch)} · {subtraction(value, float(made.second[patch]))}"


def compare(state: State, query: Query) -> Comparison | None:
    """Ask both models the first one's query; None until both have looked at the picture.

    On a shared scale, both maps and their difference have one: up to the maximum of all layers
    and heads of both. A patch that is twice as large holds twice the attention on it.
    """
    first, second = state.trace, state.second
    if first is None or second is None or second.trace is None:
        return None
    asked = carried_over(query, state, second)
    asked = QueryRange.of_trace(second.trace, asked).fit(asked)
    shared = state.overlay.shared_scale
    maps = heatmap(first, query, shared), heatmap(second.trace, asked, shared)
    frames = first.frame, second.trace.frame
    if shared:
        maps = _on_one_scale(*maps, _patch_area(frames[1]) / _patch_area(frames[0]))
    made = difference(*maps, *frames, most=maps[0].high if shared else None)
    told = _tell_fitting(first, query, second.trace, asked, second.model)
    notes = told, made.note, _advise_framing(made, frames)
    return Comparison(*maps, asked, made, tuple(note for note in notes if note))


def _patch_area(frame: Frame) -> float:
    _, _, width, height = frame.patch_rect(0, 0)
    return width * height


def _on_one_scale(first: Heatmap, second: Heatmap, area: float) -> tuple[Heatmap, Heatmap]:
    """Both maps with scales that end at the same attention per area."""
    high = max(first.high, second.high / area)
    return replace(first, high=high), replace(second, high=high * area)


def _tell_fitting(
    first: Trace, query: Query, second: Trace, asked: Query, model: ModelInfo | None
) -> str:
    """What the second was asked, where that is not what the first was."""
    words = describe(second, asked)
    if words == describe(first, query) or model is None:
        return ""
    told = _tr("The second ({0} layers × {1} heads) shows {2}.")
    return told.format(model.layers, model.heads, words)


def _advise_framing(made: Difference, frames: tuple[Frame, Frame]) -> str:
    """How both models can be made to see the same, where they do not."""
    if made.seen.min() > 0.5 or all(frame.framing == "squash" for frame in frames):
        return ""
    return _tr("With Model › Framing › Squash both see all of the picture.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Comparison", text)
