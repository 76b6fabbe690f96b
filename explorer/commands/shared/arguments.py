"""Arguments that several commands take, and how what is typed is read."""

from __future__ import annotations

import argparse
import math


def add_pictures(parser: argparse.ArgumentParser) -> None:
    """Which pictures a command is about."""
    add = parser.add_argument
    add("pictures", nargs="+", metavar="PICTURE", help="a file, a folder or a pattern")
    add("--recursive", action="store_true", help="look into sub-folders, too")


def add_device(group: argparse._ArgumentGroup) -> None:
    """What computes."""
    group.add_argument("--device", default="auto", help="auto, cuda, mps or cpu (%(default)s)")


def count(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 1 on")
    return int(text)


def number(text: str) -> float:
    """A number, and not infinity."""
    try:
        read = float(text)
    except ValueError:
        read = math.nan
    if not math.isfinite(read):
        raise argparse.ArgumentTypeError(f"“{text}” is no number")
    return read


def numbers(text: str) -> tuple[float, ...]:
    """Several numbers, such as 0.5,0.5,0.5."""
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no list such as 0.5,0.5,0.5") from None
