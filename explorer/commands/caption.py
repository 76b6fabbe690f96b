"""Write a caption of each picture, and draw where the captioner looked for each word.

A picture is a file, a folder of pictures, or a pattern such as 'shots/*.jpg'. For bike.jpg, the
folder gets bike.png: the picture, then each word under its own map on it; and captions.jsonl gets
a line: filename, caption, words with their probabilities, tokens, and how it came about. Pictures
of the same name get figures with numbers. Layers and heads count from 1, as in the window.

Exit code: 0 captions were written (files that cannot be described are listed at the end), 1 no
picture could be described, 2 it cannot be done as asked, 130 stopped by Ctrl-C. Whatever is
finished by then is there, figures and lines whole, and --resume goes on from there.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from PIL.Image import Image

from ..errors import Cancelled, ExplorerError
from ..explain.word_figure import FigureLook, word_figure
from ..images.reading import read_picture
from ..records import Caption, CaptionerInfo, Picture, Word, WordQuery, Writing
from .captioning.arguments import add_arguments, look_of, query_of, writing_of
from .captioning.folder import CaptionFolder, Job
from .shared.json_lines import Record
from .shared.pictures import find_pictures, list_problems, locate, outside
from .shared.progress import bar_of_pictures, loading

if TYPE_CHECKING:
    from ..models.captions.captioner import Captioner

__all__ = ["add_arguments", "run"]


@dataclass(frozen=True)
class Wish:
    """What is to be done with each picture."""

    begin: str | None  # how its caption begins; None = as the captioner likes
    writing: Writing
    query: WordQuery
    look: FigureLook

    def said(self, info: CaptionerInfo) -> Record:
        """Who writes and how, for each line: the same in all of them."""
        layer, head = (
            which if isinstance(which, str) else which + 1
            for which in (self.query.layer, self.query.head)
        )
        maps = {"row": self.query.row, "layer": layer, "head": head}
        settings = {"begin": self.begin, **asdict(self.writing), **maps}
        return {"captioner": info.name, "source": info.source, "settings": settings}


def _load(arguments: argparse.Namespace) -> Captioner:
    from ..api import load_captioner  # here, because it brings torch: --help need not wait for that

    with loading() as progress:
        return load_captioner(
            arguments.captioner,
            arguments.weights,
            arguments.vocabulary,
            arguments.device,
            heads=arguments.heads,
            dilation=arguments.dilation,
            progress=progress,
        )


def _describe_all(
    captioner: Captioner, jobs: Sequence[Job], wish: Wish, folder: CaptionFolder
) -> list[str]:
    """Write what belongs to each picture; a sentence for each that cannot be described."""
    problems: list[str] = []
    with bar_of_pictures(len(jobs)) as bar:
        for done, job in enumerate(jobs):
            try:
                problem = _describe(captioner, job, wish, folder)
            except KeyboardInterrupt:
                raise Cancelled(_stopped(done, len(jobs), folder)) from None
            problems += [] if problem is None else [locate(problem, job.path)]
            bar.update()
    return problems


def _stopped(done: int, jobs: int, folder: CaptionFolder) -> str:
    rest = f"what is finished lies in {folder.path}, and --resume goes on from there."
    return f"stopped after {done:,} of {jobs:,} pictures; {rest}"


def _describe(
    captioner: Captioner, job: Job, wish: Wish, folder: CaptionFolder
) -> ExplorerError | None:
    """Write what belongs to a picture, or answer why it cannot be described.

    Raises ExplorerError where no picture could be: the wish makes no sense, the disk is full.
    """
    try:
        picture = read_picture(job.path)
        seen = captioner.look(picture)
    except ExplorerError as error:
        return error
    caption = captioner.describe(seen, given=wish.begin or (), **asdict(wish.writing))
    record = _record(job, caption) | wish.said(captioner.info)
    folder.add(record, _figure(job, picture, caption, wish))
    return None


def _figure(job: Job, picture: Picture, caption: Caption, wish: Wish) -> Image | None:
    if job.figure is None:
        return None
    return word_figure(picture, caption, wish.query, wish.look)


def _record(job: Job, caption: Caption) -> Record:
    """A picture's line."""
    return {
        "filename": job.name,
        "caption": caption.text,
        "words": [_word(word) for word in caption.words],
        "token_ids": caption.token_ids,
        "ended": caption.ended,
        "given": caption.given,
        "figure": job.figure,
        "path": os.path.abspath(job.path),
    }


def _word(word: Word) -> Record:
    probabilities = [float(f"{each:.6g}") for each in (word.probability, *word.probabilities)]
    return {
        "text": word.text,
        "probability": probabilities[0],
        "pieces": word.pieces,
        "probabilities": probabilities[1:],
    }


def _outcome(
    folder: CaptionFolder, jobs: Sequence[Job], problems: list[str], info: CaptionerInfo
) -> Iterator[str]:
    """What happened, in sentences."""
    written = len(jobs) - len(problems)
    if written:
        captions = "1 caption" if written == 1 else f"{written:,} captions"
        yield f"Wrote {captions} to {folder.captions}."
        yield f"{info.name} on {info.device}. {info.source}"
    else:
        yield "No picture could be described; nothing is written."
    yield from _name_apart(jobs)
    yield from list_problems(problems, "described")


def _name_apart(jobs: Sequence[Job]) -> Iterator[str]:
    """Which figures are called otherwise than their pictures."""
    for job in jobs:
        if job.figure is not None and job.figure != f"{job.path.stem}.png":
            yield f"The figure of {job.path} is {job.figure}."


def run(arguments: argparse.Namespace) -> int:
    """Describe, write, and list what could not be described."""
    writing = writing_of(arguments)
    folder = CaptionFolder(arguments.out, arguments.overwrite, arguments.resume)
    folder.open(arguments.pictures)
    paths = outside(find_pictures(arguments.pictures, arguments.recursive), folder.path)
    if not paths:
        print(f"There is no picture in {', '.join(arguments.pictures)}.", file=sys.stderr)
        return 1
    jobs = folder.jobs(paths, draws=not arguments.no_figures)
    if not jobs:
        print(f"{folder.captions} has a caption of each picture already.", file=sys.stderr)
        return 0
    captioner = _load(arguments)
    query = query_of(arguments, captioner.info)
    wish = Wish(arguments.begin, writing, query, look_of(arguments))
    folder.refuse_mixture(wish.said(captioner.info))
    problems = _describe_all(captioner, jobs, wish, folder)
    for line in _outcome(folder, jobs, problems, captioner.info):
        print(line, file=sys.stderr)
    return 0 if len(problems) < len(jobs) else 1
