"""Where resources, weights, caches, settings and the log lie: in a checkout or an installation."""

import os
import sys
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent
_DIRS = platformdirs.PlatformDirs("vit-explorer", appauthor=False)


def _in_checkout() -> bool:
    return (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "resources").is_dir()


def resources() -> Path:
    """Icons, styles, colour maps, class names: read only."""
    return _CHECKOUT / "resources" if _in_checkout() else _PACKAGE / "resources"


def weights() -> Path:
    """Checkpoints that ship, were downloaded or trained; `EXPLORER_WEIGHTS` moves it."""
    chosen = os.environ.get("EXPLORER_WEIGHTS")
    if chosen:
        return Path(chosen)
    return _CHECKOUT / "weights" if _in_checkout() else _DIRS.user_data_path / "weights"


def runs() -> Path:
    """Trainings, a folder each; `EXPLORER_RUNS` moves it."""
    chosen = os.environ.get("EXPLORER_RUNS")
    if chosen:
        return Path(chosen)
    return _CHECKOUT / "runs" if _in_checkout() else _DIRS.user_data_path / "runs"


def program() -> list[str]:
    """What starts this program once more, from whatever folder: the beginning of a command line."""
    door = [str(_CHECKOUT / "main.py")] if _in_checkout() else ["-m", __package__]
    return [sys.executable, *door]


def cache() -> Path:
    """What can be made again: thumbnails; `EXPLORER_CACHE` moves it."""
    chosen = os.environ.get("EXPLORER_CACHE")
    return Path(chosen) if chosen else _DIRS.user_cache_path


def settings_file() -> Path:
    """What lasts between starts; `EXPLORER_SETTINGS` moves it."""
    chosen = os.environ.get("EXPLORER_SETTINGS")
    return Path(chosen) if chosen else _DIRS.user_config_path / "settings.ini"


def log_file() -> Path:
    """The rotating log, beside nothing that is lost with it."""
    chosen = os.environ.get("EXPLORER_LOG")
    return Path(chosen) if chosen else _DIRS.user_log_path / "vit-explorer.log"
