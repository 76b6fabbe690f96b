"""Has the shown caption's strip written as a picture file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ..errors import ExplorerError
from .captioner_work import Strip, save_strip
from .state import Store, Wishes
from .worker import Worker


class StripSaving(QObject):
    """Paints and writes on a worker's thread; several files are written one after the other."""

    problem = Signal(ExplorerError)
    told = Signal(str)

    def __init__(self, store: Store, wishes: Wishes, worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._worker = worker
        wishes.strip_wished.connect(self._save)

    def _save(self, file: Path) -> None:
        state = self._store.state
        caption = state.captioning.caption if state.captioning is not None else None
        if caption is None or state.picture is None:
            return
        strip = Strip(state.picture, caption, state.words, state.overlay)
        work, done = partial(save_strip, strip, file), partial(self._tell, file)
        self._worker.submit(f"save {file}", work, done, self.problem.emit)

    def _tell(self, file: Path, _none: None) -> None:
        self.told.emit(self.tr("The strip is saved as {0}.").format(file))
