"""Dialogs that only tell: names and values in two columns."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from ... import __version__
from ...records import Decision, ModelInfo
from ..words import framed
from .base import Dialog

_PACKAGES = ("torch", "timm", "PySide6-Essentials", "numpy", "pillow")


class FactsDialog(Dialog):
    """A heading and a table of facts that can be copied."""

    def __init__(
        self,
        title: str,
        facts: Iterable[tuple[str, str]],
        parent: QWidget | None,
        heading: str = "",
    ) -> None:
        super().__init__(title, parent)
        if heading:
            self.column.addWidget(_label(heading))
        self.column.addWidget(_scrolling(_table(facts)), 1)
        self.add_buttons(QDialogButtonBox.StandardButton.Close)
        self.resize(460, min(560, self.sizeHint().height()))


def _table(facts: Iterable[tuple[str, str]]) -> QWidget:
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for row, (name, value) in enumerate(facts):
        quiet = QLabel(name)
        quiet.setProperty("quiet", True)
        grid.addWidget(quiet, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_label(value), row, 1)
    grid.setRowStretch(grid.rowCount(), 1)
    return table


class _Text(QLabel):
    """Text that may wrap; Qt's own asks for room as if it were narrow, and scrolls for nothing."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())


def _label(text: str) -> QLabel:
    label = _Text(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label


def _scrolling(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area


def tr(text: str) -> str:
    return QCoreApplication.translate("Facts", text)


def about(parent: QWidget | None) -> FactsDialog:
    """Help > About."""
    facts = [
        (tr("Version"), __version__),
        (tr("Licence"), "MIT"),
        ("Python", platform.python_version()),
        *((name, _version(name)) for name in _PACKAGES),
    ]
    heading = tr("ViT Explorer shows what a vision transformer does with a picture.")
    return FactsDialog(tr("About ViT Explorer"), facts, parent, heading)


def keyboard(keys: Iterable[tuple[str, str]], parent: QWidget | None) -> FactsDialog:
    """Help > Keyboard."""
    return FactsDialog(tr("Keyboard"), keys, parent)


def model_information(model: ModelInfo, parent: QWidget | None) -> FactsDialog:
    """Model > Information."""
    height, width = model.input_size
    grid = model.grid
    facts = [
        (tr("Weights"), model.source),
        (tr("Input"), tr("{0} × {1} pixels, {2}").format(width, height, framed(model.framing))),
        (tr("Patches"), tr("{0} rows × {1} columns").format(grid.rows, grid.columns)),
        (tr("Other tokens"), ", ".join(grid.prefix) or tr("none")),
        (tr("Layers × heads"), f"{model.layers} × {model.heads}"),
        (tr("Decision"), _decision(model.decision)),
        (tr("Classes"), _classes(model)),
        (tr("Parameters"), _millions(model.parameters)),
        *model.details,
        (tr("Runs on"), f"{model.device} · {model.precision}"),
    ]
    return FactsDialog(tr("Model information"), facts, parent, model.name)


def _decision(decision: Decision) -> str:
    return {
        "class token": tr("from the class token"),
        "mean of patches": tr("from the mean of the patches: the class token does not decide"),
        "pooling head": tr("by a pooling head that looks at the patches"),
    }[decision]


def _classes(model: ModelInfo) -> str:
    if model.classes == 0:
        return tr("none: it gives features")
    known = tr("{0}, with names") if model.labels else tr("{0}, without names")
    return known.format(f"{model.classes:,}")


def _millions(number: int) -> str:
    return tr("{0} million").format(f"{number / 1e6:.1f}") if number >= 1e5 else f"{number:,}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return tr("not found")
