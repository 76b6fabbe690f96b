"""What can be opened: folders, pictures, models, checkpoints, captioners; each is asked for."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, SignalInstance
from PySide6.QtWidgets import QFileDialog, QWidget

from ..images.reading import SUFFIXES
from ..records import DEFAULT_CAPTIONER, Weights
from .controller import Controller
from .dialogs.captioner_dialog import CaptionerDialog
from .dialogs.checkpoint_dialog import CheckpointDialog
from .dialogs.model_dialog import ModelDialog
from .settings import Settings
from .state import Store, Wishes

CHECKPOINTS = (".safetensors", ".pth", ".pt", ".bin", ".npz", ".ckpt", ".tar")  # .pth.tar
CHECKPOINT_KINDS = " ".join(f"*{suffix}" for suffix in CHECKPOINTS)  # for file dialogs
IN_A_FOLDER = ("model.safetensors*", "pytorch_model.bin*")  # as Hugging Face saves models


class Openings(QObject):
    """Opens the dialogs that ask for something, and turns answers and paths into wishes."""

    def __init__(
        self,
        store: Store,
        wishes: Wishes,
        controller: Controller,
        settings: Settings,
        window: QWidget,  # above which the dialogs stand
    ) -> None:
        super().__init__(window)
        self._store = store
        self._wishes = wishes
        self._controller = controller
        self._settings = settings
        self._window = window
        wishes.folder_dialog_wished.connect(self.ask_for_folder)
        wishes.model_dialog_wished.connect(self.ask_for_model)
        wishes.checkpoint_dialog_wished.connect(self.ask_for_checkpoint)
        wishes.second_dialog_wished.connect(self.ask_for_second_model)
        wishes.second_checkpoint_dialog_wished.connect(self.ask_for_second_checkpoint)
        wishes.captioner_dialog_wished.connect(self.ask_for_captioner)

    def ask_for_folder(self) -> None:
        start = self._store.state.folder or Path.home()
        chosen = QFileDialog.getExistingDirectory(self._window, self.tr("Open folder"), str(start))
        if chosen:
            self.open_path(Path(chosen))

    def ask_for_picture(self) -> None:
        start = self._store.state.folder or Path.home()
        kinds = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Open picture"), str(start), self.tr("Pictures") + f" ({kinds})"
        )
        if chosen:
            self.open_path(Path(chosen))

    def open_path(self, path: Path) -> None:
        """Open a folder, a checkpoint or its folder, or a picture with its folder."""
        if _is_checkpoint(path):
            self.open_checkpoint(path)
        elif path.is_dir():
            self._wishes.folder_chosen.emit(path)
        else:
            self._wishes.folder_chosen.emit(path.parent)
            self._wishes.picture_chosen.emit(path, ())

    def ask_for_model(self) -> None:
        self._ask_for_model(self._store.state.wanted, self._wishes.weights_chosen)

    def ask_for_second_model(self) -> None:
        """Ask for a model to compare the first one with."""
        told = self._store.state.second or self._store.state
        dialog = self._ask_for_model(told.wanted, self._wishes.second_chosen)
        dialog.setWindowTitle(self.tr("Compare with model"))

    def _ask_for_model(self, wanted: Weights, chosen: SignalInstance) -> ModelDialog:
        dialog = ModelDialog(wanted, self._controller, self._window)
        dialog.chosen.connect(chosen)
        dialog.open()
        return dialog

    def ask_for_captioner(self) -> None:
        captioning = self._store.state.captioning
        wanted = captioning.wanted if captioning is not None else DEFAULT_CAPTIONER
        dialog = CaptionerDialog(wanted, self._controller, self._window)
        dialog.chosen.connect(self._wishes.captioner_chosen)
        dialog.checkpoint_wished.connect(self.ask_for_checkpoint)
        dialog.open()

    def ask_for_checkpoint(self) -> None:
        path = self._choose_checkpoint(self.tr("Open checkpoint"))
        if path is not None:
            self.open_checkpoint(path)

    def ask_for_second_checkpoint(self) -> None:
        """Ask for a checkpoint to compare the first model with."""
        path = self._choose_checkpoint(self.tr("Compare with checkpoint"))
        if path is not None:
            dialog = CheckpointDialog(path, self._controller, self._window, to_compare=True)
            dialog.chosen.connect(self._wishes.second_chosen)
            dialog.open()

    def _choose_checkpoint(self, title: str) -> Path | None:
        recent = self._settings.recent_checkpoints
        start = recent[0].file if recent else None
        chosen, _ = QFileDialog.getOpenFileName(
            self._window,
            title,
            str(start or Path.home()),
            self.tr("Checkpoints") + f" ({CHECKPOINT_KINDS})",
        )
        return Path(chosen) if chosen else None

    def open_checkpoint(self, path: Path) -> None:
        """Ask what the file cannot say, then load it: as a model, or as a captioner."""
        dialog = CheckpointDialog(path, self._controller, self._window)
        dialog.chosen.connect(self._wishes.weights_chosen)
        dialog.captioner_chosen.connect(self._wishes.captioner_chosen)
        dialog.open()


def _is_checkpoint(path: Path) -> bool:
    """Whether a path is a checkpoint's, or that of the folder of one."""
    if path.is_dir():
        return any(next(path.glob(name), None) for name in IN_A_FOLDER)
    return path.suffix.lower() in CHECKPOINTS
