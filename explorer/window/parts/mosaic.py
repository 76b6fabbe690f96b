"""Many small maps as one image, by numpy alone: fast enough to follow the mouse."""

import numpy as np

SMALLEST = 1e-30  # a maximum below it is zero


def color_indices(maps: np.ndarray, shared_scale: bool) -> np.ndarray:
    """Values as places in a colour map, 0 for zero and 255 for the maximum: uint8, shape of `maps`.

    The maximum is each map's own (its last two axes) or, `shared_scale`, that of them all.
    Negative values and what is not a number count as zero.
    """
    high = maps.max(axis=None if shared_scale else (-2, -1), keepdims=True)
    if not np.isfinite(high).all():
        return color_indices(np.nan_to_num(maps, posinf=0.0, neginf=0.0), shared_scale)
    scaled = maps * (255 / np.maximum(high, SMALLEST))
    indices: np.ndarray = (np.maximum(scaled, 0) + 0.5).astype(np.uint8)
    return indices


def mosaic(indices: np.ndarray, colors: np.ndarray, cell: tuple[int, int], gap: int) -> np.ndarray:
    """Maps laid out in rows and columns: uint32 (image height, image width), gaps transparent.

    `indices` uint8 (rows, columns, map rows, map columns); `colors` uint32 (256,); `cell` is the
    height and width of one map in pixels, each followed by `gap`. A map that has more patches
    than pixels shows the highest of those that share a pixel, so that no peak is lost.
    """
    height, width = cell
    shrunk = _shrink(_shrink(indices, 2, height), 3, width)
    rows, columns, map_rows, map_columns = shrunk.shape
    small = np.zeros((rows, map_rows + 1, columns, map_columns + 1), np.uint32)  # a line per gap
    small[:, :map_rows, :, :map_columns] = colors[shrunk.transpose(0, 2, 1, 3)]
    small = small.reshape(rows * (map_rows + 1), columns * (map_columns + 1))
    down, across = _sources(rows, map_rows, height, gap), _sources(columns, map_columns, width, gap)
    return small.take(across, axis=1).take(down, axis=0)


def _shrink(indices: np.ndarray, axis: int, pixels: int) -> np.ndarray:
    """The maximum of the patches that share a pixel; as it is where every patch has one."""
    patches = indices.shape[axis]
    if patches <= pixels:
        return indices
    edges = np.arange(pixels + 1) * patches // pixels
    first, last = edges[:-1], edges[1:] - 1
    shrunk: np.ndarray = indices.take(first, axis=axis)
    for step in range(1, int((last - first).max()) + 1):  # ten times as fast as `reduceat`
        others = indices.take(np.minimum(first + step, last), axis=axis)
        np.maximum(shrunk, others, out=shrunk)
    return shrunk


def _sources(maps: int, patches: int, pixels: int, gap: int) -> np.ndarray:
    """Along one axis, for every pixel of the image the patch or gap line that it shows."""
    one = np.concatenate([np.arange(pixels) * patches // pixels, np.full(gap, patches)])
    sources: np.ndarray = np.arange(maps)[:, None] * (patches + 1) + one
    return sources.ravel()
