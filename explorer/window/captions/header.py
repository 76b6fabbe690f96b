"""The line above a caption: who wrote it and how, what its maps show, and play."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QTabBar, QWidget

from ..parts.flat_button import FlatButton
from ..parts.menu_button import MenuButton
from ..parts.sign_buttons import MoreButton, PlayButton
from ..state import CaptionView

GAP = 2
NARROWEST = 64  # pixels that the captioner's name is left before something else makes way
FLASH = 3000  # milliseconds that an answer stays
VIEWS: tuple[CaptionView, ...] = "words", "strip"  # in the order of their tabs


@dataclass(frozen=True)
class Told:
    """What the line says of a captioner."""

    writer: tuple[str, ...]  # who wrote the caption, and how; the same in fewer words
    looks: tuple[str, str, str]  # what the maps show; the same in fewer words for less room
    is_begun: bool  # by a person: there is a way back to the captioner's own words
    has_caption: bool  # without one there is nothing to play, and no map to look at


class Header(QWidget):
    """One line, however narrow: what has no room is also in the last button's menu."""

    def __init__(self, writing: QMenu, look: QMenu, more: QMenu) -> None:
        super().__init__()
        self._told: Told | None = None
        self._flash = QTimer(self, singleShot=True, interval=FLASH)
        self._flash.timeout.connect(self._show_writer)
        self._build(writing, look, more)
        for child in (self.name, self.own, self.look, self.play, self.views, self.more):
            child.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def _build(self, writing: QMenu, look: QMenu, more: QMenu) -> None:
        self.name = MenuButton(writing, self.tr("How the caption is written"))
        self.own = FlatButton(self.tr("All its own words"))
        self.own.setToolTip(self.tr("Let the captioner write the whole caption by itself"))
        self.look = MenuButton(look, self.tr("What a word's map shows"))
        self.play = PlayButton(self.tr("Walk through the words (Space)"))
        self.views = QTabBar()
        self.views.addTab(self.tr("Words"))
        self.views.addTab(self.tr("Strip"))
        self.views.setExpanding(False)
        self.views.setDrawBase(False)
        self.views.setAccessibleName(self.tr("How the caption is shown"))
        self.more = MoreButton(more)

    # What is shown

    def show_told(self, told: Told | None) -> None:
        """Show what is told of a captioner; nothing where there is none."""
        if told == self._told:
            return
        is_new = told is None or self._told is None or told.writer != self._told.writer
        self._told = told
        if told is not None:
            self.look.say(*told.looks)
            self.look.setToolTip(told.looks[0])
        if is_new:
            self._show_writer()
        self._fit()

    def flash(self, text: str) -> None:
        """Tell an answer for a moment."""
        self.name.say(text)
        self.name.setToolTip(text)
        self._flash.start()
        self._fit()

    def _show_writer(self) -> None:
        self._flash.stop()
        writer = self._told.writer if self._told is not None else ("",)
        self.name.say(*writer)
        self.name.setToolTip(f"{writer[0]}\n{self.tr('Click to choose how it is written')}")
        self._fit()

    # Layout

    def sizeHint(self) -> QSize:
        return QSize(520, self.look.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(150, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        """From the right what has a fixed width; the name gets what is left."""
        widths = self._shared_out()
        right = self.width()
        for widget in (self.more, self.play, self.views, self.look):
            right -= widths.get(widget, 0)
            self._put(widget, right, widths.get(widget, 0) - GAP)
        self.look.fit(widths.get(self.look, 0) - GAP)
        own = widths.get(self.own, 0)
        name = self.name.fit(right - own) if self._told is not None else 0
        self._put(self.name, 0, name)
        self._put(self.own, name + GAP, own - GAP)

    def _shared_out(self) -> dict[QWidget, int]:
        """The width of all that is shown beside the name, a gap included."""
        if self._told is None:
            return {}
        widths: dict[QWidget, int] = {self.more: self.more.sizeHint().width() + GAP}
        if self._told.has_caption:
            widths[self.play] = self.play.sizeHint().width() + GAP
            room = self.width() - sum(widths.values())
            widths[self.own], widths[self.views], widths[self.look] = self._most_for(room)
        return widths

    def _most_for(self, room: int) -> tuple[int, int, int]:
        """The most of way back, views and look for which there is room: what is needed last goes.

        The captioner is left all that is said of it, then less, then a part of its name.
        """
        is_begun = self._told is not None and self._told.is_begun
        own = self.own.sizeHint().width() + GAP if is_begun else 0
        views = self.views.sizeHint().width() + GAP
        whole, medium, short = (width + GAP for width in self.look.widths())
        names = self.name.widths()
        some = min(names[-1], 3 * NARROWEST)
        offers = (
            ((own, views, whole), names[0]),
            ((own, views, medium), names[0]),
            ((own, views, medium), names[len(names) // 2]),
            ((own, views, short), names[len(names) // 2]),
            ((own, views, short), some),
            ((own, 0, short), NARROWEST),
            ((own, 0, 0), NARROWEST),
        )
        fitting = (widths for widths, name in offers if sum(widths) + name <= room)
        return next(fitting, (0, 0, 0))

    def _put(self, widget: QWidget, left: int, width: int) -> None:
        """In the middle of the line; hidden where it got no room."""
        height = min(widget.sizeHint().height(), self.height())
        widget.setGeometry(left, (self.height() - height) // 2, max(0, width), height)
        widget.setVisible(width > 0)
