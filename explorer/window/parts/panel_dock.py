"""A dock around a panel, with a flat title that makes way for tabs."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QSizePolicy, QWidget

from ..panels.base import Panel
from ..state import State
from .flat_button import FlatButton

_ANY_HEIGHT = 16_777_215  # QWIDGETSIZE_MAX


class _Title(QWidget):
    """The panel's name, what it wants said beside it, and a button that closes it."""

    def __init__(self, dock: QDockWidget, corner: QWidget | None) -> None:
        super().__init__(dock)
        self.setObjectName("dock_title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._name = QLabel(dock.windowTitle())
        self._name.setProperty("strong", True)
        self._close = FlatButton("✕")
        self._close.setAccessibleName(self.tr("Close {0}").format(dock.windowTitle()))
        self._close.setToolTip(self.tr("Close; the View menu brings it back"))
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # by key, the View menu closes it
        self._close.clicked.connect(dock.close)
        self._corner = corner
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 4, 2)
        row.setSpacing(4)
        row.addWidget(self._name)
        if corner is None or not _takes_room(corner):
            row.addStretch(1)
        if corner is not None:
            row.addWidget(corner, 1 if _takes_room(corner) else 0)
        row.addWidget(self._close)

    def show_as_tab(self, tabbed: bool) -> None:
        """Leave name and closing to the tabs; only what is said beside the name stays."""
        self._name.setVisible(not tabbed)
        self._close.setVisible(not tabbed)
        is_empty = tabbed and self._corner is None
        self.setMaximumHeight(1 if is_empty else _ANY_HEIGHT)  # 1: the rule below the tabs


def _takes_room(corner: QWidget) -> bool:
    """Whether it wants all that is left beside the name, not only its hinted width."""
    return corner.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Expanding


class PanelDock(QDockWidget):
    """Movable and closable; named by its panel's key in the saved layout."""

    def __init__(self, panel: Panel, state: State) -> None:
        super().__init__(panel.title())
        self.panel = panel
        self._shown = state  # what the panel shows
        self._latest = state
        self._title = _Title(self, panel.corner())
        self.setObjectName(panel.key)
        self.setWidget(panel)
        self.setTitleBarWidget(self._title)
        self.visibilityChanged.connect(self._catch_up)

    def show_as_tab(self, tabbed: bool) -> None:
        """Leave the title to the tabs, or take it back."""
        self._title.show_as_tab(tabbed)

    def display(self, _old: State, new: State) -> None:
        """Pass a state on; a panel that nobody sees is shown only the last one, when seen."""
        self._latest = new
        if self.panel.in_background or self.panel.isVisible():
            self._catch_up()

    def _catch_up(self) -> None:
        if self.panel.in_background or self.panel.isVisible():
            old, self._shown = self._shown, self._latest
            if old is not self._latest:
                self.panel.display(old, self._latest)
