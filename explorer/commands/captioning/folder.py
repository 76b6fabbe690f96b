"""The folder that captions are written to: what it holds, and what is added to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL.Image import Image

from ...errors import ExplorerError
from ..shared.json_lines import Record, append_record, take_up
from ..shared.pictures import is_same_folder, name_apart, name_files
from ..shared.writing import cannot_write, whole_file

_ELSEWHERE = "Choose another folder with --out."


class Job(NamedTuple):
    """A picture to describe."""

    path: Path
    name: str  # that its caption bears
    figure: str | None  # name of its figure's file; None = it gets none


class CaptionFolder:
    """Where captions go, one line each, and figures, one file each."""

    def __init__(self, path: Path, overwrite: bool = False, resume: bool = False) -> None:
        """`overwrite`: what is there is replaced; `resume`: it is kept, and added to."""
        self.path = path
        self.captions = path / "captions.jsonl"
        self._overwrites, self._resumes = overwrite, resume
        self._begun = False
        self._earlier: list[Record] = []  # what an earlier run wrote, which stays

    def open(self, places: Sequence[str]) -> None:
        """Look at what is there; nothing is written yet.

        `places`: where pictures are asked for. Raises ExplorerError where nothing can, or should,
        be written.
        """
        self._refuse_what_is_no_folder()
        if any(self._is_asked_for(Path(place)) for place in places):
            raise ExplorerError(
                f"{self.path} holds the pictures; their figures would lie among them.",
                hint=_ELSEWHERE,
            )
        if not self.captions.exists():
            return
        if self._resumes:
            self._earlier = take_up(self.captions)
        elif not self._overwrites:
            raise ExplorerError(
                f"{self.captions} is there already.",
                hint="Go on with it with --resume, or replace it with --overwrite.",
            )

    def _refuse_what_is_no_folder(self) -> None:
        path = self.path.absolute()
        there = next(folder for folder in (path, *path.parents) if os.path.lexists(folder))
        if not there.is_dir():
            raise ExplorerError(f"{there} is no folder.", hint=_ELSEWHERE)
        if not os.access(there, os.W_OK):
            raise ExplorerError(f"{there} is read only.", hint=_ELSEWHERE)

    def _is_asked_for(self, place: Path) -> bool:
        """Whether pictures are to be described that lie in this very folder."""
        return is_same_folder(place if place.is_dir() else place.parent, self.path)

    def jobs(self, paths: Sequence[Path], draws: bool) -> list[Job]:
        """The pictures that no caption is there of; each figure gets a name of its own.

        Raises ExplorerError where a file that is there has that name, and must be kept.
        """
        described = {record.get("path") for record in self._earlier}
        named = zip(paths, name_files(paths), strict=True)
        missing = [each for each in named if os.path.abspath(each[0]) not in described]
        if not draws:
            return [Job(*each, None) for each in missing]
        taken = [str(record.get("figure")) for record in self._earlier]
        figures = name_apart([path.stem for path, _ in missing], ".png", taken)
        if not (self._overwrites or self._resumes):
            self._refuse_taken(figures)
        return [Job(*each, figure) for each, figure in zip(missing, figures, strict=True)]

    def _refuse_taken(self, figures: Sequence[str]) -> None:
        for figure in figures:
            if os.path.lexists(self.path / figure):
                raise ExplorerError(
                    f"{self.path / figure} is there already.",
                    hint="Choose another folder with --out, or replace it with --overwrite.",
                )

    def refuse_mixture(self, about: Record) -> None:
        """Raise ExplorerError where what stays there is the work of others.

        `about`: who writes, and how, as each line says it.
        """
        for name, value in about.items():
            if any(record.get(name) != value for record in self._earlier):
                other = "other settings" if name == "settings" else "another captioner"
                raise ExplorerError(
                    f"{self.captions} was written with {other}.",
                    hint="Ask for the same, or choose another folder with --out.",
                )

    def add(self, record: Record, figure: Image | None) -> None:
        """Write a picture's figure, then its line, each whole; `record` names the figure.

        Raises ExplorerError where one of them cannot be written.
        """
        if not self._begun:
            self._begin()
        if figure is not None:
            with whole_file(self.path / record["figure"]) as unfinished:
                figure.save(unfinished, "PNG")
        append_record(self.captions, record)

    def _begin(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if self._overwrites:
                self.captions.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        self._begun = True
