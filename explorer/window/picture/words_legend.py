"""The line that says whose map lies over the picture, while a captioner is open."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ...records import Heatmap, WordQuery
from ..parts.elided_label import ElidedLabel
from ..parts.flat_button import FlatButton
from ..state import State, Wishes

BETWEEN = 12  # pixels between words and button


class WordsLegend(QWidget):
    """Whose look is shown, the captioner's or the model's; one line, however narrow."""

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self._wishes = wishes
        self._words = WordQuery()
        self._told: tuple[str, ...] = ("",)  # what is shown, in words: the first that has room
        self._way_back = ""  # on the button, where that has room, too
        self._label = ElidedLabel()
        self._back = FlatButton("")
        self._back.clicked.connect(self._leave_words)
        self._arrange()

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 4, 4)  # the button has room of its own
        row.setSpacing(BETWEEN)
        for widget in (self._label, self._back):
            widget.setProperty("quiet", True)
            row.addWidget(widget)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy = self._back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # so that the line is as high without the button
        self._back.setSizePolicy(policy)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def display(self, state: State, heatmap: Heatmap | None, is_of_words: bool) -> None:
        """Tell what is shown, and how to go back from chosen words to the model's attention."""
        self._words = state.words
        self._told = self._describe(state, heatmap, is_of_words)
        self._way_back = (
            self.tr("Esc: back to the model’s attention")
            if state.trace is not None
            else self.tr("Esc: back to the picture")
        )
        self._back.setVisible(is_of_words and bool(state.words.places))
        self._back.setAccessibleName(self._way_back)
        self.setAccessibleName(self._told[0])
        self._fit()

    def _describe(
        self, state: State, heatmap: Heatmap | None, is_of_words: bool
    ) -> tuple[str, ...]:
        if heatmap is not None:
            whose = (
                (self.tr("Where the captioner looked: {0}"), self.tr("Captioner: {0}"))
                if is_of_words
                else (self.tr("Where the model looked: {0}"), self.tr("Model: {0}"))
            )
            return *(text.format(heatmap.title) for text in whose), heatmap.title
        has_caption = state.captioning is not None and state.captioning.caption is not None
        choose = self.tr("Choose a word of the caption to see where the captioner looked.")
        return (choose if has_caption else "",)

    def _fit(self) -> None:
        """Say all where there is room for it; else the words go first."""
        room = self.contentsRect().width() - 3 * BETWEEN
        self._back.setText(self._way_back)
        beside = self._back.sizeHint().width()
        if self._back.isHidden() or self._width(self._told[0]) + beside > room:
            self._back.setText(self.tr("Esc"))
            beside = self._back.sizeHint().width()
        fitting = (told for told in self._told if self._width(told) + beside <= room)
        self._label.setText(next(fitting, self._told[-1]))

    def _width(self, text: str) -> int:
        return self._label.fontMetrics().horizontalAdvance(text)

    def _leave_words(self) -> None:
        self._wishes.words_chosen.emit(replace(self._words, places=()))
