"""Why there is no caption, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...errors import ExplorerError, WeightsMissing
from ...records import CaptionerWeights
from ..state import Captioning, State
from ..words import name_size
from .sentences import tr

Step = Literal["choose", "download", "again"]


@dataclass(frozen=True)
class Lack:
    """A sentence, and the next steps."""

    sentence: str
    steps: tuple[tuple[Step, str], ...] = ()  # each with the words of its button


def lack_of(state: State) -> Lack:
    """What a state without a caption lacks."""
    captioning = state.captioning
    if captioning is None:
        return Lack(
            tr("Open a captioner to see where it looks for each word."),
            (("choose", tr("Choose a captioner…")),),
        )
    if captioning.captioner is None:
        return _of_captioner(captioning)
    if state.path is None:
        return Lack(tr("Choose a picture to have it described."))
    if state.picture_problem is not None:
        return Lack(tr("This picture cannot be shown."))
    if captioning.caption_problem is not None:
        return Lack(str(captioning.caption_problem), (("again", tr("Write again")),))
    return Lack(tr("Writing…") if captioning.is_writing else tr("Looking at the picture…"))


def _of_captioner(captioning: Captioning) -> Lack:
    """A captioner that is being loaded, or cannot be."""
    if captioning.problem is None:
        return Lack(tr("Loading {0}…").format(name_wanted(captioning.wanted)))
    another: tuple[Step, str] = ("choose", tr("Choose another…"))
    if not isinstance(captioning.problem, WeightsMissing):
        return Lack(str(captioning.problem), (another,))
    size = _size(captioning.wanted)
    text = tr("Download ({0})").format(name_size(size)) if size else tr("Download")
    return Lack(str(captioning.problem), (("download", text), another))


def name_wanted(wanted: CaptionerWeights) -> str:
    """A captioner by its file, where somebody opened one; else by its published name."""
    return wanted.file.name if wanted.file is not None else wanted.name


def _size(wanted: CaptionerWeights) -> int:
    """Bytes of published weights that are still to be fetched; 0 where nobody knows."""
    from ...models.published.captioners import known_captioner

    if wanted.file is not None:
        return 0
    try:
        known = known_captioner(wanted.name)
    except ExplorerError:
        return 0
    return known.megabytes * 1_000_000 if known.file is None else 0
