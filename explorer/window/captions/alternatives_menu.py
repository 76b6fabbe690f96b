"""What might have stood in a word's place, how probable it was, and what else can be done there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QMenu, QWidget

from ...records import BEGIN, Alternative, Caption
from ..parts.numbers import format_probability
from .items import Item
from .sentences import tr

SHOWN = 10
BAR = 2  # pixels: the height of a bar
INSET, BEHIND = 36, 27  # what is free before and behind it: it lies below word and number


class _Bars(QMenu):
    """Below each entry that has a probability, a bar as long as that."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        for action in self.actions():
            if isinstance(action.data(), Alternative):
                self._paint_bar(painter, action, accent)

    def _paint_bar(self, painter: QPainter, action: QAction, accent: object) -> None:
        place = QRectF(self.actionGeometry(action))
        room = place.width() - INSET - BEHIND
        track = QRectF(place.left() + INSET, place.bottom() - BAR, room, BAR)
        painter.fillRect(track, self.palette().color(QPalette.ColorRole.Mid))
        track.setWidth(room * action.data().probability)
        painter.fillRect(track, accent)


class AlternativesMenu(_Bars):
    """The likeliest tokens at the step that wrote a word; the one that stands is checked."""

    continued = Signal(tuple)  # tokens: the caption is to begin so
    word_wished = Signal()  # somebody wants to type a word for this place
    sentence_wished = Signal()

    def __init__(self, caption: Caption, item: Item, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._caption = caption
        self._item = item
        if item.word != BEGIN:
            self._add_alternatives(self, item.piece)
            self._add_further_pieces()
            self.addSeparator()
            self.addAction(self.tr("Type a &word instead…"), self.word_wished.emit)
        self.addAction(self.tr("Type the whole &sentence…"), self.sentence_wished.emit)

    def _add_alternatives(self, menu: QMenu, piece: int) -> None:
        before = self._caption.before(self._item.word, piece)
        standing = self._caption.tokens[len(before) + 1]
        for found in self._alternatives(piece, standing):
            text = _name(self._caption, found).replace("&", "&&")
            action = menu.addAction(f"{text}\t{format_probability(found.probability)}")
            action.setData(found)
            action.setCheckable(True)
            action.setChecked(found.token == standing)
            if found.token != standing:
                self._connect(action, (*before, found.token))
        menu.setActiveAction(menu.actions()[0])

    def _alternatives(self, piece: int, standing: int) -> list[Alternative]:
        """The likeliest, and the one that stands there where it is none of them."""
        word = self._item.word
        found = self._caption.alternatives(word, SHOWN, piece)
        if all(one.token != standing for one in found):
            everything = self._caption.alternatives(word, len(self._caption.vocabulary), piece)
            found += [one for one in everything if one.token == standing]
        return found

    def _add_further_pieces(self) -> None:
        """A word that stands in one part has a step for each of its pieces."""
        word, part = self._item.word, self._item.part
        if not isinstance(word, int) or len(part.places) == 1:
            return
        self.addSeparator()
        for number, piece in enumerate(self._caption.words[word].pieces[1:], start=1):
            menu = _Bars(self.tr("Instead of “{0}”").format(piece), self)
            self._add_alternatives(menu, number)
            self.addMenu(menu)

    def _connect(self, action: QAction, tokens: tuple[int, ...]) -> None:
        action.triggered.connect(lambda: self.continued.emit(tokens))


def _name(caption: Caption, found: Alternative) -> str:
    """A token as the vocabulary writes it; the end, where it is known, in words."""
    is_end = caption.ended and found.token == caption.tokens[-1]
    return tr("(end of the caption)") if is_end else found.text
