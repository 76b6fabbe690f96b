"""What stands where there is nothing to show yet."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from ...records import Trace
from ..state import State


class EmptyState(QLabel):
    """One quiet sentence in the middle of an empty panel."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("quiet", True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMargin(16)
        # The sentence fits itself into the panel; the panel never moves for a sentence.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)


def why_empty(state: State) -> str:
    """Why there is no trace, for a panel that shows one."""
    if state.path is None:
        return QCoreApplication.translate("EmptyState", "Choose a picture to look at.")
    if state.picture_problem is not None:
        return QCoreApplication.translate("EmptyState", "This picture cannot be shown.")
    if state.model_problem is not None:
        return QCoreApplication.translate("EmptyState", "No model is loaded.")
    if state.trace_problem is not None:
        return QCoreApplication.translate("EmptyState", "The model could not trace this picture.")
    return QCoreApplication.translate("EmptyState", "Looking at the picture…")


def trace_to_show(shown: Trace | None, old: State, new: State) -> Trace | None:
    """The state's trace; while the next one is computed, the `shown` one of the same model.

    So a panel stays calm from one picture to the next.
    """
    problem = new.picture_problem or new.model_problem or new.trace_problem
    waits = new.path is not None and problem is None and new.model is old.model
    return new.trace or (shown if waits else None)
