"""What a run is called, and whose attention it keeps after each epoch."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ....images.reading import SUFFIXES
from ...parts.elided_label import ElidedLabel
from .draft import RecipeDraft
from .titles import quiet

_PROBE = ("probe",)


class RunRow(QWidget):
    """The name stays as somebody typed it; else it is a free one, after the recipe's."""

    changed = Signal()  # the name

    def __init__(self, draft: RecipeDraft) -> None:
        super().__init__()
        self._draft = draft
        self._picture: Path | None = None  # that is open
        self._is_typed = False
        self._build()
        self._arrange()
        self._name.textEdited.connect(self._note_typing)
        draft.changed.connect(self.display)
        self.display()

    def _build(self) -> None:
        self._name = QLineEdit()
        self._name.setAccessibleName(self.tr("Name of the run"))
        self._name.setToolTip(self.tr("Its folder will be called so"))
        self._probe = ElidedLabel()
        self._probe.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._change = QToolButton()
        self._change.setText(self.tr("Change"))
        self._change.setAccessibleName(self.tr("Change the probe picture"))
        self._change.setToolTip(
            self.tr("The picture whose attention is kept after each epoch, to be played later")
        )
        self._change.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._change)
        menu.addAction(self.tr("The &first validation picture"), lambda: self._choose(None))
        self._open_one = menu.addAction("", lambda: self._choose(self._picture))
        menu.addAction(self.tr("&Choose a picture…"), self._ask)
        self._change.setMenu(menu)

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(6)
        probe = QWidget()
        row = QHBoxLayout(probe)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._probe, 1)
        row.addWidget(self._change)
        form.addRow(quiet(self.tr("Run's name"), self._name), self._name)
        form.addRow(quiet(self.tr("Probe picture"), self._change), probe)

    @property
    def name(self) -> str:
        return self._name.text()

    def offer_name(self, name: str) -> None:
        """Show a free name, where nobody has typed one."""
        if not self._is_typed:
            self._name.setText(name)
            self.changed.emit()

    def ask_again(self) -> None:
        """Have another name typed: this one is taken, or cannot be."""
        self._name.setFocus()
        self._name.selectAll()

    def offer_picture(self, path: Path | None) -> None:
        """Offer the picture that is open."""
        self._picture = path
        self._open_one.setVisible(path is not None)
        if path is not None:
            shown = path.name.replace("&", "&&")
            self._open_one.setText(self.tr("The &open picture: {0}").format(shown))

    def display(self) -> None:
        probe = self._draft.text(_PROBE)
        self._probe.setText(Path(probe).name if probe else self.tr("the first validation picture"))

    def _note_typing(self) -> None:
        self._is_typed = bool(self._name.text())
        self.changed.emit()

    def _choose(self, path: Path | None) -> None:
        self._draft.type(_PROBE, str(path) if path else "")

    def _ask(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        start = self._picture.parent if self._picture else Path.home()
        chosen, _ = QFileDialog.getOpenFileName(
            self, self.tr("Probe picture"), str(start), self.tr("Pictures") + f" ({kinds})"
        )
        if chosen:
            self._choose(Path(chosen))
