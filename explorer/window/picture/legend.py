"""The line between the toolbar and the picture, where it must be said what the map is of."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from ...records import Heatmap
from ..state import State, Wishes
from .difference_legend import DifferenceLegend
from .words_legend import WordsLegend


class Legend(QStackedWidget):
    """Of one height whatever it says: nothing moves where another map is shown."""

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self._difference = DifferenceLegend()
        self._words = WordsLegend(wishes)
        self.addWidget(self._difference)
        self.addWidget(self._words)
        self.hide()

    def display(self, state: State, heatmap: Heatmap | None, is_of_words: bool) -> None:
        """Tell what a map is of; hidden where it can only be the attention of one model."""
        are_two = state.shows_difference and state.second is not None
        has_captioner = state.captioning is not None and state.captioning.captioner is not None
        if are_two:
            self._difference.display(state)
        self._words.display(state, heatmap, is_of_words)
        shows_words = is_of_words or not are_two
        self.setCurrentWidget(self._words if shows_words else self._difference)
        self.setVisible(are_two or has_captioner)
