"""Words of the field, as the window writes them."""

from PySide6.QtCore import QCoreApplication

from ..records import CaptionerWeights, Framing, ModelInfo, Patch, Weights


def framed(framing: Framing) -> str:
    """What a framing did to a picture."""
    words = {"squash": tr("squashed"), "crop": tr("cropped"), "pad": tr("padded")}
    return words[framing]


def name_patch(patch: Patch) -> str:
    """“row 10, column 15”: places count from 1 where people read them."""
    return tr("row {0}, column {1}").format(patch[0] + 1, patch[1] + 1)


def name_model(wanted: Weights, model: ModelInfo | None) -> str:
    """A model by its file, where somebody opened one; else by its architecture's name.

    A run's checkpoints are all called alike: they bear the run's name.
    """
    if wanted.file is not None:
        stem, folder = wanted.file.stem, wanted.file.parent.name
        return f"{folder}/{stem}" if stem in ("best", "last") else wanted.file.name
    return model.name if model is not None else wanted.name


def name_captioner(wanted: CaptionerWeights) -> str:
    """A captioner by its file, where somebody opened one; else by its published name."""
    return wanted.file.name if wanted.file is not None else wanted.name


def name_size(size: int) -> str:
    """“346 MB”, “4.5 GB”: a number of bytes, in powers of ten, as people read it."""
    if size >= 1e9:
        return tr("{0} GB").format(f"{size / 1e9:.1f}")
    digits = 0 if size >= 1e7 else 1
    return tr("{0} MB").format(f"{size / 1e6:.{digits}f}")


def name_duration(seconds: float) -> str:
    """“8 s”, “4 min”, “2 h 10 min”, “3 days 4 h”: as exact as people want to know it."""
    if seconds < 59.5:
        return tr("{0} s").format(max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return tr("{0} min").format(minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _two(tr("{0} h").format(hours), tr("{0} min").format(minutes) if minutes else "")
    days, hours = divmod(round(seconds / 3600), 24)
    named = tr("1 day") if days == 1 else tr("{0} days").format(days)
    return _two(named, tr("{0} h").format(hours) if hours else "")


def _two(larger: str, smaller: str) -> str:
    return f"{larger} {smaller}".rstrip()


def tr(text: str) -> str:
    return QCoreApplication.translate("Words", text)
