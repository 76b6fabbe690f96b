"""Panels, one file each; every `Panel` found here becomes a dock."""

import importlib
import pkgutil

from .base import Panel


def find_panels() -> list[type[Panel]]:
    """The panels of this folder, in the order in which their docks are made."""
    modules = [
        importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    ]
    found = [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Panel) and kind.__module__ == module.__name__
    ]
    places = {kind: (kind.order, kind.tab, kind.key) for kind in found if kind is not Panel}
    return sorted(places, key=places.__getitem__)
