"""Draw pictures whose truth is known, as many as wanted, each exactly reproducible from a seed.

    scenes OUT --count 5000 --seed 1

A scene has one to four things, such as a small striped red umbrella to the left of a blue house.
OUT can be opened in the window, trained on, and holds:
  000000.jpg …     the pictures
  labels.csv       filename,label: the kind of the thing that most is seen of, by far
  captions.json    five captions a picture, as COCO has them
  scenes.json      all that is true: of each thing the kind, colour, pattern, size, angle and box
                   (left, top, right, bottom of what is seen, in pixels), from back to front; which
                   one is the main thing; and how they stand to each other: [0, "left", 1] is
                   “the first to the left of the second”
  masks.zip        000000.png …: 0 the ground, 1 the first thing, 2 the second …; packed, because
                   in a folder they would pass for pictures

Scene 7 of seed 1 is the same whatever --count is, and at another --size it shows the same.

Exit code: 0 the scenes were written, 2 it cannot be done as asked, 130 stopped by Ctrl-C. OUT
appears whole, at the end, or not at all.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..errors import Cancelled
from ..scenes.folder import Wish, refuse, write_scenes
from .shared.arguments import count
from .shared.progress import bar_of_pictures

_SMALLEST, _LARGEST = 32, 2048  # pixels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `scenes` takes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    add = parser.add_argument
    add("out", type=Path, metavar="OUT", help="a folder that is not there yet, or is empty")
    add("--count", type=count, default=5000, metavar="N", help="how many scenes (%(default)s)")
    add("--seed", type=_seed, default=1, help="another one, other scenes (%(default)s)")
    add("--size", type=_size, default=384, help="pixels a side (%(default)s)")
    add("--workers", type=count, default=cores or 1, help="processes that draw (%(default)s)")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 0 on")
    return int(text)


def _size(text: str) -> int:
    size = count(text)
    if not _SMALLEST <= size <= _LARGEST:
        reason = f"“{text}” does not lie between {_SMALLEST} and {_LARGEST}"
        raise argparse.ArgumentTypeError(reason)
    return size


def run(arguments: argparse.Namespace) -> int:
    """Draw, write, and say what was written."""
    refuse(arguments.out)
    wish = Wish(arguments.count, arguments.seed, arguments.size)
    with bar_of_pictures(wish.count) as bar:
        try:
            write_scenes(arguments.out, wish, arguments.workers, bar.update)
        except KeyboardInterrupt:
            done = f"stopped after {bar.n:,} of {wish.count:,} scenes"
            raise Cancelled(f"{done}; {arguments.out} is not written.") from None
    print(f"Wrote {wish.count:,} scenes of seed {wish.seed} to {arguments.out}.", file=sys.stderr)
    return 0
