"""What the window can do, without it: one file beside this one is one command (a folder is none).

Its docstring is the command's help; `add_arguments(parser)` says what it takes, and
`run(arguments) -> int` does it and returns the exit code: 0 done, or a code of its own.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from ..errors import Cancelled, ExplorerError

COMMANDS = tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))

CANNOT = 2  # as argparse exits where it was called wrongly
STOPPED = 130  # as a shell says it of Ctrl-C


def run(argv: Sequence[str]) -> int:
    """Do the command that `argv` begins with, and return the exit code.

    Prints why where it cannot be done (2). Raises SystemExit as argparse does: 0 after --help,
    2 where it is called wrongly.
    """
    name, *rest = argv
    command = import_module(f".{name}", __name__)
    parser = argparse.ArgumentParser(
        prog=f"{_program()} {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    try:
        code: int = command.run(parser.parse_args(rest))
    except ExplorerError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return CANNOT
    except (KeyboardInterrupt, Cancelled) as stop:
        print(f"{parser.prog}: {str(stop) or 'stopped.'}", file=sys.stderr)
        return STOPPED
    return code


def _program() -> str:
    """What was typed to get here: `main.py`, `vit-explorer`."""
    typed = Path(sys.argv[0]).name
    return "python -m explorer" if typed == "__main__.py" else typed
