"""Pictures and traces without a model, for everything that shows them."""

import gc
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import PIL.Image
import pytest

from explorer.errors import Cancelled, ExplorerError, WeightsMissing
from explorer.records import (
    MEAN_OF_PATCHES,
    POOLING_HEAD,
    Caption,
    CaptionerInfo,
    CaptionerWeights,
    Decision,
    Frame,
    Grid,
    ModelInfo,
    Patch,
    Picture,
    Positions,
    PositionTable,
    RecordedAttention,
    Trace,
    Weights,
    Word,
    Writing,
)
from explorer.training.evaluation.evaluation import Answers, Evaluation, evaluate
from explorer.window.controller import Controller
from explorer.window.main_window import MainWindow
from explorer.window.settings import Settings
from explorer.window.state import Store, Wishes
from explorer.window.theme import Theme

from .whole_window import end_program

WIDTH = 64  # of one head


def synthetic_picture(width: int = 240, height: int = 160, seed: int = 0) -> Picture:
    """A smooth coloured picture without a path."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [np.sin(across / (17 + 5 * seed + i * 9) + down / (23 + i * 7)) for i in range(3)]
    pixels = (127 + 100 * np.stack(waves, axis=-1)).astype(np.uint8)
    return Picture(None, pixels, (width, height))


def squashed(picture_size: tuple[int, int], rows: int, columns: int, patch: int = 16) -> Frame:
    """The frame of a picture that was squashed to the model's input."""
    width, height = picture_size
    box = (0.0, 0.0, float(width), float(height))
    return Frame("squash", picture_size, (rows * patch, columns * patch), box, rows, columns)


def _random_layer(rng: np.random.Generator, heads: int, queries: int, tokens: int):
    q = rng.standard_normal((heads, queries, WIDTH), dtype=np.float32)
    k = rng.standard_normal((heads, tokens, WIDTH), dtype=np.float32)
    return RecordedAttention(q, k, WIDTH**-0.5)


def _hot_layer(heads: int, tokens: int, hot: int):
    """All queries look at one token and, much less, at the others alike."""
    q = np.zeros((heads, tokens, WIDTH), np.float32)
    k = np.zeros((heads, tokens, WIDTH), np.float32)
    q[..., 0] = 1.0
    k[:, hot, 0] = 8.0 / WIDTH**-0.5
    return RecordedAttention(q, k, WIDTH**-0.5)


def synthetic_trace(
    rows: int = 6,
    columns: int = 9,
    layers: int = 4,
    heads: int = 3,
    prefix: tuple[str, ...] = ("class",),
    seed: int = 0,
    *,
    frame: Frame | None = None,
    decision: Decision = "class token",
    hot: Patch | None = None,
    classes: int = 10,
) -> Trace:
    """A trace of random q and k; with `hot`, every query of every head looks at that patch.

    Without a frame, it is that of a picture of 240 × 160 squashed.
    """
    rng = np.random.default_rng(seed)
    grid = Grid(rows, columns, prefix)
    shape = (heads, grid.tokens, grid.tokens)
    if hot is None:
        recorded = [_random_layer(rng, *shape) for _ in range(layers)]
    else:
        recorded = [_hot_layer(heads, grid.tokens, grid.index(hot)) for _ in range(layers)]
    pooling = _random_layer(rng, heads, 1, grid.tokens) if decision == POOLING_HEAD else None
    pools = decision == MEAN_OF_PATCHES
    mean = np.stack([layer.row(len(prefix)) for layer in recorded]) if pools else None
    logits = rng.standard_normal(classes, dtype=np.float32)
    probability = np.exp(logits) / np.exp(logits).sum()
    norms = rng.uniform(1, 50, (layers, grid.tokens)).astype(np.float32)
    frame = frame or squashed((240, 160), rows, columns)
    return Trace(frame, grid, decision, logits, probability, tuple(recorded), pooling, mean, norms)


# Captions of a vocabulary that holds a few words, whole and in pieces

_SAID = (
    "a an the two cat cats dog man woman holding um ##brel ##la sk ##ate ##board sits stands on "
    "in of mat lawn rain red green with and under ."
)
VOCABULARY = ("[CLS]", "[SEP]", *_SAID.split())
DOUBTS = (0.97, 0.62, 0.91, 0.38, 0.99, 0.08, 0.85)  # probabilities of tokens, over and over


def _scores(tokens: tuple[int, ...]) -> np.ndarray:
    """Logits by which each token after the first has its probability of DOUBTS."""
    scores = np.random.default_rng(0).standard_normal((len(tokens) - 1, len(VOCABULARY)))
    for place, token in enumerate(tokens[1:]):
        probability = DOUBTS[place % len(DOUBTS)]
        others = np.exp(np.delete(scores[place], token)).sum()
        scores[place, token] = np.log(others * probability / (1 - probability))
    return scores.astype(np.float32)


def _words_of(pieces: list[str]) -> tuple[Word, ...]:
    """Words of pieces as the vocabulary writes them; those that go on begin with ##."""
    words: list[Word] = []
    for place, piece in enumerate(pieces, start=1):
        probability = DOUBTS[(place - 1) % len(DOUBTS)]
        if piece.startswith("##"):
            last = words.pop()
            text, places = last.text + piece[2:], (*last.pieces, piece)
            words.append(Word(text, last.place, places, (*last.probabilities, probability)))
        else:
            words.append(Word(piece, place, (piece,), (probability,)))
    return tuple(words)


def synthetic_caption(
    sentence: str = "a man holding a red um ##brel ##la on the lawn",
    rows: int = 5,
    columns: int = 7,
    layers: int = 3,
    heads: int = 4,
    seed: int = 0,
    *,
    frame: Frame | None = None,
    ended: bool = True,
    given: int = 0,
    peaks: dict[int, Patch] | None = None,
) -> Caption:
    """A caption of pieces of VOCABULARY, whose maps are random and sum to 1.

    `peaks`: which cell the row of a token, 0 being that of begin, looks at almost alone. Without
    a frame, it is that of a picture of 240 × 160 squashed.
    """
    pieces = sentence.split()
    ends = ["[SEP]"] if ended else []
    tokens = tuple(VOCABULARY.index(piece) for piece in ["[CLS]", *pieces, *ends])
    maps = np.random.default_rng(seed).random((len(tokens), layers, heads, rows, columns))
    for row, cell in (peaks or {}).items():
        maps[row][..., *cell] = 100.0 * rows * columns
    maps /= maps.sum(axis=(-2, -1), keepdims=True)
    words = _words_of(pieces)
    return Caption(
        frame=frame or squashed((240, 160), rows, columns),
        text=" ".join(word.text for word in words),
        words=words,
        tokens=tokens,
        end=VOCABULARY.index("[SEP]"),
        ended=ended,
        given=given,
        maps=maps.astype(np.float32),
        scores=_scores(tokens),
        vocabulary=VOCABULARY,
    )


def synthetic_table(rows: int, columns: int, width: int = 48, seed: int = 0) -> np.ndarray:
    """Position embeddings that look learned: float32 (rows, columns, width).

    Each row and each column has random waves, the slow ones strongest, and each patch some noise.
    """
    rng = np.random.default_rng(seed)
    down, right = (_waves(rng, count, width) for count in (rows, columns))
    noise = 0.25 * rng.standard_normal((rows, columns, width))
    return (down[:, None] + right[None] + noise).astype(np.float32)


def _waves(rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    place = (np.arange(count)[:, None] + 0.5) / count * np.pi
    waves = np.zeros((count, width))
    for frequency in range(1, 9):
        strength = rng.standard_normal((2, width)) / frequency**0.7
        waves += np.cos(frequency * place) * strength[0] + np.sin(frequency * place) * strength[1]
    return waves


def synthetic_positions(
    rows: int = 6,
    columns: int = 9,
    prefix: tuple[str, ...] = ("class",),
    seed: int = 0,
    *,
    width: int = 48,
    stored: tuple[int, int] | None = None,
) -> Positions:
    """A learned table; with `stored`, it was resampled from so many rows and columns."""
    patches = synthetic_table(rows, columns, width, seed)
    vectors = np.random.default_rng(seed + 1).standard_normal((len(prefix), width), np.float32)
    before = synthetic_table(*stored, width, seed) if stored else None
    return Positions(rows, columns, PositionTable(patches, vectors, prefix, before))


@pytest.fixture(autouse=True)
def _collect_here() -> Iterator[None]:
    """Widgets of an ended test are collected now, on this thread.

    Else a worker's thread of the next test may happen to collect, and Qt cannot bear that.
    """
    yield
    gc.collect()


@pytest.fixture
def make_positions() -> Callable[..., Positions]:
    """Builds positions: `make_positions(rows, columns, prefix, seed, width=…, stored=…)`."""
    return synthetic_positions


@pytest.fixture
def make_picture() -> Callable[..., Picture]:
    """Builds pictures: `make_picture(width, height, seed)`."""
    return synthetic_picture


@pytest.fixture
def make_trace() -> Callable[..., Trace]:
    """Builds traces: `make_trace(rows, columns, layers, heads, prefix, seed, …)`."""
    return synthetic_trace


@pytest.fixture
def make_caption() -> Callable[..., Caption]:
    """Builds captions: `make_caption("a red um ##brel ##la", rows, columns, layers, heads, …)`."""
    return synthetic_caption


# A model without a network, for what has to do with time and threads.

FAKE_INFO = ModelInfo(
    name="fake",
    source="made up",
    grid=Grid(6, 9, ("class",)),
    layers=4,
    heads=3,
    decision="class token",
    input_size=(96, 144),
    framing="squash",
    labels=None,
    classes=10,
    parameters=1,
    device="CPU",
    precision="float32",
)

FAKE_CAPTIONER = CaptionerInfo(
    name="fake captioner",
    library="Fake",
    source="made up",
    layers=3,
    heads=4,
    vocabulary=len(VOCABULARY),
    longest=20,
    parameters=1_000_000,
    device="CPU",
)


def _wait(may_go: threading.Event, should_stop: Callable[[], bool]) -> None:
    """Work that ends when it is let go, or nobody waits for it any more."""
    while not may_go.wait(0.002):
        if should_stop():
            raise Cancelled


@dataclass(frozen=True)
class FakeLook:
    """What a fake captioner keeps of a picture."""

    picture: Picture


class FakeCaptioner:
    """Writes a sentence about any picture; remembers what it looked at, and what it was asked."""

    says = "a man holding a red um ##brel ##la on the lawn"

    def __init__(self, info: CaptionerInfo = FAKE_CAPTIONER) -> None:
        self.info = info
        self.looked: list[str] = []
        self.asked: list[tuple[str, Writing, str | tuple[int, ...]]] = []  # picture, how, beginning
        self.entered = threading.Event()
        self.may_go = threading.Event()
        self.may_go.set()

    def look(self, picture: Picture) -> FakeLook:
        if max(picture.size) > 100 * min(picture.size):
            raise ExplorerError("This picture is too narrow for the captioner.", hint="Crop it.")
        self.looked.append(picture.path.stem)
        return FakeLook(picture)

    def describe(
        self,
        image: FakeLook,
        *,
        max_tokens: int | None,
        beams: int,
        length_penalty: float,
        temperature: float | None,
        seed: int,
        given: str | tuple[int, ...],
        should_stop: Callable[[], bool],
    ) -> Caption:
        writing = Writing(beams, length_penalty, temperature, seed, max_tokens)
        self.asked.append((image.picture.path.stem, writing, given))
        self.entered.set()
        _wait(self.may_go, should_stop)
        pieces = given.split() if isinstance(given, str) else [VOCABULARY[one] for one in given]
        unknown = [piece for piece in pieces if piece not in VOCABULARY]
        if unknown:
            raise ExplorerError(f"The captioner's vocabulary cannot spell “{unknown[0]}”.")
        sentence = [*pieces, *self.says.split()[len(pieces) :]]
        sentence = sentence[: max_tokens or self.info.longest]
        frame = squashed(image.picture.size, 5, 7)
        shape = self.info.layers, self.info.heads, len(self.asked)
        return synthetic_caption(" ".join(sentence), 5, 7, *shape, frame=frame, given=len(pieces))


class FakeViT:
    """Answers at once, or when let go; remembers which pictures it was given, and its answers."""

    def __init__(self, make_trace: Callable[..., Trace], info: ModelInfo = FAKE_INFO) -> None:
        self._make_trace = make_trace
        self.info = info
        self.positions = Positions(info.grid.rows, info.grid.columns)
        self.seen: list[str] = []
        self.made: list[tuple[str, Trace]] = []
        self.entered = threading.Event()
        self.may_go = threading.Event()
        self.may_go.set()

    def trace(self, picture: Picture, *, should_stop: Callable[[], bool]) -> Trace:
        self.seen.append(picture.path.stem)
        self.entered.set()
        _wait(self.may_go, should_stop)
        info, grid = self.info, self.info.grid
        frame = squashed(picture.size, grid.rows, grid.columns)
        shape = grid.rows, grid.columns, info.layers, info.heads, grid.prefix
        made = self._make_trace(*shape, frame=frame, seed=len(self.seen))
        self.made.append((picture.path.stem, made))
        return made

    def reframed(self, framing: str) -> "FakeViT":
        if framing == self.info.framing:
            return self
        twin = object.__new__(FakeViT)
        twin.__dict__.update(self.__dict__)
        twin.info = replace(self.info, framing=framing)
        return twin

    def self_check(self, picture: Picture) -> str:
        return f"checked {picture.path.stem}"


@dataclass
class Supply:
    """What is on this computer, what has to be fetched, and how long both take."""

    missing: set[str] = field(default_factory=set)  # names
    broken_line: bool = False
    download_may_go: threading.Event = field(default_factory=threading.Event)
    loading: threading.Event = field(default_factory=threading.Event)
    load_may_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.load_may_go.set()

    def bring(self, name, device, progress, should_stop, may_download) -> None:
        """Have something at hand, as loaders do; raises where it cannot be had."""
        self.loading.set()
        progress(f"Reading {name}", None)
        _wait(self.load_may_go, should_stop)
        if name in self.missing:
            if not may_download:
                raise WeightsMissing("The weights are not here.", hint="Download them.")
            progress("Downloading", 0.25)
            if self.broken_line:
                raise ExplorerError("The download broke off.")
            _wait(self.download_may_go, should_stop)
        if device == "mps":
            raise ExplorerError("There is no device “mps” here.")


@dataclass
class Shelf(Supply):
    """What `load` finds; every model that it gave away stays known."""

    vit: FakeViT | None = None
    given: list[FakeViT] = field(default_factory=list)
    loaded: list[tuple[Weights, str, str, bool]] = field(default_factory=list)

    def change(self, **info: object) -> None:
        """Put another model on the shelf."""
        self.vit = FakeViT(self.vit._make_trace, replace(self.vit.info, **info))

    def load(self, weights, device, precision, *, progress, should_stop, may_download):
        self.loaded.append((weights, device, precision, may_download))
        self.bring(weights.name, device, progress, should_stop, may_download)
        self.change(source=weights.name or str(weights))
        self.given.append(self.vit)
        return self.vit


@dataclass
class Captioners(Supply):
    """What `load_captioner` finds, each a new one; the last one that it gave away is known."""

    captioner: FakeCaptioner = field(default_factory=FakeCaptioner)
    loaded: list[tuple[CaptionerWeights, str, bool]] = field(default_factory=list)

    def change(self, **info: object) -> None:
        """Put another captioner there."""
        self.captioner = FakeCaptioner(replace(self.captioner.info, **info))

    def load(self, wanted, device, *, progress, should_stop, may_download):
        self.loaded.append((wanted, device, may_download))
        self.bring(wanted.name, device, progress, should_stop, may_download)
        self.change(name=wanted.name)
        return self.captioner


@dataclass(frozen=True)
class Examined:
    """What models.opening tells of a checkpoint; nothing has to be asked."""

    is_captioner: ClassVar[bool] = False
    summary: str = "recognised by its tensors: 12 layers of width 768, 12 heads"
    library: str = ""
    told: str = ""
    heads: tuple[int, tuple[int, ...]] | None = None
    has_pre_logits: bool = False
    problem: ExplorerError | None = None


@pytest.fixture
def make_examined() -> Callable[..., Examined]:
    """Builds what is told of a checkpoint: `make_examined(heads=(4, (1, 2, 4)), …)`."""
    return Examined


@pytest.fixture
def make_model() -> Callable[..., ModelInfo]:
    """Builds what is said of a model: `make_model(framing="pad", …)`."""
    return partial(replace, FAKE_INFO)


@pytest.fixture
def make_captioner() -> Callable[..., CaptionerInfo]:
    """Builds what is said of a captioner: `make_captioner(layers=6, …)`."""
    return partial(replace, FAKE_CAPTIONER)


@pytest.fixture
def shelf(make_trace) -> Shelf:
    return Shelf(vit=FakeViT(make_trace))


@pytest.fixture
def captioners() -> Captioners:
    return Captioners()


@pytest.fixture
def store(qapp) -> Store:
    return Store()


@pytest.fixture
def wishes(qapp) -> Wishes:
    return Wishes()


@pytest.fixture
def controller(qtbot, store, wishes, shelf, captioners) -> Iterator[Controller]:
    made = Controller(store, wishes, shelf.load, captioners.load)
    made.problems = []  # what it told in words
    made.problem.connect(lambda error: made.problems.append(str(error)))
    yield made
    made.close()


@pytest.fixture
def pictures(tmp_path) -> list[Path]:
    """Five small pictures, a.png to e.png."""
    paths = [tmp_path / f"{name}.png" for name in "abcde"]
    for number, path in enumerate(paths):
        PIL.Image.new("RGB", (24 + number, 16), (number * 40, 80, 120)).save(path)
    return paths


CLASS_COLORS = ((200, 30, 30), (30, 160, 30), (30, 30, 200), (200, 200, 30))


@pytest.fixture
def make_evaluation(tmp_path: Path) -> Callable[..., Evaluation]:
    """Builds one: `make_evaluation(counts, classes)`; `counts` is its confusion matrix.

    Its pictures are there: as sure as 0.5 to 0.99, those of a class in the colour of the class.
    """

    def make(
        counts: object, classes: tuple[str, ...] = (), draws: bool = True, **others: object
    ) -> Evaluation:
        matrix = np.array(counts)
        count = len(matrix)
        pairs = [
            (true, taken)
            for true in range(count)
            for taken in range(count)
            for _ in range(matrix[true, taken])
        ]
        rows = np.zeros((len(pairs), count), np.float32)
        sure = np.linspace(0.6, 0.99, len(pairs))
        for row, (_, taken), share in zip(rows, pairs, sure, strict=True):
            row[:] = (1 - share) / (count - 1)
            row[taken] = share
        names = tuple(f"{true}_{place}.png" for place, (true, _) in enumerate(pairs))
        if draws:
            for name, (true, _) in zip(names, pairs, strict=True):
                PIL.Image.new("RGB", (24, 16), CLASS_COLORS[true % 4]).save(tmp_path / name)
        return evaluate(
            Answers(
                model="fake",
                about="pets/val",
                said=("Classes are told by folders.", "Classes are matched by their names."),
                folder=tmp_path,
                names=names,
                labels=np.array([true for true, _ in pairs], np.int64),
                probabilities=rows,
                classes=classes or tuple(f"class {place}" for place in range(count)),
                **others,
            )
        )

    return make


@pytest.fixture
def theme(qapp) -> Iterator[Theme]:
    """The dark one; the tests after have the application as it was."""
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    made = Theme(qapp, "dark")
    yield made
    made.deleteLater()
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


@pytest.fixture
def open_real(qtbot, theme) -> Iterator[Callable[[Weights, Path], MainWindow]]:
    """Opens the window with a real model at pictures: `open_real(weights, folder)`."""
    opened: list[tuple[MainWindow, Controller]] = []

    def open_one(weights: Weights, path: Path) -> MainWindow:
        store, wishes = Store(), Wishes()
        store.update(wanted=weights)
        controller = Controller(store, wishes)
        window = MainWindow(store, wishes, controller, Settings(), theme)
        window.store, window.wishes = store, wishes
        opened.append((window, controller))
        with qtbot.waitSignal(window.appeared):
            window.show()
        window.begin(path)
        qtbot.waitUntil(lambda: store.state.trace is not None, timeout=60_000)
        return window

    yield open_one
    for window, controller in opened:
        end_program(window, controller)
