"""What the Caption panel says in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from ...explain.words import Part
from ...records import Caption, Heads, Layers, Word, WordQuery, Writing
from ..parts.numbers import format_probability


def tr(text: str) -> str:
    return QCoreApplication.translate("Captions", text)


def short_probability(probability: float) -> str:
    """Two decimals, without ever rounding to certainty: “0.87”, “<0.01”, “>0.99”."""
    if 0 < probability < 0.005:
        return "<0.01"
    if 0.995 <= probability < 1:
        return ">0.99"
    return f"{probability:.2f}"


def manner(writing: Writing) -> str:
    """How words are chosen: “greedy”, “beams 4”, “by chance 0.8, seed 3”."""
    if writing.temperature is not None:
        said = tr("by chance {0}, seed {1}").format(f"{writing.temperature:g}", writing.seed)
    elif writing.beams > 1:
        said = tr("beams {0}").format(writing.beams)
    else:
        said = tr("greedy")
    if writing.max_tokens is None:
        return said
    return tr("{0}, at most {1} tokens").format(said, writing.max_tokens)


def beginning(caption: Caption) -> str:
    """The words that somebody gave: “a red”; "" where all are the captioner's own."""
    return sentence([word for word in caption.words if word.place <= caption.given])


def begun(caption: Caption) -> str:
    """“begun by you: “a red””; "" where all words are the captioner's own."""
    given = beginning(caption)
    return tr("begun by you: “{0}”").format(given) if given else ""


def sentence(words: Sequence[Word]) -> str:
    """Some words as a text that a captioner reads."""
    return " ".join(word.text for word in words)


def looks(words: WordQuery, layers: int) -> tuple[str, str, str]:
    """“the row that chose the word · last layer · mean of heads”, and the same in fewer words."""
    short = f"{name_layer(words.layer, layers)} · {name_head(words.head)}"
    if words.row == "chose":
        rows = tr("the row that chose the word"), tr("row that chose it")
    else:
        rows = tr("the row that stands on the word"), tr("row that stands on it")
    return f"{rows[0]} · {short}", f"{rows[1]} · {short}", short


def name_layer(layer: Layers, layers: int) -> str:
    """“last layer”, “layer 2”, “mean of layers”; `layers` is how many there are."""
    if isinstance(layer, str):
        return tr("{0} of layers").format(_together(layer))
    is_last = layer in (-1, layers - 1)
    return tr("last layer") if is_last else tr("layer {0}").format(layer % max(layers, 1) + 1)


def name_head(head: Heads) -> str:
    """“head 3”, “mean of heads”."""
    if isinstance(head, str):
        return tr("{0} of heads").format(_together(head))
    return tr("head {0}").format(head + 1)


def _together(how: str) -> str:
    return {"mean": tr("mean"), "minimum": tr("minimum"), "maximum": tr("maximum")}[how]


def describe_part(part: Part, given: bool) -> str:
    """“umbrella · probability 0.612 · given by you”: for tooltips and screen readers."""
    said = [tr("{0} token").format(part.text) if part.is_end else part.text]
    if part.probability is None:
        said.append(tr("nothing chose it"))
    else:
        said.append(tr("probability {0}").format(format_probability(part.probability)))
    if given:
        said.append(tr("given by you"))
    return " · ".join(said)


def note_of(caption: Caption) -> str:
    """What is to be said behind the last word; "" where the caption ended as captions do."""
    if not caption.words:
        return tr("The captioner ended at once, without a word. Type a letter to begin for it.")
    return "" if caption.ended else tr("stopped at its greatest length")
