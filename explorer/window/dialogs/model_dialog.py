"""Model > Choose model: a list of the vision transformers that can be loaded by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QTreeView,
    QWidget,
)

from ... import paths
from ...errors import ExplorerError
from ...records import Weights
from ..parts.elided_label import ElidedLabel
from ..parts.empty_state import EmptyState
from ..words import name_size
from ..worker import Task
from .base import Dialog
from .image_size_field import ImageSizeField
from .model_list import ModelList
from .question import Question

if TYPE_CHECKING:
    from ...models.published.catalog import Entry

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


def list_models(task: Task) -> list[Entry]:
    """Every model of the list; on a worker's thread, for it imports timm."""
    from ...models.published import catalog

    task.progress("Reading the list of models")
    return catalog.entries()


def estimate_size(name: str, _task: Task) -> tuple[str, int]:
    """How many bytes a model's weights have, about, beside its name; on a worker's thread."""
    from ...models.published import catalog

    return name, 4 * catalog.parameters(name)


def _not_told(_error: ExplorerError) -> None:
    """A size that cannot be estimated is not missed."""


class ModelDialog(Dialog):
    """Choose a model by name, and for trials its input size or random weights."""

    chosen = Signal(Weights)

    def __init__(
        self, wanted: Weights, controller: Computes, parent: QWidget | None = None
    ) -> None:
        super().__init__(self.tr("Choose model"), parent)
        self._wanted = wanted
        self._controller = controller
        self._models: ModelList | None = None
        self._sizes: dict[str, int] = {}  # of weights that are not here, by name
        self._build()
        self._arrange()
        self._connect()
        controller.compute("catalog", list_models, self.show_models, self.show_problem)

    def _build(self) -> None:
        self._search = QLineEdit(clearButtonEnabled=True)
        self._search.setPlaceholderText(self.tr("Search models and libraries…"))
        self._search.setAccessibleName(self.tr("Search models and libraries"))
        self._only_here = QCheckBox(self.tr("Only those on this computer"))
        self._list = QTreeView(rootIsDecorated=False, uniformRowHeights=True)
        self._list.setAccessibleName(self.tr("Models"))
        self._list.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names begin alike
        self._list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._instead = EmptyState()
        self._instead.setText(self.tr("Reading the list of models…"))
        self._count = QLabel()
        self._count.setProperty("quiet", True)
        self._source = ElidedLabel()
        self._source.setProperty("quiet", True)
        self._source.setAccessibleName(self.tr("Where its weights come from"))
        self._size = ImageSizeField()
        self._random = QCheckBox(self.tr("Random weights, for trials"))

    def _arrange(self) -> None:
        self.column.addWidget(self._search)
        lists = QWidget()
        self._pages = QStackedLayout(lists)
        self._pages.addWidget(self._instead)
        self._pages.addWidget(self._list)
        self.column.addWidget(lists, 1)
        self.column.addWidget(self._source)
        form = QFormLayout()
        form.addRow(self._count, self._only_here)
        form.addRow(self.tr("Input size"), self._size)
        form.addRow("", self._random)
        self.column.addLayout(form)
        self._delete = QPushButton(self.tr("Delete weights…"))
        self.buttons.addButton(self._delete, QDialogButtonBox.ButtonRole.ResetRole)
        self.add_buttons(
            QDialogButtonBox.StandardButton.Open, QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self._check()
        self.resize_within_screen(880, 600)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._filter)
        self._only_here.toggled.connect(self._filter)
        self._size.textChanged.connect(self._check)
        self._random.toggled.connect(self._show_current)
        self._list.doubleClicked.connect(self.accept)
        self._delete.clicked.connect(self._ask_to_delete)
        self.finished.connect(self._wait_no_more)

    def _wait_no_more(self) -> None:
        for question in ("catalog", "size"):
            self._controller.forget(question)

    def show_models(self, entries: list[Entry]) -> None:
        """Show the list once it is read, with the wanted model chosen."""
        self._models = ModelList(entries, self)
        self._list.setModel(self._models)
        self._lay_out_columns()
        self._list.selectionModel().currentChanged.connect(self._show_current)
        self._filter()
        self._choose(self._wanted.name)

    def _lay_out_columns(self) -> None:
        """Names take the room that the other columns leave; as wide as these will ever be."""
        assert self._models is not None
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, header.count()):  # not by Qt, which would look at every row again
            text = self.fontMetrics().horizontalAdvance(self._models.widest(column))
            header.resizeSection(column, text + _BESIDE_TEXT)
        self._list.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as the catalog has it
        self._list.setSortingEnabled(True)
        header.sortIndicatorChanged.connect(self._list.scrollToTop)

    def show_problem(self, error: ExplorerError) -> None:
        """Say why there is no list."""
        self._instead.setText(str(error))
        self._pages.setCurrentWidget(self._instead)

    def _choose(self, name: str) -> None:
        """Make a model the current one."""
        assert self._models is not None
        index = self._models.index_of(name)
        if index.isValid():
            self._list.setCurrentIndex(index)
            self._list.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _current(self) -> Entry | None:
        index = self._list.currentIndex()
        return self._models.entry(index) if self._models and index.isValid() else None

    def _filter(self) -> None:
        if self._models is None:
            return
        self._models.search(self._search.text(), self._only_here.isChecked())
        count = self._models.rowCount()
        counted = self.tr("1 model") if count == 1 else self.tr("{0} models").format(count)
        self._count.setText(counted)
        self._instead.setText(self.tr("No model has a name like that."))
        self._pages.setCurrentWidget(self._list if count else self._instead)
        if count and not self._list.currentIndex().isValid():
            self._list.setCurrentIndex(self._models.index(0, 0))
        self._show_current()

    def _show_current(self) -> None:
        """Say where the current model's weights come from, and what can be done with them."""
        entry = self._current()
        self._source.setText(self._told_source(entry) if entry else "")
        self._check()
        if entry and entry.address and entry.file is None and entry.name not in self._sizes:
            estimate = partial(estimate_size, entry.name)
            self._controller.compute("size", estimate, self._show_size, _not_told)

    def _show_size(self, estimated: tuple[str, int]) -> None:
        name, size = estimated
        self._sizes[name] = size
        entry = self._current()
        if entry and entry.name == name:
            self._source.setText(self._told_source(entry))

    def _told_source(self, entry: Entry) -> str:
        if self._random.isChecked():
            return self.tr("Made up: its maps and classes mean nothing. No file is read.")
        if entry.file is not None:
            return self.tr("On this computer: {0}").format(entry.file)
        if not entry.address:
            text = self.tr("{0} has no published weights of it: open a checkpoint of your own.")
            return text.format(entry.library)
        size = self._sizes.get(entry.name)
        if size is None:
            return self.tr("To be downloaded from {0}").format(entry.address)
        text = self.tr("To be downloaded, about {0}, from {1}")
        return text.format(name_size(size), entry.address)

    def _check(self) -> None:
        """Offer what can be done with the current model."""
        entry = self._current()
        can_be_had = entry is not None and bool(
            entry.file or entry.address or self._random.isChecked()
        )
        self._open.setEnabled(can_be_had and self._size.is_valid())
        self._delete.setEnabled(entry is not None and bool(entry.belongings))

    def _ask_to_delete(self) -> None:
        entry = self._current()
        if entry is None or not entry.belongings:
            return
        home = paths.weights()
        question = Question(
            self.tr("Delete weights"),
            self.tr("Delete the weights of {0} ({1})?").format(entry.name, name_size(entry.size)),
            [str(file.relative_to(home)) for file in entry.belongings],
            self._what_then(entry),
            self.tr("Delete"),
            self,
        )
        question.accepted.connect(partial(self._delete_weights, entry))
        question.open()

    def _what_then(self, entry: Entry) -> str:
        where = self.tr("They lie in {0}.").format(paths.weights())
        back = self.tr("They can be downloaded again; a model that is open works on without them.")
        return f"{where} {back}" if entry.address else where

    def _delete_weights(self, entry: Entry) -> None:
        from ...models.published.shelf import delete  # knows no torch

        assert self._models is not None
        try:
            delete(entry.belongings)
        except ExplorerError as error:
            self._source.setText(str(error))
            return
        self._models.forget_weights(entry)
        self._filter()

    def accept(self) -> None:
        entry = self._current()
        if entry is None or not self._open.isEnabled():
            return
        weights = Weights(
            name=entry.name,
            random=self._random.isChecked(),
            image_size=self._size.size_chosen(),
        )
        super().accept()
        self.chosen.emit(weights)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that move in a list move in it also while somebody types."""
        if event.key() in _KEYS_FOR_LIST:
            self._list.event(event)
        elif event.matches(QKeySequence.StandardKey.Delete):  # a text field keeps it to itself
            self._ask_to_delete()
        else:
            super().keyPressEvent(event)
