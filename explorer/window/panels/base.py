"""What every panel is."""

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ..state import State, Wishes


class Panel(QWidget):
    """A dock's content: it shows a state and voices wishes.

    One file beside this one, with one subclass, is a new panel.
    """

    key: ClassVar[str]  # names the dock in the saved layout
    area: ClassVar[Qt.DockWidgetArea]
    in_background: ClassVar[bool] = False  # follows the state also while nobody sees it
    order: ClassVar[int] = 0  # from top to bottom in its area; equal orders are tabs of one place
    tab: ClassVar[int] = 0  # from left to right among the tabs of one place

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self.wishes = wishes

    def title(self) -> str:
        """The dock's title, translated."""
        raise NotImplementedError

    def corner(self) -> QWidget | None:
        """A small widget that stands at the right of the dock's title; None where there is none."""
        return None

    def keys(self) -> tuple[tuple[str, str], ...]:
        """Keys that this panel understands and what they do, translated, for Help > Keyboard."""
        return ()

    def display(self, old: State, new: State) -> None:
        """Move what moved between two states."""
        raise NotImplementedError
