"""A caption's parts in lines, walked and chosen by mouse and keys, however they are painted."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip

from ..parts.key_focus import KeyFocus
from .items import Item
from .lines import Lines
from .part_painter import Marks, PartPainter
from .sentences import describe_part

ASIDE, ABOVE = 12, 8  # pixels left and right of all parts; above and below
WAITING_OPACITY = 0.35
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)  # and the menu key, which Qt tells by itself


class PartRow(KeyFocus):
    """Shows which parts are chosen, and tells what a person does with them.

    A part is chosen by all places of its tokens. Parts that are old, of another picture, stay
    until newer ones come, but answer to nothing.
    """

    places_chosen = Signal(tuple)
    part_hovered = Signal(object)  # place of its first token, or None where the mouse is over none
    menu_wished = Signal(int, QPoint)  # number of a part; where on the screen
    letter_typed = Signal(str)
    play_wished = Signal()
    acted = Signal()  # whatever a person does here by mouse or key
    reveal_wished = Signal(QRect)  # what keys lead to is to be seen

    def __init__(self, painter: PartPainter) -> None:
        super().__init__()
        self._painter = painter
        self._items: tuple[Item, ...] = ()
        self._note = ""  # what stands behind the last part
        self._chosen: frozenset[int] = frozenset()
        self._current = self._anchor = 0  # where keys go on; where choosing several began
        self._hovered: int | None = None
        self._faded = self._is_old = False
        self._room = 0  # the height that is seen at once
        self._lines: Lines | None = None  # None once it is out of date
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    # What is shown

    def show_items(self, items: tuple[Item, ...], note: str = "") -> None:
        """Show these parts, and behind them a note."""
        if (items, note) == (self._items, self._note):
            self.update()  # the same words may have other maps
            return
        self._items, self._note = items, note
        self._current = min(self._current, max(0, len(items) - 1))
        self._anchor = self._current
        self._hovered = None
        self._arrange_anew()

    def show_chosen(self, places: Iterable[int]) -> None:
        """Mark the parts that any of these places of tokens belongs to."""
        wanted = set(places)
        chosen = frozenset(n for n, item in enumerate(self._items) if wanted & {*item.part.places})
        if chosen == self._chosen:
            return
        self._chosen = chosen
        if chosen and self._current not in chosen:
            self._current = self._anchor = min(chosen)
        self._describe()
        self.update()

    def show_waiting(self, faded: bool, is_old: bool) -> None:
        """Fade the parts while a newer caption is written; those of another picture are old."""
        if (faded, is_old) != (self._faded, self._is_old):
            self._faded, self._is_old = faded, is_old
            self.update()

    def forget_hover(self) -> None:
        """The mouse may rest on a part: that shall mean nothing until it moves to another."""
        self._hover(None)

    def paint_by(self, painter: PartPainter) -> None:
        """Have the same parts painted otherwise."""
        self._painter = painter
        self._arrange_anew()

    def show_room(self, height: int) -> None:
        """Fit into the height that is seen at once."""
        if height != self._room:
            self._room = height
            self._arrange_anew()

    @property
    def current(self) -> int:
        """The number of the part where keys go on."""
        return self._current

    @property
    def chosen(self) -> frozenset[int]:
        """The numbers of the chosen parts."""
        return self._chosen

    def rect_of(self, number: int) -> QRect:
        """Where a part lies in this widget."""
        return self._laid_out().rects[number]

    def _arrange_anew(self) -> None:
        self._lines = None
        self.updateGeometry()
        self._describe()
        self.update()

    def _describe(self) -> None:
        """What a screen reader says of the part where keys go on."""
        if not self._items:
            self.setAccessibleDescription(self._note)
            return
        said = self._say(self._current)
        count = self.tr("{0} of {1}").format(self._current + 1, len(self._items))
        several = self.tr("{0} chosen").format(len(self._chosen)) if len(self._chosen) > 1 else ""
        self.setAccessibleDescription(" · ".join(part for part in (said, count, several) if part))

    def _say(self, number: int) -> str:
        item = self._items[number]
        return describe_part(item.part, item.is_given)

    # Layout

    def sizeHint(self) -> QSize:
        return QSize(420, self.heightForWidth(420))

    def minimumSizeHint(self) -> QSize:
        return QSize(48, 0)

    def heightForWidth(self, width: int) -> int:
        lines = self._fill(width)
        note = self._note_rect(lines)
        return max(lines.bottom, note.y() + note.height()) + ABOVE

    def _laid_out(self) -> Lines:
        if self._lines is None or self._lines.room.width() != self.width() - 2 * ASIDE:
            self._lines = self._fill(self.width())
        return self._lines

    def _fill(self, width: int) -> Lines:
        height = self._painter.height(self.font(), self._room - 2 * ABOVE)
        widths = self._painter.widths(self._items, self.font(), height)
        gaps = [self._painter.gap(item) for item in self._items]
        room = QRect(ASIDE, ABOVE, max(24, width - 2 * ASIDE), height)
        return Lines.filled(widths, gaps, room, self._painter.spacing)

    def _note_rect(self, lines: Lines) -> QRect:
        if not self._note:
            return QRect()
        metrics = self.fontMetrics()
        width = min(metrics.horizontalAdvance(self._note) + 4, lines.room.width())
        return lines.after(QSize(width, metrics.height()))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange_anew()
        super().changeEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        lines = self._laid_out()
        painter = QPainter(self)
        painter.setOpacity(WAITING_OPACITY if self._faded else 1)
        reach = self._painter.spacing  # marks reach out of their part
        dirty = event.rect().adjusted(-reach, -reach, reach, reach)
        for number, rect in enumerate(lines.rects):
            if rect.intersects(dirty):
                item, marks = self._items[number], self._marks(number)
                self._painter.paint(painter, number, item, rect, marks, self.palette())
        self._paint_note(painter, self._note_rect(lines))

    def _paint_note(self, painter: QPainter, rect: QRect) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        elide = Qt.TextElideMode.ElideRight
        text = self.fontMetrics().elidedText(self._note, elide, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, text)

    def _marks(self, number: int) -> Marks:
        is_current = number == self._current and self.shows_focus
        is_hovered = number == self._hovered and not self._is_old
        return Marks(number in self._chosen, is_hovered, is_current)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.acted.emit()
        number = self._at(event.position().toPoint())
        if event.button() != Qt.MouseButton.LeftButton or number is None:
            return
        if self._opens_menu(number, event):
            self._open_menu(number)
        else:
            self._choose(number, event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self._open_menu(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._at(event.position().toPoint())
        if event.buttons() & Qt.MouseButton.LeftButton and number not in (None, self._current):
            assert number is not None
            self._choose(number, SHIFT)
        self._hover(number)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def hideEvent(self, event: QHideEvent) -> None:
        self._hover(None)
        super().hideEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of the part under the mouse; by key, which Qt tells as well, of the current one."""
        self.acted.emit()
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        number = self._at(event.pos()) if by_mouse else self._current
        if number is not None and not self._is_old and self._items:
            self._open_menu(number, event.globalPos() if by_mouse else None)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._at(event.pos())
            QToolTip.showText(event.globalPos(), "" if number is None else self._say(number), self)
            return True
        is_asked = event.type() == QEvent.Type.ShortcutOverride
        if is_asked and isinstance(event, QKeyEvent) and _is_meant(event):
            event.accept()  # then it is no shortcut of the window
            return True
        return super().event(event)

    def _at(self, point: QPoint) -> int | None:
        return None if self._is_old else self._laid_out().at(point)

    def _opens_menu(self, number: int, event: QMouseEvent) -> bool:
        """Whether a click is on the arrow of a part that shows one."""
        place = self._painter.menu_place(self.rect_of(number))
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        return is_plain and place.contains(event.position().toPoint())

    def _hover(self, number: int | None) -> None:
        if number == self._hovered:
            return
        self._repaint_part(self._hovered)
        self._repaint_part(number)
        self._hovered = number
        place = None if number is None else self._items[number].part.places[0]
        self.part_hovered.emit(place)

    def _repaint_part(self, number: int | None) -> None:
        if number is not None and number < len(self._items):
            reach = self._painter.spacing
            self.update(self.rect_of(number).adjusted(-reach, -reach, reach, reach))

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:  # that one stops by itself
            self.acted.emit()
        if self._is_old or not self._answer(event):
            super().keyPressEvent(event)

    def _answer(self, event: QKeyEvent) -> bool:
        """Do what a key means here; False where it means nothing."""
        key, held = event.key(), event.modifiers()
        leads_to = self._laid_out().walked(key, self._current)
        if leads_to is not None:
            self._walk(leads_to, held)
        elif key == Qt.Key.Key_Space:
            self._answer_space(held)
        elif key in OPENING and self._items:
            self._open_menu(self._current)
        elif key == Qt.Key.Key_Escape and self._chosen:
            self._tell(frozenset())
        elif key == Qt.Key.Key_A and held == CONTROL:
            self._tell(frozenset(range(len(self._items))))
        elif _is_letter(event):
            self.letter_typed.emit(event.text())
        else:
            return False
        return True

    def _answer_space(self, held: Qt.KeyboardModifier) -> None:
        """Play; with Ctrl, choose the current part too, or no longer, as Ctrl+click does."""
        if held == CONTROL and self._items:
            self._choose(self._current, CONTROL)
        else:
            self.play_wished.emit()

    def _walk(self, number: int, held: Qt.KeyboardModifier) -> None:
        """To another part: chosen alone, with all up to it (Shift), or not at all (Ctrl)."""
        self.forget_hover()
        if held & CONTROL and not held & SHIFT:
            self._current = self._anchor = number
            self._describe()
            self.update()
        else:
            is_first = not self._chosen and not held & SHIFT
            self._choose(self._current if is_first else number, held)
        self.reveal_wished.emit(self.rect_of(self._current))

    # Choosing

    def choose(self, number: int) -> None:
        """Choose one part, as a click does."""
        self._choose(number, Qt.KeyboardModifier.NoModifier)
        self.reveal_wished.emit(self.rect_of(number))

    def _choose(self, number: int, held: Qt.KeyboardModifier) -> None:
        self._current = number
        if held & SHIFT:
            first, last = sorted((self._anchor, number))
            self._tell(frozenset(range(first, last + 1)))
            return
        self._anchor = number
        self._tell(self._chosen ^ {number} if held & CONTROL else frozenset({number}))

    def _tell(self, chosen: frozenset[int]) -> None:
        self._chosen = chosen
        self._describe()
        self.update()
        places = [place for number in sorted(chosen) for place in self._items[number].part.places]
        self.places_chosen.emit(tuple(places))

    def _open_menu(self, number: int, place: QPoint | None = None) -> None:
        """At a place of the screen, or below the part."""
        if self._is_old:
            return
        self._current = self._anchor = number
        if number not in self._chosen:
            self._tell(frozenset({number}))
        below = self.mapToGlobal(self.rect_of(number).bottomLeft() + QPoint(0, 3))
        self.menu_wished.emit(number, place or below)


def _is_meant(event: QKeyEvent) -> bool:
    """Whether a key that the window may have for a shortcut is meant for the row."""
    return _is_letter(event) or event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Escape)


def _is_letter(event: QKeyEvent) -> bool:
    """Whether a key writes a letter, and is no shortcut."""
    held = event.modifiers() & ~SHIFT & ~Qt.KeyboardModifier.KeypadModifier
    return event.text().isalpha() and held == Qt.KeyboardModifier.NoModifier
