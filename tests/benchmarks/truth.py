"""Whether heatmaps lie on the objects: measured on drawn scenes, where the right answer is known.

`python tests/benchmarks/truth.py [--classifier FILE] [--captioner FILE] [--scenes 500]` prints
JSON. The scenes are of a seed that no shipped model learned from. Pictures are shown as drawn,
mirrored, turned by EXIF, cropped and padded: an axis that is transposed or an overlay that is
shifted would be right for the first of them at most.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer import load_captioner, load_vit, open_picture
from explorer.models.captions.captioner import Captioner
from explorer.models.vit import ViT
from explorer.records import Caption, Frame, Picture
from explorer.scenes.drawing import Scene, draw_scene
from explorer.scenes.language import Content, content, is_true

SEED = 20_000  # nobody learns from it
SIDE = 384
LABELLED = 2000  # scenes that the classifier is asked about

Shown = tuple[np.ndarray, np.ndarray]  # pixels (height, width, 3), numbers of objects (h, w)


def mirrored(pixels: np.ndarray, numbers: np.ndarray) -> Shown:
    """Left is right."""
    return pixels[:, ::-1], numbers[:, ::-1]


def cropped(pixels: np.ndarray, numbers: np.ndarray) -> Shown:
    """The right side is gone, and a little of the top."""
    part = slice(SIDE // 16, None), slice(0, SIDE * 3 // 4)
    return pixels[part], numbers[part]


def padded(pixels: np.ndarray, numbers: np.ndarray) -> Shown:
    """On a wider sheet, left of its middle."""
    sides = ((0, 0), (SIDE // 8, SIDE // 3))
    return np.pad(pixels, (*sides, (0, 0)), "edge"), np.pad(numbers, sides)


def as_drawn(pixels: np.ndarray, numbers: np.ndarray) -> Shown:
    """Unchanged."""
    return pixels, numbers


WAYS: dict[str, Callable[[np.ndarray, np.ndarray], Shown]] = {
    "as drawn": as_drawn,
    "mirrored": mirrored,
    "turned by EXIF": as_drawn,  # its file lies on its side, and says so
    "cropped": cropped,
    "padded": padded,
}


def opened(pixels: np.ndarray, turned: bool, file: Path) -> Picture:
    """The picture, from a file."""
    image = Image.fromarray(np.rot90(pixels) if turned else np.ascontiguousarray(pixels))
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6  # to be turned clockwise
    image.save(file, exif=exif)
    return open_picture(file)


def coverage(frame: Frame, mask: np.ndarray) -> np.ndarray:
    """The share of each cell that a mask covers: float64 (rows, columns)."""
    y, x = (np.clip(np.round(edges), 0, None).astype(int) for edges in frame.edges())
    sums = np.pad(mask.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    y, x = y.clip(0, mask.shape[0]), x.clip(0, mask.shape[1])
    corners = sums[np.ix_(y, x)]
    inside = corners[1:, 1:] - corners[:-1, 1:] - corners[1:, :-1] + corners[:-1, :-1]
    return inside / np.maximum(1, np.outer(np.diff(y), np.diff(x)))


def grown(cells: np.ndarray) -> np.ndarray:
    """With all neighbours: bool (rows, columns)."""
    rows, columns = cells.shape
    wide = np.pad(cells, 1)
    return np.any([wide[y : y + rows, x : x + columns] for y in range(3) for x in range(3)], axis=0)


@dataclass(frozen=True)
class Pointing:
    """One map beside the mask of what it should lie on."""

    hit: bool  # its peak is in the mask, or a cell beside it
    mass: float  # the share of attention inside the mask
    area: float  # the share of the picture inside the mask


def pointing(values: np.ndarray, frame: Frame, mask: np.ndarray) -> Pointing:
    """Hold a map (rows, columns) against a mask (height, width)."""
    covered = coverage(frame, mask)
    peak = np.unravel_index(values.argmax(), values.shape)
    mass = float((values * covered).sum() / values.sum())
    return Pointing(bool(grown(covered > 0)[peak]), mass, float(covered.mean()))


MISSED = Pointing(hit=False, mass=0.0, area=0.0)  # a noun of what is not there


def told(found: list[Pointing]) -> dict[str, float]:
    """Shares of all, and what chance would give the attention."""
    meant = [one for one in found if one is not MISSED]
    return {
        "maps": len(found),
        "peak inside": round(statistics.fmean(one.hit for one in found), 4),
        "attention inside": round(statistics.fmean(one.mass for one in meant), 4),
        "area": round(statistics.fmean(one.area for one in meant), 4),
    }


def named(said: Content, scene: Scene) -> Iterator[tuple[int, list[int]]]:
    """Each noun's place among the words, and the objects that it can mean, counted from 1."""
    for mention, place in zip(said.mentions, said.places, strict=True):
        like = [n for n, one in enumerate(scene.objects, 1) if one.kind == mention.kind]
        same = [n for n in like if scene.objects[n - 1].colour == mention.colour]
        yield place, same or like


def nouns_pointing(caption: Caption, scene: Scene, numbers: np.ndarray) -> Iterator[Pointing]:
    """Where a caption looked for its nouns."""
    said = content(caption.text)
    for place, meant in named(said, scene) if said else ():
        values = caption.heatmap(place)
        mask = np.isin(numbers, meant)
        yield pointing(values, caption.frame, mask) if mask.any() else MISSED


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's: of ranks, those of equal values being their mean."""
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[which]


def positions(vit: ViT) -> dict[str, float]:
    """How the similarity of two positions goes with their distance."""
    grid = vit.info.grid
    places = np.stack(np.indices((grid.rows, grid.columns)), -1).reshape(-1, 2)
    one, other = np.triu_indices(len(places), 1)
    distance = np.linalg.norm(places[one] - places[other], axis=1)
    cosine = vit.position_similarity()[one, other]
    return {
        "rank correlation of cosine with distance": round(rank_correlation(cosine, distance), 3),
        "cosine of neighbours": round(float(cosine[distance == 1].mean()), 3),
        "cosine of all": round(float(cosine.mean()), 3),
    }


def accuracy(vit: ViT, count: int) -> float:
    """The share of scenes whose label the classifier finds."""
    assert vit.info.labels is not None, "a classifier of scenes knows its labels"
    right = 0
    for number in range(count):
        scene = draw_scene(SEED, number, SIDE)
        answer = vit.predict([Image.fromarray(scene.pixels)])[0].argmax()
        right += vit.info.labels[int(answer)] == scene.label
    return right / count


def corpus_bleu(written: list[str], references: list[tuple[str, ...]]) -> float:
    """BLEU-4, 0 to 100."""
    import sacrebleu

    columns = [list(column) for column in zip(*references, strict=True)]
    return float(sacrebleu.corpus_bleu(written, columns, tokenize="none").score)


def captions(captioner: Captioner, vit: ViT, count: int) -> dict[str, object]:
    """All that is measured with pictures shown in several ways."""
    on_nouns: dict[str, list[Pointing]] = defaultdict(list)
    on_main: dict[str, list[Pointing]] = defaultdict(list)
    written: list[str] = []
    scenes = [draw_scene(SEED, number, SIDE) for number in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        for scene in scenes:
            for way, change in WAYS.items():
                pixels, numbers = change(scene.pixels, scene.mask)
                picture = opened(pixels, "EXIF" in way, Path(folder, "scene.png"))
                caption = captioner.describe(picture)
                on_nouns[way].extend(nouns_pointing(caption, scene, numbers))
                if way == "as drawn":
                    written.append(caption.text)
                mask = numbers == scene.facts.main + 1
                if mask.any():  # it may have been cut off
                    trace = vit.trace(picture)
                    on_main[way].append(pointing(trace.attention(), trace.frame, mask))
    true = [
        is_true(text, scene.facts, besides=("size", "pattern"))
        for text, scene in zip(written, scenes, strict=True)
    ]
    wholly = [is_true(text, one.facts) for text, one in zip(written, scenes, strict=True)]
    return {
        "kinds, colours and relation right": round(statistics.fmean(true), 4),
        "all right": round(statistics.fmean(wholly), 4),
        "BLEU-4": round(corpus_bleu(written, [scene.captions for scene in scenes]), 2),
        "nouns": {way: told(found) for way, found in on_nouns.items()},
        "class token, on the labelled object": {way: told(f) for way, f in on_main.items()},
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classifier", default=None, help="a checkpoint, not the shipped one")
    parser.add_argument("--captioner", default=None, help="a checkpoint, not the shipped one")
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--labelled", type=int, default=LABELLED)
    given = parser.parse_args()
    vit = load_vit(None if given.classifier else "scenes-classifier", given.classifier)
    captioner = load_captioner("scenes-captioner", given.captioner)
    found = {
        "scenes": given.scenes,
        "accuracy of the classifier": round(accuracy(vit, given.labelled), 4),
        "positions": positions(vit),
        **captions(captioner, vit, given.scenes),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
