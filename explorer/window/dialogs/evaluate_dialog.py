"""Training > Evaluate…: which model is to be measured, and by which labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
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
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ...errors import ExplorerError
from ...records import DEFAULT_MODEL, Weights
from ...training.data.dataset import find_dataset
from ...training.data.examples import Dataset, Half, LabelledPictures
from ...training.runs.run import is_run, open_run
from ..evaluation.model_choice import Chosen, ModelChoice
from ..parts.accent_button import AccentButton
from ..parts.choice_box import ChoiceBox
from ..parts.elided_label import ElidedLabel
from ..training.fine_tuning.data_side import SourceMenu, dropped_source
from ..training.fine_tuning.looking import Source
from ..words import name_model
from ..worker import Task, Worker
from .base import Dialog
from .checkpoint_dialog import CheckpointDialog
from .list_dialog import Computes
from .model_dialog import ModelDialog


def recognise(source: Source, task: Task) -> Dataset:
    """The labelled pictures of a folder, of a table, or of a run; on a worker's thread."""
    if is_run(source.pictures):
        return open_run(source.pictures).dataset
    return find_dataset(
        source.pictures,
        source.validation,
        names=source.names,
        should_stop=task.should_stop,
        to_measure=True,
    )


class EvaluateDialog(Dialog):
    """Choose a model and pictures, see what was recognised, and which half is taken."""

    chosen = Signal(LabelledPictures, object)  # and the model: one that is open, or Weights

    def __init__(
        self,
        models: Sequence[tuple[Chosen, str]],  # at hand, and their names
        place: Path | None,  # where pictures are looked for first
        controller: Computes,
        checkpoint_kinds: str,  # what the file dialog of checkpoints shows: “*.pth *.bin”
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self.tr("Evaluate"), parent)
        self._dataset: Dataset | None = None
        self._controller = controller
        self._kinds = checkpoint_kinds
        self._worker = Worker("recognise", self)
        self.setAcceptDrops(True)
        self._build(models)
        self._sources.open_folder = place
        self._arrange()
        self._connect()
        self.resize_within_screen(520, 240)
        self._look_at(Source(place) if place is not None else None)

    def _build(self, models: Sequence[tuple[Chosen, str]]) -> None:
        self._model = ModelChoice(models)
        self._folder = ElidedLabel()
        self._folder.setAccessibleName(self.tr("Pictures"))
        self._folder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._choose = QToolButton()
        self._choose.setText(self.tr("Choose"))
        self._choose.setAccessibleName(self.tr("Choose the labelled pictures"))
        self._choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._sources = SourceMenu(self._choose)
        self._choose.setMenu(self._sources)
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

    def _connect(self) -> None:
        self._model.changed.connect(self._show_readiness)
        self._model.list_wished.connect(self._ask_for_model)
        self._model.file_wished.connect(self._ask_for_checkpoint)
        self._sources.chosen.connect(self._look_at)
        self._half.chosen.connect(lambda _half: self._tell())
        self.finished.connect(lambda _result: self._worker.close(0.0))

    # Which model

    def _ask_for_model(self) -> None:
        dialog = ModelDialog(DEFAULT_MODEL, self._controller, self)
        dialog.chosen.connect(self._take_model)
        dialog.open()

    def _ask_for_checkpoint(self) -> None:
        title, kinds = self.tr("Evaluate a checkpoint"), self.tr("Checkpoints")
        file, _ = QFileDialog.getOpenFileName(
            self, title, str(Path.home()), f"{kinds} ({self._kinds})"
        )
        if file:
            dialog = CheckpointDialog(Path(file), self._controller, self, to_compare=True)
            dialog.setWindowTitle(title)
            dialog.chosen.connect(self._take_model)
            dialog.open()

    def _take_model(self, weights: Weights) -> None:
        self._model.take(weights, name_model(weights, None))

    # Which pictures

    def _look_at(self, source: Source | None) -> None:
        """Recognise what is there."""
        self._sources.source, self._dataset = source, None
        place = str(source.pictures) if source else self.tr("none yet; drop one here")
        self._folder.setText(place)
        self._half.offer([])
        self._show_readiness()
        self._found.setText(self.tr("Looking…") if source else "")
        if source is not None:
            work = partial(recognise, source)
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
        self._begin.setEnabled(is_ready and self._model.model is not None)
        if self._begin.isEnabled():
            self._begin.setFocus()  # Qt gave the keys to Cancel meanwhile

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_source(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        source = dropped_source(event.mimeData())
        if source is not None:
            event.acceptProposedAction()
            self._look_at(source)

    # Its end

    def accept(self) -> None:
        half, model = self._half.value(), self._model.model
        if self._dataset is None or half is None or model is None:
            return
        pictures = LabelledPictures.of(self._dataset, half)
        super().accept()
        self.chosen.emit(pictures, model)
