"""Model > Open checkpoint: tells what a file is, and asks what its tensors cannot say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget

from ...errors import ExplorerError
from ...records import Interpolation, PreLogits, Resampling, Weights
from ..parts.choice_box import ChoiceBox
from ..worker import Task
from .base import Dialog
from .image_size_field import ImageSizeField
from .normalisation_field import NormalisationField

if TYPE_CHECKING:
    from ...models.opening import Examined


def examine(path: Path, task: Task) -> Examined:
    """What a checkpoint is; on a worker's thread, for it imports torch."""
    from ...models import examining

    task.progress(f"Reading {path.name}")
    return examining.examine(path)


class CheckpointDialog(Dialog):
    """Everything has an answer already: Enter opens the file with the usual ones."""

    chosen = Signal(Weights)

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Open checkpoint"), parent)
        self._path = path
        self._examined: Examined | None = None
        self._build()
        self._arrange()
        for field in (self._name, self._size):
            field.textChanged.connect(self._check)
        self._normalisation.changed.connect(self._check)
        self._check()

    def _build(self) -> None:
        self._heads = ChoiceBox[int](self.tr("Number of heads"))
        self._name = QLineEdit()
        self._name.setPlaceholderText(self.tr("recognised from its tensors"))
        self._name.setToolTip(self.tr("A name of timm's, where its tensors do not say enough"))
        self._name.setAccessibleName(self.tr("Architecture"))
        self._size = ImageSizeField()
        self._normalisation = NormalisationField()
        self._resampling = ChoiceBox[Resampling | None](self.tr("How positions are resampled"))
        self._interpolation = ChoiceBox[Interpolation | None](self.tr("How pictures are resized"))
        self._pre_logits = ChoiceBox[PreLogits | None](self.tr("Layer before the classifier"))
        self._note = QLabel(self.tr("Reading its tensors…"))
        self._note.setProperty("quiet", True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._offer_choices(self.tr("as its library does"))

    def _arrange(self) -> None:
        file = QLabel(self._path.name)
        file.setTextFormat(Qt.TextFormat.PlainText)
        file.setProperty("strong", True)
        file.setToolTip(str(self._path))
        self.column.addWidget(file)
        self.column.addWidget(self._note)
        self._choices = QWidget()
        self._form = QFormLayout(self._choices)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.addRow(self.tr("Heads"), self._heads)
        self._form.addRow(self.tr("Architecture"), self._name)
        self._form.addRow(self.tr("Input size"), self._size)
        self._form.addRow(self.tr("Positions, resampled"), self._resampling)
        self._form.addRow(self.tr("Pictures, resized"), self._interpolation)
        self._form.addRow(self.tr("Pixels become"), self._normalisation)
        self._form.addRow(self.tr("Pre-logits layer"), self._pre_logits)
        self.column.addWidget(self._choices)
        self.column.addStretch(1)
        self.add_buttons(
            QDialogButtonBox.StandardButton.Open, QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self.resize(520, self.sizeHint().height())

    def show_contents(self, examined: Examined) -> None:
        """Say what the file was recognised as, and offer what it leaves open."""
        self._examined = examined
        if examined.problem is None:
            self._say(self._recognised(examined), is_problem=False)
        else:
            self._say(str(examined.problem), is_problem=True)
        if examined.heads is not None:
            usual, possible = examined.heads
            named = {usual: self.tr("{0} (usual)").format(usual)}
            self._heads.offer([(number, named.get(number, str(number))) for number in possible])
            self._heads.show_value(usual)
        self._offer_choices(self.tr("as {0} does").format(examined.library or "timm"))
        self._check()

    def show_problem(self, error: ExplorerError) -> None:
        """Say why the file cannot be opened, whatever is chosen."""
        self._say(str(error), is_problem=True)
        self._choices.hide()

    def _say(self, text: str, is_problem: bool) -> None:
        self._note.setProperty("quiet", not is_problem)
        self._note.style().polish(self._note)
        self._note.setText(text)

    def _recognised(self, examined: Examined) -> str:
        """What it is, in a sentence or two."""
        whose = self.tr("A checkpoint of {0}.").format(examined.library)
        if examined.summary.startswith("as "):
            what = self.tr("It is opened {0}.").format(examined.summary)
        else:
            what = self.tr("It is {0}.").format(examined.summary)
        asks = self.tr("Its tensors do not tell how many heads share its width: choose.")
        sentences = (
            whose if examined.library else "",
            what,
            examined.told,
            asks if examined.heads else "",
        )
        return " ".join(filter(None, sentences))

    def _offer_choices(self, usual: str) -> None:
        """Offer what libraries do differently; the first, the `usual`, is right for this file."""
        self._resampling.offer(
            [
                (None, usual),
                ("timm", self.tr("bicubic, antialiased (timm)")),
                ("bicubic", self.tr("bicubic (transformers, DINO)")),
                ("corners", self.tr("bilinear, corners aligned (PyTorch-Pretrained-ViT)")),
                ("bicubic corners", self.tr("bicubic, corners aligned (torchvision)")),
            ]
        )
        self._interpolation.offer(
            [
                (None, usual),
                ("bilinear", self.tr("bilinear")),
                ("bicubic", self.tr("bicubic")),
                ("lanczos", self.tr("Lanczos")),
                ("nearest", self.tr("the nearest pixel")),
            ]
        )
        self._pre_logits.offer(
            [
                (None, self.tr("where it was trained")),
                ("after norm", self.tr("after the last norm (original)")),
                ("before norm", self.tr("before the last norm (PyTorch-Pretrained-ViT)")),
                ("dropped", self.tr("left out")),
            ]
        )
        for box in (self._resampling, self._interpolation, self._pre_logits):
            if box.currentIndex() < 0:
                box.setCurrentIndex(0)

    def _check(self) -> None:
        """Show what applies, and offer to open what may be opened."""
        examined = self._examined
        # A named architecture knows its heads: the usual number must not overrule it.
        asks_heads = self._heads.count() > 0 and not self._name.text().strip()
        self._form.setRowVisible(self._heads, asks_heads)
        is_resized = examined is not None and self._size.size_chosen() is not None
        self._form.setRowVisible(self._resampling, is_resized)
        has_layer = examined is not None and examined.has_pre_logits
        self._form.setRowVisible(self._pre_logits, has_layer)
        self._open.setEnabled(self._may_open())

    def _may_open(self) -> bool:
        if self._examined is None:
            return False
        # What its tensors leave open, a person may know: its architecture, or its input size.
        told = bool(self._name.text().strip()) or self._size.size_chosen() is not None
        is_clear = self._examined.problem is None or told
        return is_clear and self._size.is_valid() and self._normalisation.is_valid()

    def accept(self) -> None:
        if not self._open.isEnabled():
            return
        weights = Weights(
            name=self._name.text().strip(),
            file=self._path,
            heads=self._heads.value() if self._form.isRowVisible(self._heads) else None,
            image_size=self._size.size_chosen(),
            normalisation=self._normalisation.chosen(),
            interpolation=self._interpolation.value(),
            resampling=self._resampling.value() if self._size.size_chosen() else None,
            pre_logits=self._pre_logits.value(),
        )
        super().accept()
        self.chosen.emit(weights)
