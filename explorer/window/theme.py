"""Light and dark: two sets of colours, one style sheet.

Panels need only QPalette's roles, read when they paint; `colors()` names the rest. The roles:
Window and Base are grounds, Text is text, PlaceholderText is quiet text, Mid a hairline,
Highlight the accent.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Literal, get_args

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from .. import paths

Choice = Literal["system", "light", "dark"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
TEXT_PIXELS = 13


@dataclass(frozen=True)
class Colors:
    """Colours as “#rrggbb”; text keeps a contrast of 4.5 : 1 to every ground it stands on."""

    name: Literal["light", "dark"]
    window: str  # the ground of everything
    field: str  # text fields, buttons
    hovered: str  # a button or row under the mouse
    hairline: str
    text: str
    quiet: str  # labels and notes
    disabled: str
    accent: str
    on_accent: str  # text on the accent
    selected: str  # the ground of a chosen row
    problem: str  # the bar that tells an error


DARK = Colors(
    name="dark",
    window="#181a1e",
    field="#202328",
    hovered="#2a2e34",
    hairline="#2c3036",
    text="#e8eaed",
    quiet="#9aa0a8",
    disabled="#5c6169",
    accent="#4fc3a1",
    on_accent="#0e1512",
    selected="#24423a",
    problem="#f0a860",
)
LIGHT = Colors(
    name="light",
    window="#f3f4f6",
    field="#ffffff",
    hovered="#e6e8ec",
    hairline="#d9dce1",
    text="#1b1d21",
    quiet="#5b616b",
    disabled="#a3a8b0",
    accent="#0f7f5f",
    on_accent="#ffffff",
    selected="#cfe6de",
    problem="#a3540a",
)


def colors() -> Colors:
    """The colours in use; ask again when a palette change is announced."""
    return DARK if QApplication.palette().window().color().lightness() < 128 else LIGHT


def palette(colors: Colors) -> QPalette:
    """Qt's roles for a set of colours."""
    role = QPalette.ColorRole
    made = QPalette(QColor(colors.field), QColor(colors.window))
    for name, color in {
        role.Window: colors.window,
        role.Base: colors.field,
        role.AlternateBase: colors.window,
        role.Button: colors.field,
        role.ToolTipBase: colors.field,
        role.Text: colors.text,
        role.WindowText: colors.text,
        role.ButtonText: colors.text,
        role.BrightText: colors.text,
        role.ToolTipText: colors.text,
        role.PlaceholderText: colors.quiet,
        role.Mid: colors.hairline,
        role.Midlight: colors.hovered,
        role.Dark: colors.hairline,
        role.Light: colors.hovered,
        role.Shadow: colors.hairline,
        role.Highlight: colors.accent,
        role.HighlightedText: colors.on_accent,
        role.Accent: colors.accent,
        role.Link: colors.accent,
        role.LinkVisited: colors.accent,
    }.items():
        made.setColor(name, QColor(color))
    for name in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, name, QColor(colors.disabled))
    return made


def style_sheet(colors: Colors) -> str:
    """The style sheet, `resources/style.qss`, with this set's colours filled in."""
    icons = (paths.resources() / "icons").as_posix()
    template = (paths.resources() / "style.qss").read_text(encoding="utf-8")
    return Template(template).substitute(vars(colors), icons=icons)


class Theme(QObject):
    """Dresses the application: as the system is, or as chosen; at once, without a restart."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: Choice = "system") -> None:
        super().__init__(app)
        self._app = app
        self._choice: Choice = choice
        self._worn: Colors | None = None
        app.setStyle("Fusion")
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setPixelSize(TEXT_PIXELS)
        app.setFont(font)
        app.styleHints().colorSchemeChanged.connect(self._dress)
        self.choose(choice)

    @property
    def choice(self) -> Choice:
        return self._choice

    def choose(self, choice: Choice) -> None:
        """Wear light, dark, or what the system wears."""
        self._choice = choice
        hints = self._app.styleHints()  # told, so that the frames of windows follow as well
        if choice == "system":
            hints.unsetColorScheme()
        else:
            dark = choice == "dark"
            hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)
        self._dress()

    def _wanted(self) -> Colors:
        if self._choice != "system":
            return DARK if self._choice == "dark" else LIGHT
        dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT

    def _dress(self) -> None:
        wanted = self._wanted()
        if wanted is self._worn:
            return
        self._worn = wanted
        self._app.setPalette(palette(wanted))
        self._app.setStyleSheet(style_sheet(wanted))
        self.changed.emit()
