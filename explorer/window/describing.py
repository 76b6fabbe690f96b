"""Has the shown picture described by the captioner that is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError
from ..explain.words import parts_of
from ..records import Caption, WordQuery, Writing
from .cache import Cache
from .captioner_work import Beginning, CaptionerInUse, CaptionKey, Wish, Written, write
from .pictures import Pictures
from .query_range import fit_words
from .state import Captioning, State, Store, Wishes
from .worker import Worker

CAPTION_BYTES = 128 * 2**20
WRITING = "caption"  # the kind of work


def is_looked_at(state: State) -> bool:
    """Whether the model has done what it can for the chosen picture: that is shown first."""
    if state.model_problem is not None:
        return True
    is_traced = state.trace is not None or state.trace_problem is not None
    has_picture = state.path is not None and state.picture_problem is None
    return state.model is not None and (is_traced or not has_picture)


class Captions(QObject):
    """Changes what the state says of captions; keeps those of the last pictures.

    A caption is written once the model has looked at the picture. It stays until the next one of
    that picture is there, and where that cannot be had.
    """

    problem = Signal(ExplorerError)  # of a caption that was wished for; the last one stays
    told = Signal(str)

    def __init__(
        self,
        store: Store,
        wishes: Wishes,
        pictures: Pictures,
        compute: Callable[..., None],  # `Controller.compute`
        computer: Worker,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._pictures = pictures
        self._compute = compute
        self._computer = computer
        self._used: CaptionerInUse | None = None
        self._beginning: Beginning = ()
        self._granted: Wish | None = None  # what the shown caption was written for
        self._is_due = False  # as soon as the model has looked at the picture
        self._written: Cache[CaptionKey, Caption] = Cache(CAPTION_BYTES)
        wishes.writing_chosen.connect(self._choose_writing)
        wishes.beginning_chosen.connect(self._choose_beginning)
        store.changed.connect(self._want_where_due)

    def use(self, used: CaptionerInUse | None, captioning: Captioning | None) -> None:
        """Write with this captioner from now on, or with none; the state then says `captioning`.

        No word of the last one is asked for any more.
        """
        self._computer.cancel(WRITING)
        self._used, self._granted = used, None
        if used is None:
            self._beginning = ()  # another one may have other tokens
        words = _without_places(self._store.state.words)
        if used is not None:
            words = fit_words(words, used.captioner.info)
        self._store.update(captioning=captioning, words=words, hovered_word=None)
        self.want()

    def forget_others(self) -> None:
        """Keep no captions but those of the captioner in use."""
        number = self._used.number if self._used is not None else None
        self._written.keep(lambda key: key[2] == number)

    def known(self) -> dict[str, Any]:
        """Changes of the state for another picture: its caption, where it was written before."""
        self._beginning = ()
        state, found = self._store.state, self._pictures.current
        if state.captioning is None:
            return {}
        caption = None
        if found is not None and self._used is not None:
            self._granted = self._wish()
            caption = self._written.get(self._used.key(found, self._granted))
        return {
            "captioning": _with_caption(state.captioning, caption),
            "words": _without_places(state.words),
            "hovered_word": None,
        }

    def want(self) -> None:
        """Have the shown picture described as is wished, where that is still to do."""
        self._is_due = False
        captioning, found = self._store.state.captioning, self._pictures.current
        if captioning is None or found is None or self._used is None:
            return
        wish = self._wish()
        known = self._written.get(self._used.key(found, wish))
        if captioning.caption is not None and wish == self._granted:
            self.stop()
        elif known is not None:
            self._computer.cancel(WRITING)
            self._show_caption(wish, known)
        elif not is_looked_at(self._store.state):
            self._is_due = True
        else:
            self._show(is_writing=True, caption_problem=None)
            work = partial(write, self._used, found, wish)
            self._compute(WRITING, work, self._take, self._stay)

    def _want_where_due(self, _old: State, new: State) -> None:
        if self._is_due and is_looked_at(new):
            self.want()

    def stop(self) -> None:
        """Nobody waits for a caption any more."""
        self._is_due = False
        self._computer.cancel(WRITING)
        self._show(is_writing=False)

    def is_busy_with(self, kind: str) -> bool:
        """Whether this kind of work writes a caption."""
        return kind == WRITING

    def give_up(self) -> None:
        """Write no further, because somebody wished so; say what to do where no caption is left."""
        captioning = self._store.state.captioning
        if captioning is None or not captioning.is_writing:
            return
        self._computer.cancel(WRITING)
        self._go_back()
        if captioning.caption is None:
            problem = ExplorerError(
                self.tr("There is no caption: that was cancelled."),
                hint=self.tr("Have it written again, or choose another picture."),
            )
            self._show(caption_problem=problem)

    # What is wished

    def _wish(self) -> Wish:
        """How a caption is to be written now; a captioner with shorter ones writes its longest."""
        writing = self._store.state.writing
        longest = self._used.captioner.info.longest if self._used is not None else 0
        if writing.max_tokens is not None and writing.max_tokens > longest:
            writing = replace(writing, max_tokens=None)
        return Wish(writing, self._beginning)

    def _choose_writing(self, writing: Writing) -> None:
        try:
            writing.check()
        except ExplorerError as error:
            self.problem.emit(error)
            return
        self._store.update(writing=writing)
        self.want()

    def _choose_beginning(self, beginning: str | tuple[int, ...]) -> None:
        self._beginning = beginning.strip() or () if isinstance(beginning, str) else beginning
        self.want()

    # What came of it

    def _take(self, written: Written) -> None:
        self._written.put(written.key, written.caption, written.caption.nbytes)
        self._show_caption(written.wish, written.caption, written.seconds)
        self._notice_device()

    def _show_caption(self, wish: Wish, caption: Caption, seconds: float | None = None) -> None:
        """Show a caption; words that it has, too, are still asked for."""
        state = self._store.state
        if state.captioning is None:
            return
        self._granted = wish
        hovered = state.hovered_word
        self._store.update(
            captioning=_with_caption(state.captioning, caption, seconds),
            words=_without_lost_places(state.words, caption),
            hovered_word=hovered if hovered in _places(caption, state.words) else None,
        )

    def _stay(self, error: ExplorerError) -> None:
        """Keep the caption that is shown; where there is none, say why."""
        captioning = self._store.state.captioning
        self._go_back()
        if captioning is not None and captioning.caption is None:
            self._show(caption_problem=error)
        else:
            self.problem.emit(error)

    def _go_back(self) -> None:
        """Wish for no other caption than the one that is shown."""
        self._show(is_writing=False)
        captioning = self._store.state.captioning
        if captioning is not None and captioning.caption is not None and self._granted is not None:
            self._beginning = self._granted.beginning
            self._store.update(writing=self._granted.writing)

    def _notice_device(self) -> None:
        """A captioner moves to the CPU by itself where the GPU's memory is full."""
        captioning = self._store.state.captioning
        info = self._used.captioner.info if self._used is not None else None
        if captioning is None or info == captioning.captioner:
            return
        self._show(captioner=info)
        self.told.emit(
            self.tr("The GPU's memory is full: the captioner goes on, more slowly, on the CPU.")
        )

    def _show(self, **changes: Any) -> None:
        """Change what the state says of the captioner, where there is one and it says otherwise."""
        captioning = self._store.state.captioning
        if captioning is not None and any(
            getattr(captioning, name) is not value for name, value in changes.items()
        ):
            self._store.update(captioning=replace(captioning, **changes))


def _with_caption(
    captioning: Captioning, caption: Caption | None, seconds: float | None = None
) -> Captioning:
    """What the state says once a caption is there, or is to be written."""
    return replace(
        captioning, caption=caption, caption_problem=None, is_writing=False, written_in=seconds
    )


def _without_places(words: WordQuery) -> WordQuery:
    """The overlay shows no word; layer, head and all the rest stay as they are."""
    return replace(words, places=())


def _without_lost_places(words: WordQuery, caption: Caption) -> WordQuery:
    """The places that another caption of the same picture has, too."""
    known = _places(caption, words)
    return replace(words, places=tuple(place for place in words.places if place in known))


def _places(caption: Caption, words: WordQuery) -> set[int]:
    """Of all that can be chosen of a caption."""
    return {place for part in parts_of(caption, words) for place in part.places}
