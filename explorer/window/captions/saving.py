"""A caption's strip as a picture file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from ...errors import ExplorerError
from ...explain.word_figure import FigureLook, word_figure
from ...records import Caption, Picture, WordQuery
from ..state import Overlay
from .sentences import tr


def ask_for_file(picture: Path | None, parent: QWidget) -> Path | None:
    """Where somebody wants to save; None where nowhere. `picture` is the described one's path."""
    place = picture.with_name(f"{picture.stem}-caption.png") if picture else Path("caption.png")
    title, kinds = tr("Save strip as picture"), tr("PNG pictures") + " (*.png)"
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(place), kinds)
    if not chosen:
        return None
    return Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.png")


def save_strip(
    file: Path, picture: Picture, caption: Caption, words: WordQuery, overlay: Overlay
) -> None:
    """Write the figure of a caption as PNG; raises ExplorerError where that cannot be done."""
    look = FigureLook(overlay.colormap, overlay.opacity, overlay.smooth, overlay.shared_scale)
    figure = word_figure(picture, caption, words, look)
    try:
        figure.save(file, format="PNG")
    except OSError as error:
        raise ExplorerError(
            tr("{0} cannot be written: {1}.").format(file.name, error.strerror or error),
            hint=tr("Choose another place."),
        ) from error
