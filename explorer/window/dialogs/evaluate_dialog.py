"""Training > Evaluate…: which labelled pictures the model is to be measured by."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from ...errors import ExplorerError
from ...training.data.dataset import find_dataset
from ...training.data.examples import Dataset, Half, LabelledPictures
from ...training.runs.run import is_run, open_run
from ..parts.accent_button import AccentButton
from ..parts.choice_box import ChoiceBox
from ..parts.elided_label import ElidedLabel
from ..worker import Task, Worker
from .base import Dialog


def recognise(place: Path, task: Task) -> Dataset:
    """The labelled pictures of a folder, of a table, or of a run; on a worker's thread."""
    if is_run(place):
        return open_run(place).dataset
    return find_dataset(place, should_stop=task.should_stop, to_measure=True)


class EvaluateDialog(Dialog):
    """Choose a folder, see what was recognised in it, and which half is taken."""

    chosen = Signal(LabelledPictures)

    def __init__(self, model: str, place: Path | None, parent: QWidget | None = None) -> None:
        """`model`: the name of the one that is to be measured; `place`: where to look first."""
        super().__init__(self.tr("Evaluate"), parent)
        self._dataset: Dataset | None = None
        self._place = place
        self._worker = Worker("recognise", self)
        self.setAcceptDrops(True)
        self._build(model)
        self._arrange()
        self._connect()
        self.resize_within_screen(520, 230)
        self._look_at(place)

    def _build(self, model: str) -> None:
        self._model = ElidedLabel(model)
        self._folder = ElidedLabel()
        self._folder.setAccessibleName(self.tr("Pictures"))
        self._choose = QPushButton(self.tr("Choose folder…"))
        self._choose.setAutoDefault(False)
        self._found = QLabel()
        self._found.setWordWrap(True)
        self._found.setTextFormat(Qt.TextFormat.PlainText)
        self._found.setProperty("quiet", True)
        self._found.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._half = ChoiceBox[Half](self.tr("Which pictures"))
        self._begin = AccentButton(self.tr("Evaluate"))

    def _arrange(self) -> None:
        place = QHBoxLayout()
        place.addWidget(self._folder, 1)
        place.addWidget(self._choose)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setVerticalSpacing(10)
        form.addRow(self.tr("Model"), self._model)
        form.addRow(self.tr("Pictures"), place)
        form.addRow(self.tr("Which"), self._half)
        self.column.addLayout(form)
        self.column.addWidget(self._found, 1)
        self.buttons.addButton(self._begin, QDialogButtonBox.ButtonRole.AcceptRole)
        self.add_buttons(QDialogButtonBox.StandardButton.Cancel)
        self._begin.setDefault(True)
        self._begin.setFocus()

    def _connect(self) -> None:
        self._choose.clicked.connect(self._ask)
        self._half.chosen.connect(lambda _half: self._tell())
        self.finished.connect(lambda _result: self._worker.close(0.0))

    # Which pictures

    def _ask(self) -> None:
        start = str(self._place or Path.home())
        title = self.tr("Labelled pictures, or a run")
        chosen = QFileDialog.getExistingDirectory(self, title, start)
        if chosen:
            self._look_at(Path(chosen))

    def _look_at(self, place: Path | None) -> None:
        """Recognise what a folder holds."""
        self._place, self._dataset = place, None
        self._folder.setText(str(place) if place else self.tr("none yet; drop one here"))
        self._half.offer([])
        self._show_readiness()
        self._found.setText(self.tr("Looking…") if place else "")
        if place is not None:
            work = partial(recognise, place)
            self._worker.submit("recognise", work, self._take, self._refuse)

    def _take(self, dataset: Dataset) -> None:
        self._dataset = dataset
        names: dict[Half, str] = {
            "validation": self.tr("those that validate: {0}"),
            "train": self.tr("those to train with: {0}"),
            "all": self.tr("all: {0}"),
        }
        train, validation = map(len, dataset.halves)
        counts = {"validation": validation, "train": train, "all": train + validation}
        offered = [(half, text.format(f"{counts[half]:,}")) for half, text in names.items()
                   if counts[half]]  # fmt: skip
        self._half.offer(offered)
        usual: Half = "all" if dataset.is_drawn else "validation"
        self._half.show_value(usual if counts[usual] else "all")
        self._tell()
        self._show_readiness()

    def _tell(self) -> None:
        """Say what was recognised, and how those that are taken were told from the others."""
        half = self._half.value()
        if self._dataset is not None and half is not None:
            said = LabelledPictures.of(self._dataset, half).said
            classes = f"{len(self._dataset.classes):,}"
            self._found.setText(self.tr("{0} classes. {1}").format(classes, said))

    def _refuse(self, error: ExplorerError) -> None:
        self._found.setText(str(error))

    def _show_readiness(self) -> None:
        is_ready = self._dataset is not None
        self._half.setEnabled(is_ready)
        self._begin.setEnabled(is_ready)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        place = _dropped(event)
        if place is not None:
            event.acceptProposedAction()
            self._look_at(place)

    # Its end

    def accept(self) -> None:
        half = self._half.value()
        if self._dataset is None or half is None:
            return
        pictures = LabelledPictures.of(self._dataset, half)
        super().accept()
        self.chosen.emit(pictures)


def _dropped(event: QDropEvent) -> Path | None:
    """The first folder or file of what is dropped."""
    local = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(local[0]) if local else None
