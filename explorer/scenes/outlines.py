"""Closed outlines as polygons, float64 (points, 2): x to the right, y downwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Outline = np.ndarray
Points = Sequence[tuple[float, float]]

_STEP = 7.5  # degrees between two points of a curve
_MITRE = 2.0  # how far a corner may stick out, in widths


def polygon(*points: tuple[float, float]) -> Outline:
    return np.array(points, float)


def arc(x: float, y: float, rx: float, ry: float, start: float = 0, end: float = 360) -> Outline:
    """A part of an ellipse, in degrees clockwise from the right; closed by a straight line."""
    steps = max(2, round(abs(end - start) / _STEP))
    angles = np.radians(np.linspace(start, end, steps, endpoint=abs(end - start) < 360))
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1)


def disc(x: float, y: float, radius: float) -> Outline:
    return arc(x, y, radius, radius)


def band(
    x: float, y: float, radius: float, width: float, start: float = 0, end: float = 360
) -> Outline:
    """A part of a ring, `radius` to the middle of its width."""
    outer, inner = radius + width / 2, radius - width / 2
    there, back = arc(x, y, outer, outer, start, end), arc(x, y, inner, inner, start, end)
    if abs(end - start) >= 360:  # the way in and the way out lie on each other
        there, back = np.vstack([there, there[:1]]), np.vstack([back, back[:1]])
    return np.vstack([there, back[::-1]])


def box(left: float, top: float, right: float, bottom: float, radius: float = 0) -> Outline:
    """A rectangle, its corners rounded."""
    if not radius:
        return polygon((left, top), (right, top), (right, bottom), (left, bottom))
    corners = [
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
        (right - radius, top + radius, 270),
    ]
    return np.vstack([arc(x, y, radius, radius, turn, turn + 90) for x, y, turn in corners])


def stroke(start: tuple[float, float], end: tuple[float, float], width: float) -> Outline:
    """A straight line with round ends."""
    (x, y), (x2, y2) = start, end
    turn, radius = np.degrees(np.arctan2(y2 - y, x2 - x)), width / 2
    far = arc(x2, y2, radius, radius, turn - 90, turn + 90)
    near = arc(x, y, radius, radius, turn + 90, turn + 270)
    return np.vstack([far, near])


def smooth(*points: tuple[float, float], steps: int = 6) -> Outline:
    """A closed curve through points: Catmull and Rom's spline."""
    at = np.array(points, float)
    before, after, next_ = (np.roll(at, shift, axis=0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (part[:, None] for part in (before, at, after, next_))
    curve = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    flat: Outline = curve.reshape(-1, 2)
    return flat


def turned(outline: Outline, degrees: float) -> Outline:
    """Turned clockwise about the origin."""
    return outline @ rotation(degrees).T


def rotation(degrees: float) -> np.ndarray:
    """The matrix that turns points clockwise, y being downwards."""
    angle = np.radians(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def mirrored(outline: Outline) -> Outline:
    """Left becomes right."""
    return outline * [-1, 1]


def grown(outline: Outline, width: float) -> Outline:
    """The outline moved outwards; corners are mitred, sharp ones cut."""
    ahead = np.roll(outline, -1, axis=0) - outline
    length = np.hypot(*ahead.T)
    kept = length > 1e-9
    outline, ahead = outline[kept], ahead[kept] / length[kept, None]
    behind = np.roll(ahead, 1, axis=0)
    x, y = outline.T
    is_clockwise = np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0
    side = np.array([1, -1]) if is_clockwise else np.array([-1, 1])
    normal = (ahead + behind)[:, ::-1] * side
    squared = np.maximum((normal**2).sum(axis=1, keepdims=True), 1e-9)
    move = 2 * normal / squared  # of length 1 / cos(half the turn)
    reach = np.hypot(*move.T)[:, None]
    grown_: Outline = outline + width * move * np.minimum(1, _MITRE / reach)
    return grown_
