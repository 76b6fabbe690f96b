"""What workers do with captioners: plain functions that know no thread and no window."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Cancelled
from ..explain.word_figure import FigureLook, word_figure
from ..records import Caption, CaptionerWeights, Picture, WordQuery, Writing
from ..whole_file import whole_file
from .collector import import_quietly
from .state import Options, Overlay
from .work import ReadPicture, Stamp
from .worker import Task

if TYPE_CHECKING:
    from ..models.captions.captioner import Captioner, Seen

Beginning = str | tuple[int, ...]  # a sentence or tokens; () = a caption is all its own
CaptionKey = tuple[Path, Stamp, int, Writing, Beginning]  # int: which loaded captioner
PATIENCE = 1.0  # seconds after which a caption that is still being written is told of
_numbers = count(1)


class LoadCaptioner(Protocol):
    """`explorer.models.captions.loading.load_captioner`."""

    def __call__(
        self,
        wanted: CaptionerWeights,
        device: str,
        *,
        progress: Callable[[str, float | None], None],
        should_stop: Callable[[], bool],
        may_download: bool,
    ) -> Captioner: ...


@dataclass(frozen=True)
class Wish:
    """How a caption is to be written."""

    writing: Writing
    beginning: Beginning = ()


@dataclass(frozen=True, eq=False)
class CaptionerInUse:
    """A loaded captioner, numbered: another number means other captions."""

    captioner: Captioner
    weights: CaptionerWeights
    options: Options
    number: int = field(default_factory=partial(next, _numbers))
    _last: list[tuple[ReadPicture, Seen]] = field(default_factory=list)
    # the last picture and the look at it; for the compute thread alone

    def key(self, read: ReadPicture, wish: Wish) -> CaptionKey:
        return read.path, read.stamp, self.number, wish.writing, wish.beginning

    def look(self, read: ReadPicture) -> Seen:
        """Look at a picture once, for all captions of it until another one is looked at."""
        if not self._last or self._last[0][0] is not read:
            self._last[:] = [(read, self.captioner.look(read.picture))]
        return self._last[0][1]


@dataclass(frozen=True, eq=False)
class Written:
    """A caption, what it is of, and how long it took."""

    key: CaptionKey
    wish: Wish
    caption: Caption
    seconds: float


@cache
def _import_load() -> LoadCaptioner:
    with import_quietly():
        from ..models.captions.loading import load_captioner
    return load_captioner


def load_captioner_from_models(wanted: CaptionerWeights, *args: Any, **named: Any) -> Captioner:
    """The loader of the program itself; tests give the controller another one."""
    return _import_load()(wanted, *args, **named)


def load_captioner(
    load: LoadCaptioner, wanted: CaptionerWeights, options: Options, may_download: bool, task: Task
) -> CaptionerInUse:
    """Load a captioner for the chosen device; it computes in float32 whatever is chosen."""
    task.progress(f"Loading {wanted.file.name if wanted.file else wanted.name}")
    captioner = load(
        wanted,
        options.device,
        progress=task.progress,
        should_stop=task.should_stop,
        may_download=may_download,
    )
    return CaptionerInUse(captioner, wanted, options)


def write(used: CaptionerInUse, read: ReadPicture, wish: Wish, task: Task) -> Written:
    """Write a caption of a picture that was read; raises Cancelled between two of its words."""
    start = time.perf_counter()

    def should_stop() -> bool:
        if time.perf_counter() - start > PATIENCE:
            task.progress("Writing the caption")
        return task.should_stop()

    if should_stop():
        raise Cancelled
    caption = used.captioner.describe(
        used.look(read),
        max_tokens=wish.writing.max_tokens,
        beams=wish.writing.beams,
        length_penalty=wish.writing.length_penalty,
        temperature=wish.writing.temperature,
        seed=wish.writing.seed,
        given=wish.beginning,
        should_stop=should_stop,
    )
    return Written(used.key(read, wish), wish, caption, time.perf_counter() - start)


@dataclass(frozen=True, eq=False)
class Strip:
    """A caption's words on their picture, as they are shown."""

    picture: Picture
    caption: Caption
    words: WordQuery
    overlay: Overlay


def save_strip(strip: Strip, file: Path, _task: Task) -> None:
    """Write the figure of a caption as PNG; raises ExplorerError where that cannot be done."""
    shown = strip.overlay
    look = FigureLook(shown.colormap, shown.opacity, shown.smooth, shown.shared_scale)
    figure = word_figure(strip.picture, strip.caption, strip.words, look)
    with whole_file(file, "Choose another place.") as unfinished:
        figure.save(unfinished, "PNG")
