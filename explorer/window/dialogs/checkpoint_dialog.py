"""Model > Open checkpoint: asks what the file's tensors cannot say."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from ...errors import ExplorerError
from ...records import Weights
from ..worker import Task
from .base import Dialog
from .image_size_field import ImageSizeField
from .normalisation_field import NormalisationField

HeadsChoices = tuple[int, tuple[int, ...]]  # the usual number, all possible ones


def examine(path: Path, task: Task) -> HeadsChoices | None:
    """What has to be asked about a checkpoint; on a worker's thread, for it imports torch."""
    from ...models import opening

    task.progress(f"Reading {path.name}")
    return opening.examine(path).heads


class CheckpointDialog(Dialog):
    """Everything has an answer already: Enter opens the file with the usual ones."""

    chosen = Signal(Weights)

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Open checkpoint"), parent)
        self._path = path
        self._build()
        self._arrange()
        self._name.textChanged.connect(self._check)
        self._size.textChanged.connect(self._check)
        self._normalisation.changed.connect(self._check)

    def _build(self) -> None:
        self._heads = QComboBox()
        self._heads.setAccessibleName(self.tr("Number of heads"))
        self._name = QLineEdit()
        self._name.setPlaceholderText(self.tr("recognised from its tensors"))
        self._name.setToolTip(self.tr("A name of timm's, where its tensors do not say enough"))
        self._name.setAccessibleName(self.tr("Architecture"))
        self._size = ImageSizeField()
        self._normalisation = NormalisationField()
        self._note = QLabel(self.tr("Reading its tensors…"))
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)

    def _arrange(self) -> None:
        file = QLabel(self._path.name)
        file.setProperty("strong", True)
        file.setToolTip(str(self._path))
        self.column.addWidget(file)
        self.column.addWidget(self._note)
        self._form = QFormLayout()
        self._form.addRow(self.tr("Heads"), self._heads)
        self._form.addRow(self.tr("Architecture"), self._name)
        self._form.addRow(self.tr("Input size"), self._size)
        self._form.addRow(self.tr("Pixels become"), self._normalisation)
        self.column.addLayout(self._form)
        self.column.addStretch(1)
        self.add_buttons(
            QDialogButtonBox.StandardButton.Open, QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self._is_readable = False
        self._check()
        self.resize(460, self.sizeHint().height())

    def show_contents(self, heads: HeadsChoices | None) -> None:
        """Offer the possible numbers of heads, where the file leaves them open."""
        self._is_readable = True
        if heads is None:
            self._note.setText(self.tr("Nothing needs to be chosen."))
        else:
            usual, possible = heads
            for number in possible:
                text = self.tr("{0} (usual)").format(number) if number == usual else str(number)
                self._heads.addItem(text, number)
            self._heads.setCurrentIndex(possible.index(usual))
            self._note.setText(
                self.tr("Its tensors do not tell how many heads share their width: choose.")
            )
        self._check()

    def show_problem(self, error: ExplorerError) -> None:
        """Say why the file cannot be opened."""
        self._note.setProperty("quiet", False)
        self._note.setText(str(error))

    def _check(self) -> None:
        # A named architecture knows its heads: the usual number must not overrule it.
        asked = self._heads.count() > 0 and not self._name.text().strip()
        self._form.setRowVisible(self._heads, asked)
        valid = self._size.is_valid() and self._normalisation.is_valid()
        self._open.setEnabled(self._is_readable and valid)

    def accept(self) -> None:
        if not self._open.isEnabled():
            return
        weights = Weights(
            name=self._name.text().strip(),
            file=self._path,
            heads=self._heads.currentData() if self._form.isRowVisible(self._heads) else None,
            image_size=self._size.size_chosen(),
            normalisation=self._normalisation.chosen(),
        )
        super().accept()
        self.chosen.emit(weights)
