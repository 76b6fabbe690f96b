"""Many scenes as a folder of pictures with labels, captions, masks and the whole truth."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from PIL import Image

from ..errors import ExplorerError
from ..whole_file import writing
from .drawing import Scene, draw_scene
from .facts import Facts, Mention, Relation

LABELS, CAPTIONS, SCENES, MASKS = "labels.csv", "captions.json", "scenes.json", "masks.zip"
_PART = ".part"  # where unfinished scenes lie
_JOB = 40  # scenes that a process draws at once
_QUALITY = 92  # of JPEG, with all of the colour
_HINT = "Choose another folder, or a smaller --count."


@dataclass(frozen=True)
class Wish:
    """Which scenes are to be drawn."""

    count: int
    seed: int
    size: int  # pixels a side


@dataclass(frozen=True)
class _Drawn:
    """What is kept of a scene whose picture is written."""

    record: dict[str, Any]  # of scenes.json
    mask: bytes  # PNG


def write_scenes(out: Path, wish: Wish, workers: int, tick: Callable[[int], object]) -> None:
    """Draw scenes into a new or empty folder; they appear when all are drawn, or not at all.

    `tick` is told how many more are drawn. Raises ExplorerError where the folder holds something
    already, or cannot be written; whatever is raised, nothing is left behind.
    """
    out = Path(os.path.abspath(out))
    refuse(out)
    unfinished = out / _PART if out.is_dir() else out.with_name(f".{out.name}{_PART}")
    try:
        with writing(out, _HINT):
            shutil.rmtree(unfinished, ignore_errors=True)  # a killed run's
            unfinished.mkdir(parents=True)
            records = _draw_all(unfinished, wish, workers, tick)
            _write_tables(unfinished, wish, records)
            _reveal(unfinished, out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _reveal(unfinished: Path, out: Path) -> None:
    if not out.is_dir():
        unfinished.rename(out)
        return
    for file in unfinished.iterdir():  # somebody may be in the empty folder, or it is a whole disk
        file.rename(out / file.name)


def refuse(out: Path) -> None:
    """Raise ExplorerError where something is there already."""
    if out.is_dir():
        with writing(out, _HINT):
            is_free = all(file.name == _PART for file in out.iterdir())
    else:
        is_free = not out.exists()
    if not is_free:
        raise ExplorerError(
            f"{out} is there already, and is not empty.", hint="Choose another name, or delete it."
        )


def _draw_all(
    folder: Path, wish: Wish, workers: int, tick: Callable[[int], object]
) -> list[dict[str, Any]]:
    """Write pictures and masks; the records, in order."""
    records = []
    with ZipFile(folder / MASKS, "w") as masks, _jobs(folder, wish, workers) as jobs:
        for drawn in jobs:
            for each in drawn:
                masks.writestr(Path(each.record["file_name"]).stem + ".png", each.mask)
                records.append(each.record)
            tick(len(drawn))
    return sorted(records, key=lambda record: record["number"])


@contextmanager
def _jobs(folder: Path, wish: Wish, workers: int) -> Iterator[Iterator[list[_Drawn]]]:
    """What is drawn, as it comes; after the block, nothing draws any more."""
    parts = [range(at, min(at + _JOB, wish.count)) for at in range(0, wish.count, _JOB)]
    if workers == 1 or len(parts) == 1:
        yield (_draw(folder, wish, part) for part in parts)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(parts)), get_context("spawn"), initializer=_leave_ctrl_c_to_the_first
    )
    try:
        with _born_deaf_to_ctrl_c():
            jobs = [pool.submit(_draw, folder, wish, part) for part in parts]
        yield _results(jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def _results(futures: list[Future[list[_Drawn]]]) -> Iterator[list[_Drawn]]:
    try:
        yield from (future.result() for future in as_completed(futures))
    except BrokenProcessPool as error:
        raise ExplorerError(
            "A process that draws was ended from outside.", hint="Try again with fewer --workers."
        ) from error


@contextmanager
def _born_deaf_to_ctrl_c() -> Iterator[None]:
    """Processes that begin in the block leave Ctrl-C to this one, even before they have imported.

    Where another thread than the first begins them, they leave it to it from their first job on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # which a new process inherits
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave_ctrl_c_to_the_first() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _draw(folder: Path, wish: Wish, numbers: range) -> list[_Drawn]:
    return [_draw_one(folder, draw_scene(wish.seed, number, wish.size)) for number in numbers]


def _draw_one(folder: Path, scene: Scene) -> _Drawn:
    """Write a scene's picture."""
    file = folder / f"{scene.number:06}.jpg"
    with writing(file, _HINT):
        Image.fromarray(scene.pixels).save(file, quality=_QUALITY, subsampling=0)
    mask = BytesIO()
    Image.fromarray(scene.mask).save(mask, "PNG", compress_level=3)
    return _Drawn(_record(scene, file.name), mask.getvalue())


def _record(scene: Scene, file_name: str) -> dict[str, Any]:
    """A scene as scenes.json has it."""
    objects = [
        {name: value for name, value in vars(each).items() if name != "mask"}
        for each in scene.objects
    ]
    return {
        "number": scene.number,
        "file_name": file_name,
        "label": scene.label,
        "main": scene.facts.main,
        "objects": objects,
        "relations": sorted(scene.facts.relations),
        "captions": scene.captions,
    }


def _write_tables(folder: Path, wish: Wish, records: list[dict[str, Any]]) -> None:
    with (folder / LABELS).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerows([("filename", "label")])
        table.writerows((record["file_name"], record["label"]) for record in records)
    _write_json(folder / SCENES, {**asdict(wish), "scenes": records})
    _write_json(folder / CAPTIONS, _as_coco(wish, records))


def _as_coco(wish: Wish, records: list[dict[str, Any]]) -> dict[str, Any]:
    """The captions, as COCO has its own (cocodataset.org, Data format)."""
    images = [
        {
            "id": record["number"],
            "file_name": record["file_name"],
            "width": wish.size,
            "height": wish.size,
        }
        for record in records
    ]
    told = ((record["number"], text) for record in records for text in record["captions"])
    annotations = [
        {"id": at, "image_id": number, "caption": text} for at, (number, text) in enumerate(told)
    ]
    about = {"description": f"{wish.count} drawn scenes of seed {wish.seed}"}
    return {"info": about, "images": images, "annotations": annotations}


def _write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def facts_in(folder: Path) -> dict[str, Facts]:
    """What is true of each picture of a folder of scenes, by its file's name.

    Raises ExplorerError where it is none.
    """
    try:
        scenes = json.loads((folder / SCENES).read_text("utf-8"))["scenes"]
        return {record["file_name"]: _facts(record) for record in scenes}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExplorerError(f"{folder} is no folder of scenes.", "Draw one: scenes OUT.") from error


def _facts(record: dict[str, Any]) -> Facts:
    things = tuple(
        Mention(thing["kind"], thing["colour"], thing["pattern"], thing["size"])
        for thing in record["objects"]
    )
    relations = frozenset(Relation(*relation) for relation in record["relations"])
    return Facts(things, relations, record["label"], record["main"])
