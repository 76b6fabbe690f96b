"""What the tensors of a captioner leave open, for a person to answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from ...records import CaptionerWeights
from ..parts.choice_box import ChoiceBox
from .list_dialog import Computes
from .vocabulary_field import VocabularyField

if TYPE_CHECKING:
    from ...models.captions.examining import ExaminedCaptioner


class CaptionerQuestions(QWidget):
    """Its heads, its vocabulary, its dilation: each only where its file does not say it."""

    changed = Signal()  # an answer

    def __init__(self, checkpoint: Path, controller: Computes) -> None:
        super().__init__()
        self._examined: ExaminedCaptioner | None = None
        self._heads = ChoiceBox[int](self.tr("Number of heads"))
        self._heads.setPlaceholderText(self.tr("choose"))
        self._vocabulary = VocabularyField(checkpoint, controller)
        self._dilation = ChoiceBox[bool | None](self.tr("Dilation of its convolutions"))
        self._arrange()
        self._heads.chosen.connect(self.changed)
        self._vocabulary.changed.connect(self.changed)

    def _arrange(self) -> None:
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.addRow(self.tr("Heads"), self._heads)
        self._form.addRow(self.tr("Vocabulary"), self._vocabulary)
        self._form.addRow(self.tr("Dilation"), self._dilation)

    def show_examined(self, examined: ExaminedCaptioner) -> None:
        """Offer what a file leaves open."""
        self._examined = examined
        recognised = examined.recognised
        self._form.setRowVisible(self._heads, bool(recognised.heads))
        self._form.setRowVisible(self._vocabulary, recognised.vocabulary is not None)
        self._form.setRowVisible(self._dilation, recognised.may_dilate)
        self._offer_heads(recognised.heads, recognised.usual_heads)
        self._dilation.offer(
            [(None, self.tr("in the last stage (usual)")), (False, self.tr("none"))]
        )
        self._dilation.show_value(None)
        if recognised.vocabulary is not None:
            self._vocabulary.show_examined(examined)
        self.changed.emit()

    def _offer_heads(self, possible: tuple[int, ...], usual: int | None) -> None:
        """Where nobody can say which number is usual, none is chosen yet."""
        named = {usual: self.tr("{0} (usual)").format(usual)}
        self._heads.offer([(number, named.get(number, str(number))) for number in possible])
        if usual is None:
            self._heads.setCurrentIndex(-1)
            self._heads.setFocus()
        else:
            self._heads.show_value(usual)

    def told(self, examined: ExaminedCaptioner) -> str:
        """What it is, in a sentence or two."""
        recognised = examined.recognised
        asks = self.tr("Its tensors do not tell how many heads share its width: choose.")
        sentences = (
            self.tr("This is a captioner."),
            recognised.summary,
            asks if recognised.heads and recognised.usual_heads is None else "",
        )
        return " ".join(filter(None, sentences))

    def are_answered(self) -> bool:
        """Whether the file can be opened with these answers."""
        if self._examined is None:
            return False
        recognised = self._examined.recognised
        has_heads = not recognised.heads or self._heads.value() is not None
        return has_heads and (recognised.vocabulary is None or self._vocabulary.has_one())

    def weights(self, file: Path) -> CaptionerWeights:
        """A file with these answers; what is usual is left to the file's family."""
        assert self._examined is not None
        heads = self._heads.value()
        return CaptionerWeights(
            file=file,
            vocabulary=self._vocabulary.chosen(),
            heads=None if heads == self._examined.recognised.usual_heads else heads,
            dilation=self._dilation.value(),
        )

    def wait_no_more(self) -> None:
        """Nobody will see an answer any more."""
        self._vocabulary.wait_no_more()
