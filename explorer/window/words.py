"""Words of the field, as the window writes them."""

from PySide6.QtCore import QCoreApplication

from ..records import Framing


def framed(framing: Framing) -> str:
    """What a framing did to a picture."""
    words = {"squash": tr("squashed"), "crop": tr("cropped"), "pad": tr("padded")}
    return words[framing]


def tr(text: str) -> str:
    return QCoreApplication.translate("Words", text)
