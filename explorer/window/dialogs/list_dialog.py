"""What is published, to choose one from; and what of it is on this computer, to delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QStackedLayout,
    QTreeView,
    QWidget,
)

from ... import paths
from ...errors import ExplorerError
from ..parts.elided_label import ElidedLabel
from ..parts.empty_state import EmptyState
from ..words import name_size
from ..worker import Task
from .base import Dialog
from .entry_list import Column, EntryList
from .question import Question

if TYPE_CHECKING:
    from ...models.published.entry import Entry

E = TypeVar("E", bound="Entry")
_BESIDE_TEXT = 34  # pixels of a column: margins, and the arrow that shows by what is sorted
_KEYS_FOR_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Computes(Protocol):
    """Who answers questions beside the window: the controller."""

    def compute(
        self,
        kind: str,
        work: Callable[[Task], Any],
        done: Callable[[Any], None],
        failed: Callable[[ExplorerError], None] | None = None,
    ) -> None: ...

    def forget(self, kind: str) -> None: ...


class ListDialog(Dialog, Generic[E]):
    """A list that is read on a worker's thread, and where the weights of each come from.

    Subclasses say what stands in it, put more around it, and tell what was chosen.
    """

    def __init__(
        self,
        title: str,
        wanted: str,  # the name that is chosen at first
        read: Callable[[Task], Sequence[E]],
        controller: Computes,
        parent: QWidget | None,
    ) -> None:
        super().__init__(title, parent)
        self._wanted_name = wanted
        self._controller = controller
        self._entries: EntryList[E] | None = None
        self._build()
        self._arrange()
        self._add_buttons()
        self._connect()
        self._check()
        controller.compute("catalog", read, self.show_entries, self.show_problem)

    # What subclasses say

    def columns(self) -> Sequence[Column[E]]:
        """What stands in the list; the first column has the names."""
        raise NotImplementedError

    def told_source(self, entry: E) -> str:
        """Where the current one's weights come from, in one line."""
        raise NotImplementedError

    def can_be_opened(self, entry: E) -> bool:
        """Whether it can be had, with what else was answered."""
        raise NotImplementedError

    def choose(self, entry: E) -> None:
        """Tell that it was chosen; the dialog is closed by then."""
        raise NotImplementedError

    def goes_with(self, entry: E) -> tuple[Path, ...]:
        """The files that are deleted with its weights."""
        return entry.belongings

    # The dialog

    def _build(self) -> None:
        self._list = QTreeView(rootIsDecorated=False, uniformRowHeights=True)
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names begin alike
        self._list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._instead = EmptyState()
        self._source = ElidedLabel()
        self._source.setProperty("quiet", True)
        self._source.setAccessibleName(_tr("Where its weights come from"))

    def _arrange(self) -> None:
        lists = QWidget()
        self._pages = QStackedLayout(lists)
        self._pages.addWidget(self._instead)
        self._pages.addWidget(self._list)
        self.column.addWidget(lists, 1)
        self.column.addWidget(self._source)

    def _add_buttons(self) -> None:
        self._delete = QPushButton(_tr("Delete weights…"))
        self.buttons.addButton(self._delete, QDialogButtonBox.ButtonRole.ResetRole)
        self.add_buttons(
            QDialogButtonBox.StandardButton.Open, QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self.buttons.button(QDialogButtonBox.StandardButton.Open)

    def _connect(self) -> None:
        self._list.doubleClicked.connect(self.accept)
        self._delete.clicked.connect(self._ask_to_delete)
        self.finished.connect(self._wait_no_more)

    def _wait_no_more(self) -> None:
        self._controller.forget("catalog")

    def show_entries(self, entries: Sequence[E]) -> None:
        """Show the list once it is read, with the wanted one chosen."""
        self._entries = EntryList(entries, self.columns(), self)
        self._list.setModel(self._entries)
        self._lay_out_columns(self._entries)
        self._list.selectionModel().currentChanged.connect(self._show_current)
        self._refresh()
        index = self._entries.index_of(self._wanted_name)
        if index.isValid():
            self._list.setCurrentIndex(index)
            self._list.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def show_problem(self, error: ExplorerError) -> None:
        """Say why there is no list."""
        self._instead.setText(str(error))
        self._pages.setCurrentWidget(self._instead)

    def _lay_out_columns(self, entries: EntryList[E]) -> None:
        """Names take the room that the other columns leave; as wide as these will ever be."""
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, header.count()):  # not by Qt, which would look at every row again
            text = self.fontMetrics().horizontalAdvance(entries.widest(column))
            header.resizeSection(column, text + _BESIDE_TEXT)
        self._list.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as the catalog has it
        self._list.setSortingEnabled(True)
        header.sortIndicatorChanged.connect(self._list.scrollToTop)

    def _current(self) -> E | None:
        index = self._list.currentIndex()
        return self._entries.entry(index) if self._entries and index.isValid() else None

    def _refresh(self) -> None:
        """Show what is left in the list, with a current one where anything is."""
        if self._entries is None:
            return
        count = self._entries.rowCount()
        self._pages.setCurrentWidget(self._list if count else self._instead)
        if count and not self._list.currentIndex().isValid():
            self._list.setCurrentIndex(self._entries.index(0, 0))
        self._show_current()

    def _show_current(self) -> None:
        """Say where the current one's weights come from, and what can be done with them."""
        entry = self._current()
        self._source.setText(self.told_source(entry) if entry else "")
        self._check()

    def _check(self) -> None:
        """Offer what can be done with the current one."""
        entry = self._current()
        self._open.setEnabled(entry is not None and self.can_be_opened(entry))
        self._delete.setEnabled(entry is not None and bool(entry.belongings))

    def _ask_to_delete(self) -> None:
        entry = self._current()
        if entry is None or not entry.belongings:
            return
        home, files = paths.weights(), self.goes_with(entry)
        question = Question(
            _tr("Delete weights"),
            _tr("Delete the weights of {0} ({1})?").format(entry.name, name_size(entry.size)),
            [str(file.relative_to(home)) for file in files],
            _what_then(entry),
            _tr("Delete"),
            self,
        )
        question.accepted.connect(partial(self._delete_weights, entry, files))
        question.open()

    def _delete_weights(self, entry: E, files: tuple[Path, ...]) -> None:
        from ...models.published.shelf import delete  # knows no torch

        assert self._entries is not None
        try:
            delete(files)
        except ExplorerError as error:
            self._source.setText(str(error))
            return
        self._entries.forget_weights(entry)
        self._refresh()

    def accept(self) -> None:
        entry = self._current()
        if entry is None or not self._open.isEnabled():
            return
        super().accept()
        self.choose(entry)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that move in a list move in it also while somebody types."""
        if event.key() in _KEYS_FOR_LIST:
            self._list.event(event)
        elif event.matches(QKeySequence.StandardKey.Delete):  # a text field keeps it to itself
            self._ask_to_delete()
        else:
            super().keyPressEvent(event)


def told_here(entry: Entry) -> str:
    """What of an entry's weights is on this computer."""
    if entry.file is not None:
        return f"✓ {name_size(entry.size)}"
    if entry.belongings:
        return _tr("{0} so far").format(name_size(entry.size))
    return "" if entry.address else _tr("no weights")


def told_download(entry: Entry, size: int | None) -> str:
    """Whence weights are to come, and how many bytes; `size` None where that is not known."""
    if size is None:
        return _tr("To be downloaded from {0}").format(entry.address)
    text = _tr("To be downloaded, about {0}, from {1}")
    return text.format(name_size(size), entry.address)


def told_place(file: Path) -> str:
    """Where weights lie that are here."""
    return _tr("On this computer: {0}").format(file)


def _what_then(entry: Entry) -> str:
    where = _tr("They lie in {0}.").format(paths.weights())
    back = _tr("They can be downloaded again; what is open works on without them.")
    return f"{where} {back}" if entry.address else where


def _tr(text: str) -> str:
    return QCoreApplication.translate("ListDialog", text)
