"""The frozen records that cross layers: read this first.

Arrays are compared by identity (`new.trace is not old.trace`): every record that holds one
says `eq=False`. Nothing here imports torch or Qt.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import index
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from .errors import ExplorerError

Patch = tuple[int, int]  # row, column
Token = str | Patch  # a prefix token's name ("class", "register 1"), a pooled query's, or a patch
Asked = str | Sequence[int] | np.ndarray | None  # a Token, however written; None = the default
Heads = int | Literal["mean", "minimum", "maximum"]  # one head, or how all are put together
Framing = Literal["squash", "crop", "pad"]
Decision = Literal["class token", "mean of patches", "pooling head"]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Resampling = Literal["timm", "corners", "bicubic", "bicubic corners"]
# of stored positions to another grid: timm's (bicubic, antialiased), PyTorch-Pretrained-ViT's
# (bilinear, corners aligned), transformers' and DINO's (bicubic, not antialiased), torchvision's
# (bicubic, corners aligned)
PreLogits = Literal["after norm", "before norm", "dropped"]
# a tanh layer before the classifier: where JAX puts it, where PyTorch-Pretrained-ViT does, or out

MEAN_OF_PATCHES = "mean of patches"
POOLING_HEAD = "pooling head"


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture, upright."""

    path: Path | None
    pixels: np.ndarray  # uint8 (height, width, 3) RGB
    full_size: tuple[int, int]  # width, height in the file, upright; `pixels` may be reduced

    @property
    def size(self) -> tuple[int, int]:
        """Width, height of `pixels`."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True)
class Frame:
    """How picture pixels became model pixels, so that a map lies where the model looked."""

    framing: Framing
    picture_size: tuple[int, int]  # width, height
    input_size: tuple[int, int]  # height, width of what the model saw
    box: tuple[float, float, float, float]
    # left, top, right, bottom in picture pixels of the region that the patches tile;
    # reaches outside the picture where it was padded
    rows: int
    columns: int
    sees_all: bool = False
    # all of the picture was seen, and nothing else, though the box may begin outside it or end
    # before it, as that of overlapping convolutions: the outermost cells end where the picture does

    def patch_at(self, x: float, y: float) -> Patch | None:
        """The patch under picture pixel (x, y); None where the model saw nothing."""
        left, top, right, bottom = self.box
        column = int((x - left) / (right - left) * self.columns // 1)
        row = int((y - top) / (bottom - top) * self.rows // 1)
        if self.sees_all:
            width, height = self.picture_size
            inside = 0 <= x < width and 0 <= y < height
            row, column = min(max(row, 0), self.rows - 1), min(max(column, 0), self.columns - 1)
        else:
            inside = 0 <= row < self.rows and 0 <= column < self.columns
        return (row, column) if inside else None

    def patch_rect(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Left, top, width, height of a patch in picture pixels, as far as it was seen."""
        y, x = (edges.tolist() for edges in self.edges())
        return x[column], y[row], x[column + 1] - x[column], y[row + 1] - y[row]

    @property
    def seen(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what was seen, in picture pixels."""
        width, height = self.picture_size
        return (0.0, 0.0, float(width), float(height)) if self.sees_all else self.box

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """Where rows and columns begin and end in picture pixels: one more than there are."""
        left, top, right, bottom = self.box
        width, height = self.picture_size
        y, x = np.linspace(top, bottom, self.rows + 1), np.linspace(left, right, self.columns + 1)
        return (_cut(y, height), _cut(x, width)) if self.sees_all else (y, x)


def _cut(edges: np.ndarray, end: int) -> np.ndarray:
    """Edges of cells that fill a side from 0 to its end: the outermost are cut off, or reach it."""
    edges = edges.clip(0, end)
    edges[0], edges[-1] = 0, end
    return edges


@dataclass(frozen=True)
class Grid:
    """The model's tokens: prefix tokens first, then the patches row by row."""

    rows: int
    columns: int
    prefix: tuple[str, ...]  # "class", "distillation", "register 1", …

    @property
    def tokens(self) -> int:
        return len(self.prefix) + self.rows * self.columns

    def index(self, token: Token) -> int:
        """The place of a token in the model's sequence; raises ExplorerError where it has none."""
        if isinstance(token, str):
            if token in self.prefix:
                return self.prefix.index(token)
            known = ", ".join(f"“{name}”" for name in self.prefix) or "none"
            raise ExplorerError(
                f"This model has no token “{token}”.", hint=f"Its prefix tokens: {known}."
            )
        row, column = token
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            raise ExplorerError(
                f"There is no patch in row {row}, column {column}.",
                hint=f"The grid has {self.rows} rows and {self.columns} columns, counted from 0.",
            )
        return len(self.prefix) + row * self.columns + column


@dataclass(frozen=True, eq=False)
class RecordedAttention:
    """What one attention call was given; any of its rows is computed when somebody looks."""

    q: np.ndarray  # float32 (heads, queries, width)
    k: np.ndarray  # float32 (heads, tokens, width)
    scale: float
    bias: np.ndarray | None = None  # float32, broadcasts to (heads, queries, tokens)

    def row(self, index: int) -> np.ndarray:
        """softmax(scale · q kᵀ + bias) for one query: float32 (heads, tokens), rows sum to 1."""
        # Not by matmul: its threads wait long for cores where a model computes at the same time.
        scores = np.einsum("hkw,hw->hk", self.k, self.q[:, index]) * np.float32(self.scale)
        if self.bias is not None:
            bias = self.bias[:, index if self.bias.shape[1] > 1 else 0]
            scores = scores + bias
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return scores / scores.sum(axis=-1, keepdims=True)

    @property
    def nbytes(self) -> int:
        """Bytes of q and k; the bias belongs to the model and is shared by its traces."""
        return self.q.nbytes + self.k.nbytes


@dataclass(frozen=True, eq=False)
class Trace:
    """What one model did with one picture."""

    frame: Frame
    grid: Grid
    decision: Decision  # which tokens feed the logits
    logits: np.ndarray  # float32 (classes,); the pooled features where the model has no classes
    probability: np.ndarray  # float32 (classes,), softmax of the logits
    layers: tuple[RecordedAttention, ...]
    pooling: RecordedAttention | None  # the pooling head's one query, where there is such a head
    patch_mean: np.ndarray | None
    # float32 (layers, heads, tokens): mean of the patches' rows, where the model pools patches
    token_norms: np.ndarray  # float32 (layers, tokens): length of each token after each layer
    _rows: dict[Token, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def default_query(self) -> str:
        """The token whose attention feeds the decision."""
        if self.pooling is not None:
            return POOLING_HEAD
        if self.patch_mean is not None:
            return MEAN_OF_PATCHES
        return self.grid.prefix[0]

    @property
    def queries(self) -> tuple[str, ...]:
        """The named queries of this trace, the default one first; any patch is a query, too."""
        return tuple(dict.fromkeys((self.default_query, *self.grid.prefix)))

    @property
    def nbytes(self) -> int:
        """Bytes that this trace keeps alive by itself."""
        small = (self.logits, self.probability, self.token_norms, self.patch_mean)
        return sum(layer.nbytes for layer in self.layers) + sum(
            array.nbytes for array in small if array is not None
        )

    def rows(self, token: Asked = None) -> np.ndarray:
        """Every layer's attention from one query: float32 (layers, heads, tokens), rows sum to 1.

        The pooling head attends once, after the last layer: its result has one layer.
        """
        token = self._token(token)
        if token not in self._rows:
            # Only the latest query is kept: one row costs little, a thousand do not.
            rows = self._compute_rows(token)
            self._rows.clear()
            self._rows[token] = rows
            return rows
        return self._rows[token]

    def _token(self, asked: Asked) -> Token:
        """The token that somebody asks for; a patch may be any pair of whole numbers."""
        if asked is None:
            return self.default_query
        if isinstance(asked, str):
            if asked in self.queries:
                return asked
            raise ExplorerError(f"This model has no token “{asked}”.", hint=self._what_to_ask())
        try:
            row, column = asked
            return index(row), index(column)
        except (TypeError, ValueError):
            raise ExplorerError(f"{asked!r} is no token.", hint=self._what_to_ask()) from None

    def _what_to_ask(self) -> str:
        names = ", ".join(f"“{name}”" for name in self.queries)
        return f"Ask for {names} or a patch: (row, column), counted from 0."

    def _compute_rows(self, token: Token) -> np.ndarray:
        if token == POOLING_HEAD and self.pooling is not None:
            return self.pooling.row(0)[None]
        if token == MEAN_OF_PATCHES and self.patch_mean is not None:
            return self.patch_mean
        place = self.grid.index(token)
        return np.stack([layer.row(place) for layer in self.layers])

    def attention_row(self, layer: int, token: Asked = None) -> np.ndarray:
        """One query's attention in one layer: float32 (heads, tokens), prefix tokens included."""
        token = self._token(token)
        if token == POOLING_HEAD:  # it has no layers to choose from
            return self.rows(token)[0]
        count = len(self.layers)
        if not _counts(layer, count):
            raise ExplorerError(
                f"There is no layer {layer!r}.", hint=f"This model has {count}, counted from 0."
            )
        if token in self._rows or token == MEAN_OF_PATCHES:
            return self.rows(token)[layer]
        # Of a query that follows the mouse, one layer is shown: all of them would take longer.
        return self.layers[layer].row(self.grid.index(token))

    def maps(self, token: Asked = None) -> np.ndarray:
        """All attention of one query to the patches: float32 (layers, heads, rows, columns)."""
        rows = self.rows(token)
        patches = rows[..., len(self.grid.prefix) :]
        return patches.reshape(*rows.shape[:2], self.grid.rows, self.grid.columns)

    def attention(
        self, layer: int = -1, head: Heads | None = None, query: Asked = None
    ) -> np.ndarray:
        """Attention from `query` to the patches: float32 (rows, columns).

        `head` None is the mean over heads; "minimum" and "maximum" are taken patch by patch.
        `query` None is the default query; else a prefix token's name, or (row, column).
        """
        row = self.attention_row(layer, query)[:, len(self.grid.prefix) :]
        return combine_heads(row, head).reshape(self.grid.rows, self.grid.columns)


_TOGETHER: dict[str, Any] = {"mean": np.mean, "minimum": np.min, "maximum": np.max}


def combine_heads(values: np.ndarray, head: Heads | None) -> np.ndarray:
    """One head of (heads, …), or all of them put together: (…)."""
    return _combine(values, head, "head", "layer")


def _combine(values: np.ndarray, which: int | str | None, thing: str, owner: str) -> np.ndarray:
    """One of an owner's things (things, …), or all of them put together: (…)."""
    if which is None:
        which = "mean"
    if isinstance(which, str) and which in _TOGETHER:
        together: np.ndarray = _TOGETHER[which](values, axis=0)
        return together
    if not _counts(which, len(values)):
        raise ExplorerError(
            f"There is no {thing} {which!r}.",
            hint=f"This {owner} has {len(values)}, counted from 0; or ask for “mean”, “minimum” or "
            "“maximum”.",
        )
    return values[which]


def _counts(number: Any, count: int) -> bool:
    """Whether something is the number of one of `count` things; negative counts from the last."""
    is_whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    return is_whole and bool(-count <= number < count)


@dataclass(frozen=True)
class Query:
    """What the overlay shows."""

    layer: int = -1  # negative counts from the last, so that it holds for every model
    head: Heads = "mean"
    token: Token | None = None  # None = the model's default query


@dataclass(frozen=True, eq=False)
class Heatmap:
    """A map over the patches and the scale it is drawn on."""

    values: np.ndarray  # float32 (rows, columns)
    low: float
    high: float
    quantity: str  # "attention", "cosine", …
    title: str
    diverging: bool = False  # 0 is in the middle of the scale: painted in two hues


@dataclass(frozen=True)
class Weights:
    """Which model somebody wants: an architecture, and where its weights come from."""

    name: str  # timm's name, with or without a pretrained tag; "" where a file says it
    file: Path | None = None  # a local checkpoint; None = pretrained
    random: bool = False  # random initial values: for trials, and to learn from nothing
    arguments: tuple[tuple[str, Any], ...] = ()  # of a random network, as timm takes them
    heads: int | None = None  # answers what a checkpoint's tensors cannot say
    image_size: tuple[int, int] | None = None  # height, width; None = the model's own
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    # mean and standard deviation per channel, in 0..1; None = what the weights' config says
    interpolation: Interpolation | None = None  # how pictures are resized; None = as its library
    resampling: Resampling | None = None  # of positions; None = as the checkpoint's library does
    pre_logits: PreLogits | None = None  # None = what is right for the checkpoint's origin


DEFAULT_MODEL = Weights("vit_base_patch16_384")  # where nobody names another


@dataclass(frozen=True)
class Preprocessing:
    """What a model wants done to a picture before it looks."""

    input_size: tuple[int, int]  # height, width
    mean: tuple[float, ...]  # one per channel, of pixels in 0..1; one channel means grey
    std: tuple[float, ...]
    framing: Framing
    crop_fraction: float = 1.0  # the share of the shorter side that a centre crop keeps
    interpolation: Interpolation = "bicubic"


@dataclass(frozen=True)
class ModelInfo:
    """What the window says about a loaded model."""

    name: str
    source: str  # one sentence: where its weights came from, and how they were read
    grid: Grid
    layers: int
    heads: int
    decision: Decision
    input_size: tuple[int, int]  # height, width
    framing: Framing  # the one in use
    labels: tuple[str, ...] | None  # a name per class, where the label set is known
    classes: int
    parameters: int
    device: str  # "CPU", "CUDA · NVIDIA H200"
    precision: str  # "float32", "bfloat16"
    details: tuple[tuple[str, str], ...] = ()
    # what was chosen where libraries differ, in words: ("Layer norm epsilon", "1e-12, as …")


@dataclass(frozen=True, eq=False)
class PositionTable:
    """Position embeddings: a vector that is added to each token before the first layer."""

    patches: np.ndarray  # float32 (rows, columns, width), as the model adds them
    prefix: np.ndarray  # float32 (prefix tokens that have one, width)
    prefix_names: tuple[str, ...]
    stored: np.ndarray | None = None  # float32 (rows, columns, width) before they were resampled
    origin: Literal["learned", "sines"] = "learned"

    def similarity(self) -> np.ndarray:
        """Cosine of every two patches' vectors: float32 (patches, patches), row by row."""
        units = unit_vectors(self.patches).reshape(-1, self.patches.shape[-1])
        return units @ units.T


def unit_vectors(vectors: np.ndarray) -> np.ndarray:
    """Vectors (…, width) at length 1, float32; zero where they have no direction.

    That is where all numbers are 0, or one is not finite: their cosine with anything is then 0.
    """
    known = has_direction(vectors)[..., None]
    vectors = np.where(known, vectors, 1).astype(np.float64)
    vectors /= np.abs(vectors).max(axis=-1, keepdims=True)  # the largest have no squares
    lengths = np.sqrt(np.einsum("...w,...w->...", vectors, vectors))
    return np.where(known, vectors / lengths[..., None], 0).astype(np.float32)


def has_direction(vectors: np.ndarray) -> np.ndarray:
    """Which vectors (…, width) are finite and not zero: bool (…)."""
    return np.isfinite(vectors).all(axis=-1) & vectors.any(axis=-1)


@dataclass(frozen=True, eq=False)
class RotaryPositions:
    """Angles by which queries and keys are turned, in pairs of numbers (RoPE, Su et al. 2021)."""

    cos: np.ndarray  # float32 (layers or 1, heads or 1, rows, columns, pairs)
    sin: np.ndarray


@dataclass(frozen=True, eq=False)
class PositionBias:
    """What is added to the scores for each offset between two patches (BEiT, T5, Swin)."""

    offsets: np.ndarray  # float32 (layers or 1, heads, 2 · rows - 1, 2 · columns - 1)
    # offsets[…, rows - 1 + down, columns - 1 + right]: to a key that lies so far from its query


@dataclass(frozen=True, eq=False)
class Positions:
    """All that tells a model where a patch lies; None for what it has not."""

    rows: int
    columns: int
    table: PositionTable | None = None
    rotary: RotaryPositions | None = None
    bias: PositionBias | None = None


@dataclass(frozen=True)
class CaptionerWeights:
    """Which captioner somebody wants, and where its weights and words come from."""

    name: str = "catr-v3"  # of the published ones; not asked where there is a file
    file: Path | None = None  # a local checkpoint; None = the published one
    vocabulary: Path | None = None  # a local file; None = the one beside the weights, or the usual
    heads: int | None = None  # answers what a checkpoint's tensors cannot say
    dilation: bool | None = None  # whether its convolutions are dilated; None = where they can be


DEFAULT_CAPTIONER = CaptionerWeights()  # where nobody names another


@dataclass(frozen=True)
class CaptionerInfo:
    """What the window says about a loaded captioner."""

    name: str
    library: str  # as people call it
    source: str  # one or two sentences: where its weights came from, and what they are
    layers: int  # of the decoder
    heads: int
    vocabulary: int  # tokens
    longest: int  # tokens of a caption, its end included
    parameters: int
    device: str
    details: tuple[tuple[str, str], ...] = ()  # what was assumed, in words


Row = Literal["chose", "stands"]
# of a word's two rows of attention: that of the token before it, from which the word was chosen,
# and the one that stands on the word itself, from which the next one was
Layers = int | Literal["mean", "minimum", "maximum"]  # one layer, or how all are put together


@dataclass(frozen=True)
class WordQuery:
    """What the overlay shows of a caption."""

    places: tuple[int, ...] = ()
    # of tokens in the caption; any of a word's asks for that word; () = the overlay shows none
    layer: Layers = -1  # of the decoder
    head: Heads = "mean"
    row: Row = "chose"
    by_piece: bool = False  # each piece of a word by itself
    with_ends: bool = False  # the begin and end tokens, too


@dataclass(frozen=True)
class Writing:
    """How a captioner chooses its words."""

    beams: int = 1  # sentences that are kept at once; 1 = always the likeliest word
    length_penalty: float = 1.0  # sentences compete by log probability / length ** this
    temperature: float | None = None  # None = no chance; below 1, likely words gain
    seed: int = 0  # of chance: the same one gives the same caption
    max_tokens: int | None = None  # the end included; None = as CATR: 127, if it can so many

    def check(self) -> None:
        """Raise ExplorerError where it makes no sense."""
        if self.beams < 1:
            raise ExplorerError(f"There cannot be {self.beams} beams.", hint="Give 1 or more.")
        if not abs(self.length_penalty) <= 100:
            raise ExplorerError(
                f"A length penalty of {self.length_penalty:g} makes no sense.",
                hint="Give a number from -100 to 100.",
            )
        if not 0 <= self.seed < 2**63:
            raise ExplorerError(
                f"There is no seed {self.seed}.",
                hint="Give a whole number from 0 on, of at most 18 digits.",
            )
        if self.temperature is None:
            return
        if not self.temperature > 0:
            raise ExplorerError(
                f"A temperature of {self.temperature:g} makes no sense.",
                hint="Give a number above 0, or None for the likeliest words.",
            )
        if self.beams > 1:
            raise ExplorerError(
                "Beams and a temperature exclude each other.", hint="Choose one of them."
            )


BEGIN, END = "begin", "end"  # a caption's tokens that are no words


@dataclass(frozen=True)
class Word:
    """A word of a caption: one piece of the vocabulary, or several."""

    text: str
    place: int  # of its first piece among the caption's tokens; the begin token has place 0
    pieces: tuple[str, ...]  # as the vocabulary writes them: "sk", "##ate"
    probabilities: tuple[float, ...]  # of each piece, after all that stands before it

    @property
    def probability(self) -> float:
        """Of the whole word, after all that stands before it."""
        return math.prod(self.probabilities)

    @property
    def places(self) -> range:
        """Of its pieces among the caption's tokens."""
        return range(self.place, self.place + len(self.pieces))


@dataclass(frozen=True)
class Alternative:
    """A token that might have stood in a place."""

    token: int
    text: str
    probability: float


@dataclass(frozen=True, eq=False)
class Caption:
    """A sentence about a picture, and where the captioner looked for each of its words.

    A caption reads its begin token, its words, and its end token, if it came to an end. From each
    row of what it read the next token was chosen: `maps[i]` stands on token i, and chose i + 1.
    """

    frame: Frame  # where the cells of its maps lie on the picture
    text: str
    words: tuple[Word, ...]  # without begin and end
    tokens: tuple[int, ...]  # with begin, and end where there is one
    end: int  # the token that ends a caption, whether this one has it or not
    ended: bool  # False where it was stopped at its greatest length
    given: int  # how many of its tokens somebody gave it; it wrote those that follow
    maps: np.ndarray  # float32 (tokens with begin and end, layers, heads, rows, columns)
    scores: np.ndarray  # float32 (tokens without begin, vocabulary): logits of what comes next
    vocabulary: tuple[str, ...] = field(repr=False)  # every token as it is written

    @property
    def token_ids(self) -> tuple[int, ...]:
        """Without begin and end."""
        return self.tokens[1:-1] if self.ended else self.tokens[1:]

    @property
    def logits(self) -> np.ndarray:
        """What each token was chosen from: float32 (tokens, vocabulary), without begin and end."""
        return self.scores[: len(self.token_ids)]

    @property
    def attention(self) -> np.ndarray:
        """What chose each token: float32 (tokens, layers, heads, rows, columns), as `token_ids`."""
        return self.maps[: len(self.token_ids)]

    @property
    def nbytes(self) -> int:
        """Bytes that this caption keeps alive by itself."""
        return self.maps.nbytes + self.scores.nbytes

    def heatmap(
        self,
        word: int | str | Sequence[int],
        layer: Layers | None = -1,
        head: Heads | None = None,
        row: Row = "chose",
        piece: int | None = None,
    ) -> np.ndarray:
        """Where the captioner looked for a word: float32 (rows, columns).

        `word`: its number, "begin", "end", or several numbers: then the mean of their maps.
        `layer`, `head`: one, or how all are put together; None is the mean. `row`: "chose" is
        the row from which the word was chosen, "stands" the one that stands on it.
        `piece`: one of the word's pieces; None is the mean of them.
        Raises ExplorerError where there is no such thing.
        """
        several = isinstance(word, Iterable) and not isinstance(word, str)
        asked: Iterable[Any] = cast("Sequence[int]", word) if several else [word]
        words = [self._places(one, piece) for one in asked]
        if not words:
            raise ExplorerError("There is no word to look at.", hint="Choose one or several.")
        maps = [self.heatmap_at(places, layer, head, row) for places in words]
        return np.stack(maps).mean(axis=0)

    def heatmap_at(
        self,
        places: Sequence[int],
        layer: Layers | None = -1,
        head: Heads | None = None,
        row: Row = "chose",
    ) -> np.ndarray:
        """Where it looked for the tokens in some places, their mean: float32 (rows, columns).

        The begin token has place 0; the rest is as in `heatmap`.
        """
        values = self.maps[[self._row(place, row) for place in places]].mean(axis=0)
        by_layer = np.stack([combine_heads(heads, head) for heads in values])
        return _combine(by_layer, layer, "layer", "captioner")

    def alternatives(self, word: int | str, count: int = 10, piece: int = 0) -> list[Alternative]:
        """What might have stood in the place of a word's piece, the likeliest first.

        Raises ExplorerError where nothing was chosen: there is no such word, or it is "begin".
        """
        (place,) = self._places(word, piece)
        probability = softmax(self.scores[self._row(place, "chose")])
        best = np.argsort(-probability, kind="stable")[:count]
        return [
            Alternative(int(token), self.vocabulary[token], float(probability[token]))
            for token in best
        ]

    def before(self, word: int | str, piece: int = 0) -> tuple[int, ...]:
        """The tokens that stand before a word's piece, without begin: to go on from there."""
        (place,) = self._places(word, piece)
        return self.tokens[1:place]

    def _places(self, word: int | str, piece: int | None) -> Sequence[int]:
        """Of a word's pieces among the tokens."""
        if isinstance(word, str):
            return [self._named(word)]
        if not _counts(word, len(self.words)):
            raise ExplorerError(
                f"There is no word {word!r}.",
                hint=f"This caption has {len(self.words)}, counted from 0.",
            )
        places = self.words[word].places
        if piece is None:
            return places
        if not _counts(piece, len(places)):
            raise ExplorerError(
                f"The word “{self.words[word].text}” has no piece {piece!r}.",
                hint=f"It has {len(places)}, counted from 0.",
            )
        return [places[piece]]

    def _named(self, name: str) -> int:
        if name == BEGIN:
            return 0
        if name != END:
            raise ExplorerError(
                f"A caption has no token “{name}”.", hint="Ask for a word's number, or “end”."
            )
        if not self.ended:
            raise ExplorerError(
                "This caption has no end: it was stopped at its greatest length.",
                hint="Allow it more words.",
            )
        return len(self.tokens) - 1

    def _row(self, place: int, row: Row) -> int:
        """Which row of the attention belongs to the token in a place."""
        if row == "stands":
            return place
        if row != "chose":
            raise ExplorerError(f"A word has no row {row!r}.", hint="Ask for “chose” or “stands”.")
        if place == 0:
            raise ExplorerError(
                "Nothing chose the begin token.", hint="Ask for the row that stands on it."
            )
        return place - 1


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits (tokens,) as probabilities."""
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()
