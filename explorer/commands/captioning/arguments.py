"""What `caption` takes, and what it means."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from ...errors import ExplorerError
from ...explain.word_figure import FigureLook
from ...images import colormaps
from ...records import DEFAULT_CAPTIONER, CaptionerInfo, Row, WordQuery, Writing
from ..shared.arguments import add_device, add_pictures, count, number

WIDTHS = 400, 10_000  # least and most pixels of a figure
_TOGETHER = ("mean", "minimum", "maximum")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `caption` takes."""
    add_pictures(parser)
    _add_output(parser.add_argument_group("output"))
    _add_captioner(parser.add_argument_group("captioner"))
    _add_writing(parser.add_argument_group("writing"))
    _add_maps(parser.add_argument_group("maps"))
    _add_look(parser.add_argument_group("figures"))


def _add_output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--out", type=Path, required=True, metavar="FOLDER", help="is made where it is not there")
    add("--no-figures", action="store_true", help="write captions only")
    again = group.add_mutually_exclusive_group()
    again.add_argument("--overwrite", action="store_true", help="replace what is there")
    again.add_argument("--resume", action="store_true", help="keep it; describe what is missing")


def _add_captioner(group: argparse._ArgumentGroup) -> None:
    add, usual = group.add_argument, DEFAULT_CAPTIONER.name
    add("--captioner", metavar="NAME", default=usual, help="a published one (%(default)s)")
    add("--weights", metavar="FILE", help="a checkpoint instead")
    add("--vocabulary", metavar="FILE", help="its tokens (beside the weights, or the usual ones)")
    add("--heads", type=count, metavar="N", help="heads per layer, where the checkpoint cannot say")
    dilation = "whether its last convolutions are dilated, where the checkpoint cannot say"
    add("--dilation", action=argparse.BooleanOptionalAction, help=dilation)
    add_device(group)


def _add_writing(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--begin", metavar="WORDS", help="how each caption begins, such as 'a photo of'")
    add("--max-tokens", type=count, metavar="N", help="the end included (as many as it can)")
    add("--beams", type=count, default=1, metavar="N", help="sentences kept at once (%(default)s)")
    penalty = "beams compete by log probability / length ** X (%(default)s)"
    add("--length-penalty", type=number, default=1.0, metavar="X", help=penalty)
    add("--temperature", type=number, metavar="X", help="of chance (none: the likeliest words)")
    add("--seed", type=int, default=0, metavar="N", help="of chance (%(default)s)")


def _add_maps(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    rows = "of attention: that which chose the word, or that which stands on it (%(default)s)"
    add("--row", choices=get_args(Row), default="chose", help=rows)
    layer = "its number from 1 on, or mean, minimum or maximum of all (the last)"
    add("--layer", type=_one_or_all, metavar="N", help=layer)
    head = "its number from 1 on, or mean, minimum or maximum of all (%(default)s)"
    add("--head", type=_one_or_all, default="mean", metavar="N", help=head)
    add("--by-piece", action="store_true", help="each piece of a word by itself")
    add("--with-ends", action="store_true", help="the begin and end tokens, too")


def _add_look(group: argparse._ArgumentGroup) -> None:
    add, usual = group.add_argument, FigureLook()
    add("--colors", choices=colormaps.NAMES, default=usual.colormap, help="(%(default)s)")
    add(
        "--opacity",
        type=_share,
        metavar="X",
        default=usual.opacity,
        help="of maps, 0 to 1 (%(default)s)",
    )
    add("--exact", action="store_true", help="each cell as it is, not smooth")
    add("--shared-scale", action="store_true", help="one scale for all words, to compare them")
    width = "pixels of a figure (%(default)s)"
    add("--width", type=_width, default=usual.width, metavar="N", help=width)


def _share(text: str) -> float:
    share = number(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 0 to 1")
    return share


def _width(text: str) -> int:
    width = count(text)
    if not WIDTHS[0] <= width <= WIDTHS[1]:
        limits = "{:,} to {:,}".format(*WIDTHS)
        raise argparse.ArgumentTypeError(f"“{text}” is no number from {limits}")
    return width


def _one_or_all(text: str) -> Any:
    return text if text in _TOGETHER else count(text)


def writing_of(arguments: argparse.Namespace) -> Writing:
    """How words are to be chosen; raises ExplorerError where that makes no sense."""
    writing = Writing(
        beams=arguments.beams,
        length_penalty=arguments.length_penalty,
        temperature=arguments.temperature,
        seed=arguments.seed,
        max_tokens=arguments.max_tokens,
    )
    writing.check()
    return writing


def query_of(arguments: argparse.Namespace, info: CaptionerInfo) -> WordQuery:
    """Which maps are to be drawn; raises ExplorerError where a captioner has no such ones."""
    return WordQuery(
        layer=_place(arguments.layer or info.layers, info.layers, "layer"),
        head=_place(arguments.head, info.heads, "head"),
        row=arguments.row,
        by_piece=arguments.by_piece,
        with_ends=arguments.with_ends,
    )


def _place(asked: Any, among: int, thing: str) -> Any:
    """A layer or head as records count it, from 0."""
    if asked in _TOGETHER:
        return asked
    if asked > among:
        raise ExplorerError(
            f"There is no {thing} {asked}.",
            hint=f"This captioner has {among}; or ask for mean, minimum or maximum.",
        )
    return asked - 1


def look_of(arguments: argparse.Namespace) -> FigureLook:
    """How figures are to be painted."""
    return FigureLook(
        colormap=arguments.colors,
        opacity=arguments.opacity,
        smooth=not arguments.exact,
        shared_scale=arguments.shared_scale,
        width=arguments.width,
    )
