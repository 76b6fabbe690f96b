"""What can be done with the runs that are shown: each act once, for menus, keys and buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu, QWidget

from ...records import CaptionerWeights, Weights
from ..dialogs.question import Question
from ..dialogs.rename_dialog import RenameDialog
from ..state import Wishes
from ..training.seen import RunSeen


class RunActions:
    """Wishes about the runs that are shown; what cannot be wished for now is disabled."""

    def __init__(self, wishes: Wishes, owner: QWidget) -> None:
        self._wishes = wishes
        self._owner = owner
        self._runs: Sequence[RunSeen] = ()
        tr = owner.tr
        self.use = self._add(tr("&Use this model"), self._use)
        self.compare = self._add(tr("Attention &before and after"), self._compare)
        self.evaluate = self._add(tr("&Evaluate"), self._evaluate)
        self.pause = self._add(tr("&Pause"), self._each(wishes.run_paused.emit))
        self.resume = self._add(tr("&Resume"), self._each(wishes.run_resumed.emit))
        self.stop = self._add(tr("&Stop and save"), self._each(wishes.run_stopped.emit))
        self.rename = self._add(tr("Re&name…"), self._ask_name, "F2")
        self.discard = self._add(tr("&Delete…"), self._ask_to_discard, "Del")
        self.open_folder = self._add(tr("Open its &folder"), self._open_folder)
        self.export_runs = self._add(tr("Export all that is known…"), lambda: self._export("runs"))
        self.export_settings = self._add(
            tr("Export settings and published numbers…"), lambda: self._export("settings")
        )
        self._explain()
        self.show_runs(())

    def _add(self, text: str, act: Callable[[], None], key: str = "") -> QAction:
        action = QAction(text, self._owner)
        action.triggered.connect(lambda: act())
        if key:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._owner.addAction(action)
        return action

    def _explain(self) -> None:
        tr = self._owner.tr
        self.use.setToolTip(tr("Open its best model, to look at pictures with it"))
        self.compare.setToolTip(tr("Open what it began with, and its best model beside it"))
        self.evaluate.setToolTip(tr("What its best model says of the validation pictures"))
        self.pause.setToolTip(tr("Pause after this step; all is saved"))
        self.resume.setToolTip(tr("Go on from where it was"))
        self.stop.setToolTip(tr("Save all and end; it can be resumed later"))

    def show_runs(self, runs: Sequence[RunSeen]) -> None:
        """Act on these from now on."""
        self._runs = runs
        is_one = len(runs) == 1
        has_best = is_one and runs[0].best is not None
        classifies = is_one and not runs[0].learns_captions
        self.use.setEnabled(has_best)
        for action in (self.compare, self.evaluate):
            action.setEnabled(has_best and classifies)
        self.pause.setEnabled(any(seen.doing == "running" and not seen.asked for seen in runs))
        self.resume.setEnabled(any(_can_go_on(seen) for seen in runs))
        self.stop.setEnabled(any(seen.is_alive and seen.asked != "stop" for seen in runs))
        self.rename.setEnabled(is_one and not runs[0].is_alive)
        self.open_folder.setEnabled(is_one)
        for action in (self.discard, self.export_runs, self.export_settings):
            action.setEnabled(bool(runs))

    def fill(self, menu: QMenu) -> None:
        """Put the acts in a menu."""
        menu.setToolTipsVisible(True)
        menu.addActions([self.use, self.compare, self.evaluate])
        menu.addSeparator()
        menu.addActions([self.pause, self.resume, self.stop])
        menu.addSeparator()
        menu.addActions([self.rename, self.discard, self.open_folder])
        menu.addSeparator()
        menu.addActions([self.export_runs, self.export_settings])

    def pause_or_resume(self) -> None:
        """Whichever can be done."""
        (self.pause if self.pause.isEnabled() else self.resume).trigger()

    # Acts

    def _each(self, wish: Callable[[Path], None]) -> Callable[[], None]:
        def act() -> None:
            for seen in self._runs:
                wish(seen.folder)

        return act

    def _use(self) -> None:
        (seen,) = self._runs
        if seen.learns_captions:
            self._wishes.captioner_chosen.emit(CaptionerWeights(file=seen.run.best))
        else:
            self._wishes.weights_chosen.emit(Weights("", seen.run.best))

    def _compare(self) -> None:
        self._wishes.run_compared.emit(self._runs[0].folder)

    def _evaluate(self) -> None:
        self._wishes.evaluation_wished.emit(self._runs[0].folder)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._runs[0].folder)))

    def _ask_name(self) -> None:
        (seen,) = self._runs
        dialog = RenameDialog(seen.name, self._owner)
        dialog.named.connect(lambda name: self._wishes.run_renamed.emit(seen.folder, name))
        self._open(dialog)

    def _ask_to_discard(self) -> None:
        tr, runs = self._owner.tr, list(self._runs)
        is_alive = any(seen.is_alive for seen in runs)
        note = tr("All that was learned is lost: the folder is deleted.")
        question = Question(
            tr("Delete runs") if len(runs) > 1 else tr("Delete run"),
            tr("It is being trained. End it, and delete it?") if is_alive else tr("Delete it?"),
            [seen.name for seen in runs],
            note,
            tr("Delete"),
            self._owner,
        )
        question.accepted.connect(lambda: self._discard(runs))
        self._open(question)

    def _open(self, dialog: QDialog) -> None:
        """Not every window manager gives a window of its own the keys back by itself."""
        dialog.finished.connect(self._owner.activateWindow)
        dialog.open()

    def _discard(self, runs: Sequence[RunSeen]) -> None:
        for seen in runs:
            self._wishes.run_discarded.emit(seen.folder)

    def _export(self, kind: str) -> None:
        tr = self._owner.tr
        csv, markdown = tr("CSV tables") + " (*.csv)", tr("Markdown tables") + " (*.md)"
        kinds = [csv, markdown] if kind == "runs" else [markdown, csv]
        name = {"runs": "runs.csv", "settings": "settings.md"}[kind]
        title = tr("Export table of runs")
        chosen, picked = QFileDialog.getSaveFileName(
            self._owner, title, str(Path.home() / name), ";;".join(kinds)
        )
        if chosen:
            file = Path(chosen)
            suffix = ".md" if picked == markdown else ".csv"
            self._wishes.runs_exported.emit(file if file.suffix else file.with_suffix(suffix), kind)


def _can_go_on(seen: RunSeen) -> bool:
    """Whether it rests, or is about to."""
    if seen.is_alive:
        return seen.doing == "paused" or bool(seen.asked)
    return seen.doing != "finished"
