"""Names of what the dialog asks for."""

from PySide6.QtWidgets import QLabel, QWidget

WIDTH = 58  # pixels that a title takes at least, so that what stands behind them begins alike


def title(text: str) -> QLabel:
    """The name of a part."""
    label = QLabel(text)
    label.setProperty("strong", True)
    label.setMinimumWidth(WIDTH)
    return label


def quiet(text: str, buddy: QWidget | None = None) -> QLabel:
    """The name of a field."""
    label = QLabel(text)
    label.setProperty("quiet", True)
    if buddy is not None:
        label.setBuddy(buddy)
    return label
