"""A text field for the size of a model's input."""

import re

from PySide6.QtWidgets import QLineEdit

_SIZE = re.compile(r"\s*(\d{1,4})\s*(?:[×xX*,]\s*(\d{1,4})\s*)?")


class ImageSizeField(QLineEdit):
    """“384”, or “240 × 320” for height × width; empty means the model's own."""

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(self.tr("the model's own"))
        self.setToolTip(self.tr("One number, or height × width; position embeddings are resampled"))
        self.setAccessibleName(self.tr("Input size in pixels"))

    def is_valid(self) -> bool:
        """Whether it is empty, or a size."""
        return not self.text().strip() or self.size_chosen() is not None

    def size_chosen(self) -> tuple[int, int] | None:
        """Height, width; None where it is empty, or no size."""
        match = _SIZE.fullmatch(self.text())
        if match is None:
            return None
        height, width = int(match[1]), int(match[2] or match[1])
        return (height, width) if height and width else None
