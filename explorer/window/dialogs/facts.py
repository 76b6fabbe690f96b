"""Dialogs that only tell: names and values in two columns."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

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
from ...records import CaptionerInfo, Decision, ModelInfo
from ..words import framed
from .base import Dialog

_PACKAGES = ("torch", "timm", "PySide6-Essentials", "numpy", "pillow")


class Facts(NamedTuple):
    """What is told of one thing: names and values below a heading."""

    heading: str  # "" where the dialog's title says it
    values: Iterable[tuple[str, str]]


class FactsDialog(Dialog):
    """Headings and facts that can be copied."""

    def __init__(self, title: str, told: Iterable[Facts], parent: QWidget | None) -> None:
        super().__init__(title, parent)
        self.column.addWidget(_scrolling(_table(told)), 1)
        self.add_buttons(QDialogButtonBox.StandardButton.Close)
        self.resize(460, min(560, self.sizeHint().height()))


def _table(told: Iterable[Facts]) -> QWidget:
    """All facts in one grid, so that their names are equally wide."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for facts in told:
        _fill(grid, facts)
    grid.setRowStretch(grid.rowCount(), 1)
    return table


def _fill(grid: QGridLayout, facts: Facts) -> None:
    """Add facts below those that stand there, with their heading before them."""
    if facts.heading:
        heading = _label(facts.heading)
        heading.setProperty("strong", True)
        heading.setContentsMargins(0, 14 if grid.count() else 0, 0, 4)
        grid.addWidget(heading, grid.rowCount(), 0, 1, 2)
    for name, value in facts.values:
        row = grid.rowCount()
        quiet = QLabel(name)
        quiet.setProperty("quiet", True)
        grid.addWidget(quiet, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_label(value), row, 1)


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
    return FactsDialog(tr("About ViT Explorer"), [Facts(heading, facts)], parent)


def keyboard(keys: Iterable[tuple[str, str]], parent: QWidget | None) -> FactsDialog:
    """Help > Keyboard."""
    return FactsDialog(tr("Keyboard"), [Facts("", keys)], parent)


def information(
    model: ModelInfo | None, captioner: CaptionerInfo | None, parent: QWidget | None
) -> FactsDialog:
    """Model > Information, of what is loaded."""
    told = [
        *([_of_model(model)] if model is not None else []),
        *([_of_captioner(captioner)] if captioner is not None else []),
    ]
    return FactsDialog(tr("Information"), told, parent)


def _of_model(model: ModelInfo) -> Facts:
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
    return Facts(model.name, facts)


def _of_captioner(captioner: CaptionerInfo) -> Facts:
    facts = [
        (tr("Captioner"), captioner.library),
        (tr("Weights"), captioner.source),
        (
            tr("Layers × heads"),
            tr("{0} × {1} in its decoder").format(captioner.layers, captioner.heads),
        ),
        (tr("Vocabulary"), tr("{0} tokens").format(f"{captioner.vocabulary:,}")),
        (tr("Longest caption"), tr("{0} tokens").format(captioner.longest)),
        (tr("Parameters"), _millions(captioner.parameters)),
        *captioner.details,
        (tr("Runs on"), f"{captioner.device} · float32"),
    ]
    return Facts(captioner.name, facts)


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
