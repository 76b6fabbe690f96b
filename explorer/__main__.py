"""The door: `main.py [FOLDER|PICTURE]` opens the window, `main.py COMMAND …` runs headless."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__, commands
from .errors import ExplorerError
from .records import Weights

CANNOT = 2  # the exit code where what was asked for cannot be


def main(argv: Sequence[str] | None = None) -> None:
    """Run the program, and exit with its code."""
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: Sequence[str]) -> int:
    """Do a command, or open the window; returns the exit code."""
    is_folder = len(argv) == 1 and Path(argv[0]).exists()  # that is called like a command
    if argv and argv[0] in commands.COMMANDS and not is_folder:
        return commands.run(argv)
    arguments = _parser().parse_args(argv)
    try:
        return _open_window(arguments)
    except ExplorerError as error:
        print(f"vit-explorer: {error}", file=sys.stderr)
        return CANNOT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vit-explorer",
        description="See what a vision transformer does with a picture.",
        epilog=f"Commands without the window: {', '.join(commands.COMMANDS)}; see COMMAND --help.",
    )
    parser.add_argument("path", nargs="?", type=Path, metavar="FOLDER|PICTURE", help="what to open")
    parser.add_argument("--model", metavar="NAME", help="a vision transformer of timm, by its name")
    parser.add_argument(
        "--weights", metavar="FILE", help="a checkpoint, its folder, or “random” for random weights"
    )
    parser.add_argument("--version", action="version", version=f"ViT Explorer {__version__}")
    return parser


def _open_window(arguments: argparse.Namespace) -> int:
    path = _there(arguments.path) if arguments.path else None
    weights = _weights(arguments.model, arguments.weights)
    _check_screen()
    _check_qt()
    from .window.app import open_window

    return open_window(path, weights)


def _check_screen() -> None:
    """Raise ExplorerError on Linux without a display server: Qt would abort the process."""
    ways = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(map(os.environ.get, ways)):
        raise ExplorerError(
            "The window cannot be opened here: there is no screen.",
            hint=f"Commands work without one: {', '.join(commands.COMMANDS)}.",
        )


def _check_qt() -> None:
    """Raise ExplorerError on a machine without the libraries that Qt needs, such as a server."""
    try:
        import PySide6.QtWidgets  # noqa: F401 - whether it can be imported is the question
    except ImportError as error:
        raise ExplorerError(
            f"The window cannot be opened here: {error}.",
            hint=f"Commands work without it: {', '.join(commands.COMMANDS)}.",
        ) from error


def _there(path: Path) -> Path:
    if not path.exists():
        raise ExplorerError(
            f"There is no folder or picture {path}.",
            hint=f"Commands are: {', '.join(commands.COMMANDS)}; see --help.",
        )
    return path.absolute()


def _weights(name: str | None, weights: str | None) -> Weights | None:
    """Which model the arguments ask for; None where they do not."""
    if name is None and weights is None:
        return None
    if weights == "random":
        if name is None:
            raise ExplorerError("Random weights of which model?", hint="Say it with --model NAME.")
        return Weights(name, random=True)
    file = _there(Path(weights)) if weights else None
    return Weights(name or "", file=file)


if __name__ == "__main__":
    main()
