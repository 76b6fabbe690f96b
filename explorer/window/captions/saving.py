"""Where a caption's strip is to be saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from .sentences import tr


def ask_for_file(picture: Path | None, parent: QWidget) -> Path | None:
    """Where somebody wants to save; None where nowhere. `picture` is the described one's path."""
    place = picture.with_name(f"{picture.stem}-caption.png") if picture else Path("caption.png")
    title, kinds = tr("Save strip as picture"), tr("PNG pictures") + " (*.png)"
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(place), kinds)
    if not chosen:
        return None
    return Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.png")
