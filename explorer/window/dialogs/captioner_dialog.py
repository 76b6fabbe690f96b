"""Model > Choose captioner: a list of the captioners that are published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QWidget

from ...records import CaptionerWeights
from ..words import name_size
from ..worker import Task
from .entry_list import Column
from .list_dialog import Computes, ListDialog, told_download, told_here, told_place

if TYPE_CHECKING:
    from ...models.published.captioner_list import CaptionerEntry


def list_captioners(task: Task) -> list[CaptionerEntry]:
    """Every captioner of the list; on a worker's thread, for it looks at the disk."""
    from ...models.published import captioner_list

    task.progress("Reading the list of captioners")
    return captioner_list.entries()


class CaptionerDialog(ListDialog["CaptionerEntry"]):
    """Choose a captioner by name, or go on to a file of one's own."""

    chosen = Signal(CaptionerWeights)
    checkpoint_wished = Signal()

    def __init__(
        self, wanted: CaptionerWeights, controller: Computes, parent: QWidget | None = None
    ) -> None:
        title = self.tr("Choose captioner")
        name = wanted.name if wanted.file is None else ""
        super().__init__(title, name, list_captioners, controller, parent)
        self.resize_within_screen(680, 340)

    def columns(self) -> Sequence[Column[CaptionerEntry]]:
        return (
            Column(
                self.tr("Captioner"), lambda entry: entry.name, lambda entry: entry.name.lower()
            ),
            Column(self.tr("Library"), lambda entry: entry.library, lambda entry: entry.library),
            Column(
                self.tr("Size"),
                lambda entry: name_size(entry.download),
                lambda entry: entry.download,
            ),
            Column(self.tr("On this computer"), told_here, lambda entry: entry.size),
        )

    def show_entries(self, entries: Sequence[CaptionerEntry]) -> None:
        super().show_entries(entries)
        self._list.setFocus()  # there is nothing to type into

    def _build(self) -> None:
        super()._build()
        self._list.setAccessibleName(self.tr("Captioners"))
        self._instead.setText(self.tr("Reading the list of captioners…"))
        self._checkpoint = QPushButton(self.tr("Open captioner checkpoint…"))
        self.buttons.addButton(self._checkpoint, QDialogButtonBox.ButtonRole.ResetRole)

    def _connect(self) -> None:
        super()._connect()
        self._checkpoint.clicked.connect(self._wish_checkpoint)

    def _wish_checkpoint(self) -> None:
        self.reject()
        self.checkpoint_wished.emit()

    def told_source(self, entry: CaptionerEntry) -> str:
        if entry.file is not None:
            return told_place(entry.file)
        return told_download(entry, entry.download)

    def can_be_opened(self, entry: CaptionerEntry) -> bool:
        """All can be had: who opens one that is not here is asked about the download."""
        return True

    def choose(self, entry: CaptionerEntry) -> None:
        self.chosen.emit(CaptionerWeights(entry.name))

    def goes_with(self, entry: CaptionerEntry) -> tuple[Path, ...]:
        assert self._entries is not None
        return entry.goes_with(self._entries.entries)
