"""The caption of the picture: words to click, each of which shows where the captioner looked."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QApplication, QStackedLayout, QVBoxLayout, QWidget

from ...records import Caption, CaptionerInfo, Picture
from ..captions.absence import Absence
from ..captions.alternatives_menu import AlternativesMenu
from ..captions.chips import Chips
from ..captions.header import VIEWS, Header, Told
from ..captions.items import Item, items_of
from ..captions.lacks import Lack, Step, lack_of
from ..captions.look_menu import LookMenu
from ..captions.more_menu import MoreMenu
from ..captions.part_area import PartArea
from ..captions.part_row import PartRow
from ..captions.saving import ask_for_file
from ..captions.sentences import begun, looks, manner, note_of, sentence
from ..captions.tiles import Tiles
from ..captions.type_field import TypeField
from ..captions.writing_form import WritingForm, WritingMenu
from ..parts.player import Player
from ..state import Captioning, CaptionView, State, Wishes
from ..words import name_captioner
from .base import Panel

_SHOWN = (
    *("captioning", "words", "writing", "overlay", "caption_view"),
    *("path", "picture", "picture_problem"),
)


class CaptionPanel(Panel):
    """Words as chips or as a strip of pictures; how they were written, and how they could be."""

    key: ClassVar[str] = "caption"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.BottomDockWidgetArea

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._state = State()
        # What is on screen; it stays, faded, while the next picture is described.
        self._caption: Caption | None = None
        self._picture: Picture | None = None
        self._items: tuple[Item, ...] = ()
        self._view = self._state.caption_view
        self._played: tuple[int, ...] | None = None  # places that playing wished for last
        self._asked_about: Caption | None = None  # the caption when somebody began to type
        self._build()
        self._build_header()
        self._arrange()
        self._connect()
        self._connect_menus()
        self._show_lack(lack_of(self._state))
        self._show_view(self._state.caption_view)

    def title(self) -> str:
        return self.tr("Caption")

    def corner(self) -> QWidget:
        return self._header

    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Arrow keys, Home, End"), self.tr("Caption: the next word or line")),
            (self.tr("Space"), self.tr("Caption: walk through the words, or stop")),
            (self.tr("Enter, menu key"), self.tr("Caption: what else the word might have been")),
            (self.tr("Shift+arrow keys, Ctrl+A"), self.tr("Caption: choose several words, or all")),
            (self.tr("Ctrl+arrow keys, Ctrl+Space"), self.tr("Caption: choose words one by one")),
            (self.tr("Letters"), self.tr("Caption: type how it begins")),
            (self.tr("Esc"), self.tr("Caption: show no word")),
        )

    # Building

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._chips, self._tiles = Chips(), Tiles()
        self._row = PartRow(self._chips)
        self._row.setAccessibleName(self.tr("Words of the caption"))
        self._area = PartArea(self._row)
        self._field = TypeField()
        self._absence = Absence()
        self._player = Player(self)

    def _build_header(self) -> None:
        self._form = WritingForm()
        self._writing = WritingMenu(self._form, self.tr("How it is &written"), self)
        self._look = LookMenu(self.tr("What the &maps show"), self)
        self._more = MoreMenu(self._writing, self._look, self)
        self._header = Header(self._writing, self._look, self._more)
        for widget in (self, self._header):
            widget.addAction(self._more.copy_text)

    def _arrange(self) -> None:
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._field)
        column.addWidget(self._area, 1)
        self._pages = QStackedLayout(self)
        for page in (self._absence, self._content):
            self._pages.addWidget(page)

    def _connect(self) -> None:
        self._row.places_chosen.connect(self._wish_places)
        self._row.part_hovered.connect(self._wish_hovered)
        self._row.menu_wished.connect(self._open_menu)
        self._row.letter_typed.connect(lambda text: self._ask_for_sentence(text, selected=False))
        self._row.play_wished.connect(self._play_or_stop)
        self._row.acted.connect(self._player.stop)
        self._player.stepped.connect(self._play)
        self._player.playing_changed.connect(self._header.play.show_playing)
        self._field.typed.connect(self._begin_with)
        self._field.left.connect(self._leave_field)
        self._header.play.clicked.connect(self._play_or_stop)
        self._header.own.clicked.connect(self._write_all)
        self._header.views.currentChanged.connect(self._choose_view)

    def _connect_menus(self) -> None:
        self._form.chosen.connect(self.wishes.writing_chosen)
        self._look.chosen.connect(self.wishes.words_chosen)
        more = self._more
        more.copy_text.triggered.connect(self._copy)
        more.save.triggered.connect(self._save)
        more.type_sentence.triggered.connect(self._ask_for_caption)
        more.own.triggered.connect(self._write_all)
        more.choose.triggered.connect(lambda: self.wishes.captioner_dialog_wished.emit())
        more.close_captioner.triggered.connect(lambda: self.wishes.captioner_closed.emit())
        for view, action in enumerate(more.views):
            action.triggered.connect(lambda _checked=False, view=view: self._choose_view(view))

    # Showing

    def display(self, old: State, new: State) -> None:
        if all(getattr(old, name) is getattr(new, name) for name in _SHOWN):
            return
        self._state = new
        if new.caption_view != self._view:
            self._show_view(new.caption_view)
        caption = self._caption_to_show(old, new)
        is_new = caption is not self._caption
        if new.captioning is not None and caption is new.captioning.caption:
            self._picture = new.picture
        self._caption = caption
        self._stop_playing_where_it_ended(is_new)
        if is_new:
            self._close_field_of_last()
        self._show_header(new)
        if caption is None:
            self._show_lack(lack_of(new))
        else:
            self._show_caption(caption, new)

    def _caption_to_show(self, old: State, new: State) -> Caption | None:
        """The state's; while the next picture is described by the same captioner, the last one."""
        here = new.captioning
        if here is None or here.captioner is None:
            return None
        same = old.captioning is not None and old.captioning.captioner is here.captioner
        problem = here.caption_problem or new.picture_problem
        waits = same and new.path is not None and problem is None
        return here.caption or (self._caption if waits else None)

    def _show_caption(self, caption: Caption, state: State) -> None:
        assert state.captioning is not None
        self._tiles.show(caption, self._picture, state.words, state.overlay)
        self._items = items_of(caption, state.words)
        self._row.show_items(self._items, note_of(caption))
        self._row.show_chosen(state.words.places)
        is_old = state.captioning.caption is None
        self._row.show_waiting(is_old or state.captioning.is_writing, is_old)
        self._pages.setCurrentWidget(self._content)

    def _show_lack(self, lack: Lack) -> None:
        self._items = ()
        offers = [(text, lambda step=step: self._take(step)) for step, text in lack.steps]
        self._absence.say(lack.sentence, *offers)
        self._pages.setCurrentWidget(self._absence)

    def _show_header(self, state: State) -> None:
        has_caption = self._caption is not None
        is_begun = self._caption is not None and self._caption.given > 0
        is_current = state.captioning is not None and self._caption is state.captioning.caption
        self._more.show_caption_there(has_caption and is_current, is_begun)
        if state.captioning is None:
            self._header.show_told(None)
            return
        layers, heads, longest = _measures(state.captioning.captioner)
        writer = self._describe(state.captioning, state)
        said = looks(state.words, layers)
        self._header.show_told(Told(writer, said, is_begun, has_caption))
        self._look.display(state.words, layers, heads)
        self._form.display(state.writing, longest)

    def _describe(self, captioning: Captioning, state: State) -> tuple[str, ...]:
        """“catr-v3 · begun by you: “a red” · greedy”, then the same in fewer and fewer words."""
        name = name_captioner(captioning.wanted)
        if captioning.captioner is None:
            return (name,)
        if captioning.is_writing:
            return " · ".join((name, self.tr("writing…"))), name
        given = begun(self._caption) if self._caption is not None else ""
        how = manner(state.writing)
        texts = (name, given, how), (name, how), (name,)
        return tuple(" · ".join(filter(None, text)) for text in texts)

    def _show_view(self, view: CaptionView) -> None:
        self._view = view
        place = VIEWS.index(view)
        with QSignalBlocker(self._header.views):
            self._header.views.setCurrentIndex(place)
        self._more.views[place].setChecked(True)
        self._row.paint_by(self._tiles if view == "strip" else self._chips)
        self._area.updateGeometry()

    # Wishes

    def _choose_view(self, place: int) -> None:
        self.wishes.caption_view_chosen.emit(VIEWS[place])

    def _wish_places(self, places: tuple[int, ...]) -> None:
        self.wishes.words_chosen.emit(replace(self._state.words, places=places))

    def _wish_hovered(self, place: int | None) -> None:
        if place is None or not self._player.is_playing:
            self.wishes.word_hovered.emit(place)

    def _take(self, step: Step) -> None:
        if step == "choose":
            self.wishes.captioner_dialog_wished.emit()
        elif step == "download":
            self.wishes.captioner_download_wished.emit()
        else:
            self.wishes.writing_chosen.emit(self._state.writing)

    def _write_all(self) -> None:
        self.wishes.beginning_chosen.emit(())

    # Playing

    def _play_or_stop(self) -> None:
        if self._player.is_playing:
            self._player.stop()
            return
        if not self._items:
            return
        self._row.forget_hover()
        last = max(self._row.chosen, default=-1)
        is_at_end = last >= len(self._items) - 1
        self._player.play(0 if is_at_end else last + 1, len(self._items))

    def _play(self, number: int) -> None:
        self._played = self._items[number].part.places
        self._row.choose(number)

    def _stop_playing_where_it_ended(self, is_new: bool) -> None:
        """Another caption, or other words than those that were played, end it."""
        if is_new or self._state.words.places != self._played:
            self._player.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        self._player.stop()
        super().hideEvent(event)

    # Other words

    def _open_menu(self, number: int, place: QPoint) -> None:
        if self._caption is None:
            return
        item = self._items[number]
        menu = AlternativesMenu(self._caption, item, self)
        menu.continued.connect(self.wishes.beginning_chosen)
        menu.word_wished.connect(lambda: self._ask_for_word(item))
        menu.sentence_wished.connect(self._ask_for_caption)
        menu.popup(place)

    def _ask_for_word(self, item: Item) -> None:
        if self._caption is None:
            return
        self._asked_about = self._caption
        words = self._caption.words
        before = words[: item.word] if isinstance(item.word, int) else words
        text = words[item.word].text if isinstance(item.word, int) else self.tr("the end")
        self._field.ask_for_word(sentence(before), text)

    def _ask_for_caption(self) -> None:
        """Ask for the whole sentence; the one that stands can be changed."""
        if self._caption is not None:
            self._ask_for_sentence(self._caption.text, selected=True)

    def _ask_for_sentence(self, text: str, *, selected: bool) -> None:
        self._asked_about = self._caption
        self._field.ask_for_sentence(text, selected=selected)

    def _begin_with(self, text: str) -> None:
        """The field stays until the caption is there: what cannot be read can be mended."""
        self.wishes.beginning_chosen.emit(text or ())

    def _leave_field(self) -> None:
        self._field.hide()
        self._row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_field_of_last(self) -> None:
        if self._field.isVisibleTo(self) and self._caption is not self._asked_about:
            focus = QApplication.focusWidget()
            had_focus = focus is not None and self._field.isAncestorOf(focus)
            self._field.hide()
            if had_focus:
                self._row.setFocus(Qt.FocusReason.OtherFocusReason)

    # Out of the window

    def _copy(self) -> None:
        if self._caption is not None:
            QGuiApplication.clipboard().setText(self._caption.text)
            self._header.flash(self.tr("The caption is copied."))

    def _save(self) -> None:
        if self._caption is None or self._picture is None:
            return
        file = ask_for_file(self._picture.path, self)
        if file is not None:
            self.wishes.strip_wished.emit(file)


def _measures(info: CaptionerInfo | None) -> tuple[int, int, int]:
    """Layers, heads and greatest length; nobody knows those of a captioner that is to come."""
    return (0, 0, 127) if info is None else (info.layers, info.heads, info.longest)
