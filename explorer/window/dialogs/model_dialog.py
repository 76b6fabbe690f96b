"""Model > Choose model: a list of the vision transformers that can be loaded by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QWidget

from ...errors import ExplorerError
from ...records import Weights
from ..worker import Task
from .entry_list import Column
from .image_size_field import ImageSizeField
from .list_dialog import Computes, ListDialog, told_download, told_here, told_place

if TYPE_CHECKING:
    from ...models.published.catalog import ModelEntry


def list_models(task: Task) -> list[ModelEntry]:
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


class ModelDialog(ListDialog["ModelEntry"]):
    """Choose a model by name, and for trials its input size or random weights."""

    chosen = Signal(Weights)

    def __init__(
        self, wanted: Weights, controller: Computes, parent: QWidget | None = None
    ) -> None:
        super().__init__(self.tr("Choose model"), wanted.name, list_models, controller, parent)
        self.resize_within_screen(880, 600)

    def columns(self) -> Sequence[Column[ModelEntry]]:
        return (
            Column(self.tr("Model"), lambda entry: entry.name, lambda entry: entry.name.lower()),
            Column(self.tr("Library"), lambda entry: entry.library, lambda entry: entry.library),
            Column(self.tr("Input"), _told_input, lambda entry: max(entry.input_size)),
            Column(self.tr("Classes"), self._told_classes, lambda entry: entry.classes),
            Column(self.tr("On this computer"), told_here, lambda entry: entry.size),
        )

    def _told_classes(self, entry: ModelEntry) -> str:
        return f"{entry.classes:,}" if entry.classes else self.tr("features")

    def _build(self) -> None:
        super()._build()
        self._sizes: dict[str, int] = {}  # of weights that are not here, by name
        self._list.setAccessibleName(self.tr("Models"))
        self._instead.setText(self.tr("Reading the list of models…"))
        self._search = QLineEdit(clearButtonEnabled=True)
        self._search.setPlaceholderText(self.tr("Search models and libraries…"))
        self._search.setAccessibleName(self.tr("Search models and libraries"))
        self._only_here = QCheckBox(self.tr("Only those on this computer"))
        self._count = QLabel()
        self._count.setProperty("quiet", True)
        self._size = ImageSizeField()
        self._random = QCheckBox(self.tr("Random weights, for trials"))

    def _arrange(self) -> None:
        self.column.addWidget(self._search)
        super()._arrange()
        form = QFormLayout()
        form.addRow(self._count, self._only_here)
        form.addRow(self.tr("Input size"), self._size)
        form.addRow("", self._random)
        self.column.addLayout(form)

    def _connect(self) -> None:
        super()._connect()
        self._search.textChanged.connect(self._refresh)
        self._only_here.toggled.connect(self._refresh)
        self._size.textChanged.connect(self._check)
        self._random.toggled.connect(self._show_current)

    def _wait_no_more(self) -> None:
        super()._wait_no_more()
        self._controller.forget("size")

    def _refresh(self) -> None:
        if self._entries is None:
            return
        self._entries.search(self._search.text(), self._only_here.isChecked())
        count = self._entries.rowCount()
        counted = self.tr("1 model") if count == 1 else self.tr("{0} models").format(count)
        self._count.setText(counted)
        self._instead.setText(self.tr("No model has a name like that."))
        super()._refresh()

    def _show_current(self) -> None:
        super()._show_current()
        entry = self._current()
        if entry and entry.address and entry.file is None and entry.name not in self._sizes:
            estimate = partial(estimate_size, entry.name)
            self._controller.compute("size", estimate, self._show_size, _not_told)

    def _show_size(self, estimated: tuple[str, int]) -> None:
        name, size = estimated
        self._sizes[name] = size
        entry = self._current()
        if entry and entry.name == name:
            self._source.setText(self.told_source(entry))

    def told_source(self, entry: ModelEntry) -> str:
        if self._random.isChecked():
            return self.tr("Made up: its maps and classes mean nothing. No file is read.")
        if entry.file is not None:
            return told_place(entry.file)
        if not entry.address:
            text = self.tr("{0} has no published weights of it: open a checkpoint of your own.")
            return text.format(entry.library)
        return told_download(entry, self._sizes.get(entry.name))

    def can_be_opened(self, entry: ModelEntry) -> bool:
        can_be_had = bool(entry.file or entry.address or self._random.isChecked())
        return can_be_had and self._size.is_valid()

    def choose(self, entry: ModelEntry) -> None:
        weights = Weights(
            name=entry.name,
            random=self._random.isChecked(),
            image_size=self._size.size_chosen(),
        )
        self.chosen.emit(weights)


def _told_input(entry: ModelEntry) -> str:
    height, width = entry.input_size
    return f"{width} × {height}"
