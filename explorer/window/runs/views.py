"""What can be shown of runs."""

from __future__ import annotations

from typing import Literal

from .translation import tr

View = Literal["accuracy", "loss", "learning rate", "pictures", "attention", "table"]
CURVES: tuple[View, ...] = ("accuracy", "loss", "learning rate")
DETAILS: tuple[View, ...] = ("attention", "pictures")
VIEWS: tuple[View, ...] = (*CURVES, *DETAILS, "table")


def names_of_views() -> dict[str, str]:
    """What each is called."""
    return {
        "accuracy": tr("Accuracy"),
        "loss": tr("Loss"),
        "learning rate": tr("Learning rate"),
        "attention": tr("Attention by epoch"),
        "pictures": tr("Augmented pictures"),
        "table": tr("All runs"),
    }
