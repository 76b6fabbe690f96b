"""What the tensors of a vision transformer leave open, for a person to answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QWidget

from ...records import Interpolation, PreLogits, Resampling, Weights
from ..parts.choice_box import ChoiceBox
from .image_size_field import ImageSizeField
from .normalisation_field import NormalisationField

if TYPE_CHECKING:
    from ...models.opening import Examined


class ModelQuestions(QWidget):
    """Everything has an answer already: the usual one."""

    changed = Signal()  # an answer

    def __init__(self) -> None:
        super().__init__()
        self._examined: Examined | None = None
        self._build()
        self._arrange()
        for field in (self._name, self._size):
            field.textChanged.connect(self._change)
        self._normalisation.changed.connect(self._change)

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
        self._offer_choices(self.tr("as its library does"))

    def _arrange(self) -> None:
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.addRow(self.tr("Heads"), self._heads)
        self._form.addRow(self.tr("Architecture"), self._name)
        self._form.addRow(self.tr("Input size"), self._size)
        self._form.addRow(self.tr("Positions, resampled"), self._resampling)
        self._form.addRow(self.tr("Pictures, resized"), self._interpolation)
        self._form.addRow(self.tr("Pixels become"), self._normalisation)
        self._form.addRow(self.tr("Pre-logits layer"), self._pre_logits)

    def show_examined(self, examined: Examined) -> None:
        """Offer what a file leaves open."""
        self._examined = examined
        if examined.heads is not None:
            usual, possible = examined.heads
            named = {usual: self.tr("{0} (usual)").format(usual)}
            self._heads.offer([(number, named.get(number, str(number))) for number in possible])
            self._heads.show_value(usual)
        self._offer_choices(self.tr("as {0} does").format(examined.library or "timm"))
        self._change()

    def told(self, examined: Examined) -> str:
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

    def _change(self) -> None:
        """Show what applies, and tell that an answer may be another one."""
        # A named architecture knows its heads: the usual number must not overrule it.
        asks_heads = self._heads.count() > 0 and not self._name.text().strip()
        self._form.setRowVisible(self._heads, asks_heads)
        self._form.setRowVisible(self._resampling, self._size.size_chosen() is not None)
        has_layer = self._examined is not None and self._examined.has_pre_logits
        self._form.setRowVisible(self._pre_logits, has_layer)
        self.changed.emit()

    def are_answered(self) -> bool:
        """Whether the file can be opened with these answers."""
        if self._examined is None:
            return False
        # What its tensors leave open, a person may know: its architecture, or its input size.
        told = bool(self._name.text().strip()) or self._size.size_chosen() is not None
        is_clear = self._examined.problem is None or told
        return is_clear and self._size.is_valid() and self._normalisation.is_valid()

    def weights(self, file: Path) -> Weights:
        """A file with these answers."""
        return Weights(
            name=self._name.text().strip(),
            file=file,
            heads=self._heads.value() if self._form.isRowVisible(self._heads) else None,
            image_size=self._size.size_chosen(),
            normalisation=self._normalisation.chosen(),
            interpolation=self._interpolation.value(),
            resampling=self._resampling.value() if self._size.size_chosen() else None,
            pre_logits=self._pre_logits.value(),
        )
