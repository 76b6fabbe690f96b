"""Light and dark: readable, complete, and changed while the program runs."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication, QLabel

from explorer.window import theme
from explorer.window.theme import DARK, LIGHT, Colors, Theme


@pytest.fixture
def dressed(qapp):
    """A theme that is taken off again."""
    sheet, palette, font = qapp.styleSheet(), qapp.palette(), qapp.font()
    made = Theme(qapp)
    yield made
    made.deleteLater()
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setFont(font)


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [part / 255 for part in QColor(color).getRgb()[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=lambda colors: colors.name)
def test_text_can_be_read(colors: Colors):
    """Every text keeps 4.5 : 1 to every ground it stands on, the accent 3 : 1."""
    for ground in (colors.window, colors.field, colors.hovered, colors.selected):
        assert contrast(colors.text, ground) >= 4.5
    for ground in (colors.window, colors.field):
        assert contrast(colors.quiet, ground) >= 4.5
        assert contrast(colors.problem, ground) >= 4.5
        assert contrast(colors.accent, ground) >= 3
    assert contrast(colors.on_accent, colors.accent) >= 4.5


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=lambda colors: colors.name)
def test_sheet_is_complete(colors: Colors):
    """No name is left unfilled, and every icon it names is there."""
    sheet = theme.style_sheet(colors)
    assert "$" not in sheet.partition("*/")[2]
    icons = [part.partition('"')[0] for part in sheet.split('url("')[1:]]
    assert icons
    assert all(theme.paths.Path(icon).is_file() for icon in icons)


def test_chosen_without_a_restart(dressed, qtbot):
    """A widget on screen changes its colours when another theme is chosen."""
    label = QLabel("text")
    qtbot.addWidget(label)
    label.show()
    for choice, colors in (("dark", DARK), ("light", LIGHT)):
        dressed.choose(choice)
        assert theme.colors() is colors
        assert label.palette().color(QPalette.ColorRole.Window).name() == colors.window
        assert label.palette().color(QPalette.ColorRole.Highlight).name() == colors.accent


def test_says_when_it_changed(dressed, qtbot):
    """Once for a change, never for a choice that moves nothing."""
    dressed.choose("light")
    with qtbot.waitSignal(dressed.changed):
        dressed.choose("dark")
    with qtbot.assertNotEmitted(dressed.changed):
        dressed.choose("dark")


def test_follows_the_system(dressed, qapp, monkeypatch):
    """When the system turns dark, so does the window, unless a theme was chosen."""
    hints = qapp.styleHints()
    monkeypatch.setattr(QStyleHints, "colorScheme", lambda _: Qt.ColorScheme.Dark)
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.colors() is DARK
    dressed.choose("light")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.colors() is LIGHT
    dressed.choose("system")
    assert theme.colors() is DARK


def test_text_size(dressed):
    """Text is 13 pixels high, whatever the system's points say."""
    assert QApplication.font().pixelSize() == theme.TEXT_PIXELS
