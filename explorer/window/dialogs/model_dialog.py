"""Model > Choose model: a searchable list of the vision transformers that timm can load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialogButtonBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QTreeView,
    QWidget,
)

from ...errors import ExplorerError
from ...records import Weights
from ..parts.empty_state import EmptyState
from ..worker import Task
from .base import Dialog
from .image_size_field import ImageSizeField

if TYPE_CHECKING:
    from ...models.catalog import Entry

Index = QModelIndex | QPersistentModelIndex
_KEYS_FOR_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def list_models(task: Task) -> list[Entry]:
    """Every model of the list; on a worker's thread, for it imports timm."""
    from ...models import catalog

    task.progress("Reading the list of models")
    return [catalog.describe(name) for name in catalog.vit_names()]


class _Models(QAbstractTableModel):
    """Name, input, classes, and where the weights are."""

    def __init__(self, entries: list[Entry], parent: QWidget) -> None:
        super().__init__(parent)
        self.entries = entries
        self._titles = (
            self.tr("Model"),
            self.tr("Input"),
            self.tr("Classes"),
            self.tr("On this computer"),
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        return self._titles[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(self.entries[index.row()])[index.column()]
        return None

    def _texts(self, entry: Entry) -> tuple[str, str, str, str]:
        height, width = entry.input_size
        size = self.tr("{0} MB").format(f"{entry.file_size / 1e6:.0f}") if entry.file_size else ""
        return (
            entry.name,
            f"{width} × {height}",
            f"{entry.classes:,}" if entry.classes else self.tr("features"),
            f"✓ {size}" if entry.file else "",
        )


class _Found(QSortFilterProxyModel):
    """The models whose names have all the words that were typed."""

    def __init__(self, models: _Models, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries = models.entries
        self._words: list[str] = []
        self._only_here = False
        self.setSourceModel(models)

    def search(self, text: str, only_here: bool) -> None:
        self._words = text.lower().split()
        self._only_here = only_here
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        entry = self._entries[row]
        here = entry.file is not None or not self._only_here
        return here and all(word in entry.name.lower() for word in self._words)

    def entry(self, index: Index) -> Entry:
        return self._entries[self.mapToSource(index).row()]


class ModelDialog(Dialog):
    """Choose a model by name, and for trials its input size or random weights."""

    chosen = Signal(Weights)

    def __init__(self, wanted: Weights, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Choose model"), parent)
        self._wanted = wanted
        self._found: _Found | None = None
        self._build()
        self._arrange()
        self._connect()

    def _build(self) -> None:
        self._search = QLineEdit(clearButtonEnabled=True)
        self._search.setPlaceholderText(self.tr("Search models…"))
        self._search.setAccessibleName(self.tr("Search models"))
        self._only_here = QCheckBox(self.tr("Only those on this computer"))
        self._list = QTreeView(rootIsDecorated=False, uniformRowHeights=True)
        self._list.setAccessibleName(self.tr("Models"))
        self._list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._instead = EmptyState()
        self._instead.setText(self.tr("Reading the list of models…"))
        self._count = QLabel()
        self._count.setProperty("quiet", True)
        self._size = ImageSizeField()
        self._random = QCheckBox(self.tr("Random weights, for trials"))

    def _arrange(self) -> None:
        self.column.addWidget(self._search)
        lists = QWidget()
        self._pages = QStackedLayout(lists)
        self._pages.addWidget(self._instead)
        self._pages.addWidget(self._list)
        self.column.addWidget(lists, 1)
        form = QFormLayout()
        form.addRow(self._count, self._only_here)
        form.addRow(self.tr("Input size"), self._size)
        form.addRow("", self._random)
        self.column.addLayout(form)
        self.add_buttons(
            QDialogButtonBox.StandardButton.Open, QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self._open.setEnabled(False)
        self.resize(680, 560)

    def _connect(self) -> None:
        self._search.textChanged.connect(self._filter)
        self._only_here.toggled.connect(self._filter)
        self._size.textChanged.connect(self._check)
        self._list.doubleClicked.connect(self.accept)

    def show_models(self, entries: list[Entry]) -> None:
        """Show the list once it is read, with the wanted model chosen."""
        models = _Models(entries, self)
        self._found = _Found(models, self)
        self._list.setModel(self._found)
        header = self._list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._list.selectionModel().currentChanged.connect(self._check)
        self._filter()
        self._choose(self._wanted.name)

    def show_problem(self, error: ExplorerError) -> None:
        self._instead.setText(str(error))
        self._pages.setCurrentWidget(self._instead)

    def _choose(self, name: str) -> None:
        """Make a model the current one; a name without a tag means its first entry."""
        assert self._found is not None
        for row in range(self._found.rowCount()):
            index = self._found.index(row, 0)
            entry = self._found.entry(index)
            if entry.name == name or entry.name.partition(".")[0] == name:
                self._list.setCurrentIndex(index)
                self._list.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
                return

    def _filter(self) -> None:
        if self._found is None:
            return
        self._found.search(self._search.text(), self._only_here.isChecked())
        count = self._found.rowCount()
        self._count.setText(self.tr("{0} models").format(count))
        self._instead.setText(self.tr("No model has a name like that."))
        self._pages.setCurrentWidget(self._list if count else self._instead)
        if count and not self._list.currentIndex().isValid():
            self._list.setCurrentIndex(self._found.index(0, 0))
        self._check()

    def _check(self) -> None:
        self._open.setEnabled(self._list.currentIndex().isValid() and self._size.is_valid())

    def accept(self) -> None:
        if self._found is None or not self._open.isEnabled():
            return
        weights = Weights(
            name=self._found.entry(self._list.currentIndex()).name,
            random=self._random.isChecked(),
            image_size=self._size.size_chosen(),
        )
        super().accept()
        self.chosen.emit(weights)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that move in a list move in it also while somebody types."""
        if event.key() in _KEYS_FOR_LIST:
            self._list.event(event)
        else:
            super().keyPressEvent(event)
