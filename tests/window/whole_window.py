"""The whole window: what begins, ends and activates it in tests."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from explorer.window.controller import Controller
from explorer.window.main_window import MainWindow


def end_program(window: MainWindow, controller: Controller) -> None:
    """Close a window as the program's end does."""
    window.close()
    controller.close()
    QApplication.instance().aboutToQuit.emit()  # panels end their threads then
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def activate(window: MainWindow, qtbot) -> None:
    """Have the window hear its shortcuts, also where no window manager gives it the keyboard."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
