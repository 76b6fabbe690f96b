"""What the model sees of a picture, and where its patches lie: equal to timm, to the pixel."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.images.geometry import frame_picture, prepare, reaching_edges, reframe
from explorer.images.reading import read_picture
from explorer.records import Frame, Picture, Preprocessing

CROP_MODE = {"squash": "squash", "crop": "center", "pad": "border"}
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


def _noise(width: int, height: int) -> Picture:
    pixels = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), np.uint8)
    return Picture(None, pixels, (width, height))


def _by_timm(image: PIL.Image.Image, wanted: Preprocessing) -> np.ndarray:
    from timm.data import create_transform

    transform = create_transform(
        input_size=(len(wanted.mean), *wanted.input_size),
        interpolation=wanted.interpolation,
        mean=wanted.mean,
        std=wanted.std,
        crop_pct=wanted.crop_fraction,
        crop_mode=CROP_MODE[wanted.framing],
    )
    return transform(image).numpy()


@settings(max_examples=150, deadline=None)
@given(
    size=st.tuples(st.integers(1, 700), st.integers(1, 700)).filter(lambda s: max(s) < 40 * min(s)),
    input_size=st.sampled_from([(224, 224), (96, 96), (37, 53), (256, 128), (100, 101)]),
    framing=st.sampled_from(["squash", "crop", "pad"]),
    fraction=st.sampled_from([1.0, 0.9, 0.875, 0.95]),
    interpolation=st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos"]),
)
def test_pixels_equal_those_of_timm(size, input_size, framing, fraction, interpolation) -> None:
    """Any picture, input, framing and interpolation: exactly the numbers that timm makes."""
    picture = _noise(*size)
    wanted = Preprocessing(input_size, *IMAGENET, framing, fraction, interpolation)
    pixels, frame = prepare(picture, wanted, 4, 4)
    assert pixels.dtype == np.float32
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(pixels, _by_timm(PIL.Image.fromarray(picture.pixels), wanted))
    assert frame == frame_picture(size, wanted, 4, 4)


@pytest.mark.parametrize("framing", CROP_MODE)
def test_one_channel_sees_grey(framing) -> None:
    """A model of one channel gets the picture's lightness, as timm's own loading gives it."""
    picture = _noise(90, 60)
    wanted = Preprocessing((28, 28), (0.1307,), (0.3081,), framing)
    pixels, _ = prepare(picture, wanted, 7, 7)
    assert pixels.shape == (1, 28, 28)
    grey = PIL.Image.fromarray(picture.pixels).convert("L")
    np.testing.assert_array_equal(pixels, _by_timm(grey, wanted))


@pytest.mark.parametrize("size", [(4000, 1), (1, 4000), (3, 900), (2000, 7)])
@pytest.mark.parametrize("framing", CROP_MODE)
def test_thin_strips_are_seen_without_gigabytes(size, framing, monkeypatch) -> None:
    """A line of pixels is prepared by its middle, not by first making it gigantic."""
    width, height = size
    ramp = np.linspace(0, 255, max(size)).astype(np.uint8)
    ramp = ramp[None, :, None] if width > height else ramp[:, None, None]
    picture = Picture(None, np.ascontiguousarray(np.broadcast_to(ramp, (height, width, 3))), size)
    wanted = Preprocessing((384, 384), *HALF, framing)

    made, resize = [], PIL.Image.Image.resize
    monkeypatch.setattr(
        PIL.Image.Image,
        "resize",
        lambda *args, **more: made.append(resize(*args, **more)) or made[-1],
    )
    pixels, frame = prepare(picture, wanted, 24, 24)
    assert max(image.width * image.height for image in made) <= 16_000_000
    assert pixels.shape == (3, 384, 384)
    assert frame.patch_at(width / 2, height / 2) is not None
    assert abs(pixels[:, 192, 192].mean()) < 0.05  # the ramp's middle is grey


# name in the file, preprocessing; settings of the models as their makers published them
GOLDEN = {
    "hf4": Preprocessing((384, 384), *HALF, "squash", 1.0, "bilinear"),
    "hf5": Preprocessing((384, 384), *HALF, "squash", 1.0, "bilinear"),
    "lukemelas": Preprocessing((384, 384), *HALF, "squash", 1.0, "bilinear"),
    "timm:vit_base_patch16_384": Preprocessing((384, 384), *HALF, "crop", 1.0),
    "timm:deit_tiny_patch16_224": Preprocessing((224, 224), *IMAGENET, "crop", 0.9),
    "timm:eva02_tiny_patch14_224": Preprocessing((224, 224), *CLIP, "crop", 0.9),
}


@pytest.mark.parametrize("name", ["astronaut", "chelsea"])
@pytest.mark.parametrize("pipeline", GOLDEN)
def test_pixels_equal_the_goldens(pipeline: str, name: str, shared: Callable[[str], Path]) -> None:
    """Six published pipelines, computed elsewhere: samples, means and deviations agree."""
    picture = read_picture(shared(f"golden/images/{name}.png"))
    pixels, _ = prepare(picture, GOLDEN[pipeline], 16, 16)
    with np.load(shared("golden/preprocess.npz")) as golden:
        wanted = {part: golden[f"{pipeline}|{name}|{part}"] for part in ("pix", "mean", "std")}
    samples = np.linspace(0, pixels.shape[1] - 1, 16).round().astype(int)
    np.testing.assert_allclose(pixels[:, samples][:, :, samples], wanted["pix"], atol=2e-6)
    np.testing.assert_allclose(pixels.mean(axis=(1, 2)), wanted["mean"], atol=1e-5)
    np.testing.assert_allclose(pixels.std(axis=(1, 2), ddof=1), wanted["std"], atol=1e-5)


FRAMES = [
    pytest.param((500, 375), (224, 224), None, (14, 14), id="photo"),
    pytest.param((375, 500), (384, 384), None, (24, 24), id="upright"),
    pytest.param((640, 300), (256, 128), None, (16, 8), id="tall input"),
    pytest.param((300, 700), (128, 320), (16, 16), (8, 20), id="wide input"),
    pytest.param((411, 333), (230, 235), (16, 16), (14, 14), id="patches leave a rest"),
]


@pytest.mark.parametrize("fraction", [1.0, 0.875])
@pytest.mark.parametrize("framing", CROP_MODE)
@pytest.mark.parametrize(("size", "input_size", "patch_size", "grid"), FRAMES)
def test_a_dot_is_in_the_patch_that_the_frame_says(
    size, input_size, patch_size, grid, framing, fraction
) -> None:
    """A dot painted in the middle of a patch's rectangle is seen in the middle of that patch."""
    wanted = Preprocessing(input_size, *HALF, framing, fraction)
    height, width = patch_size or (input_size[0] // grid[0], input_size[1] // grid[1])
    frame = frame_picture(size, wanted, *grid, patch_size)
    black, _ = prepare(
        Picture(None, np.zeros((size[1], size[0], 3), np.uint8), size), wanted, *grid
    )
    checked = 0
    for patch in np.ndindex(grid):
        left, top, wide, high = frame.patch_rect(*patch)
        x, y = int(left + wide / 2), int(top + high / 2)  # the pixel there
        if sum(patch) % 3 or not all(_whole(frame, corner) for corner in _corners(x, y)):
            continue  # every third patch, but for those at the edges and in the padding
        assert frame.patch_at(x + 0.5, y + 0.5) == patch
        row, column = _centre((prepare(_dotted(size, x, y), wanted, *grid)[0] - black)[0])
        across, down = (x + 0.5 - left) / wide, (y + 0.5 - top) / high  # where in its patch
        assert row / height == pytest.approx(patch[0] + down, abs=0.02)
        assert column / width == pytest.approx(patch[1] + across, abs=0.02)
        checked += 1
    assert checked > 3


def _corners(x: int, y: int) -> list[tuple[int, int]]:
    return [(x - 9, y - 9), (x + 9, y - 9), (x - 9, y + 9), (x + 9, y + 9)]


def _whole(frame: Frame, point: tuple[int, int]) -> bool:
    """Whether a point lies in the picture and the model saw it."""
    width, height = frame.picture_size
    in_picture = 0 <= point[0] < width and 0 <= point[1] < height
    return in_picture and frame.patch_at(*point) is not None


def _dotted(size: tuple[int, int], x: int, y: int) -> Picture:
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[y - 6 : y + 7, x - 6 : x + 7] = 255
    return Picture(None, pixels, size)


def _centre(change: np.ndarray) -> tuple[float, float]:
    """Row and column of the middle of what changed, in model pixels from the top left corner."""
    rows, columns = np.indices(change.shape) + 0.5
    return (rows * change).sum() / change.sum(), (columns * change).sum() / change.sum()


@pytest.mark.parametrize("framing", CROP_MODE)
def test_what_is_outside_the_frame_changes_nothing(framing) -> None:
    """A picture painted over everywhere but in its frame gives the model the same pixels."""
    wanted = Preprocessing((224, 224), *HALF, framing, 0.875)
    picture = _noise(500, 375)
    before, frame = prepare(picture, wanted, 14, 14)
    left, top, right, bottom = frame.box
    around = 4  # pixels that a bicubic filter reaches beyond the edge
    painted = np.zeros_like(picture.pixels)
    inside = np.s_[
        max(0, int(top) - around) : int(bottom) + around,
        max(0, int(left) - around) : int(right) + around,
    ]
    painted[inside] = picture.pixels[inside]
    after, _ = prepare(Picture(None, painted, picture.size), wanted, 14, 14)
    np.testing.assert_array_equal(before, after)


def test_the_frame_covers_what_the_model_saw() -> None:
    """Squash sees all, crop the middle square, pad more than there is."""
    size = (400, 200)
    boxes = {
        framing: frame_picture(size, Preprocessing((224, 224), *HALF, framing), 14, 14).box
        for framing in CROP_MODE
    }
    assert boxes["squash"] == (0, 0, 400, 200)
    assert boxes["crop"] == (100, 0, 300, 200)
    assert boxes["pad"] == (0, -100, 400, 300)


def test_what_no_patch_sees_is_outside_the_frame() -> None:
    """Patches of 16 on an input of 230 leave six columns and rows at the right and bottom."""
    wanted = Preprocessing((230, 230), *HALF, "squash")
    frame = frame_picture((460, 460), wanted, 14, 14, patch_size=(16, 16))
    assert frame.box == (0, 0, 448, 448)
    assert frame.patch_at(447, 447) == (13, 13)
    assert frame.patch_at(449, 10) is None


def test_a_chosen_framing_shows_the_whole_picture() -> None:
    """Who asks for squash or pad instead of the model's crop loses no margin."""
    own = Preprocessing((224, 224), *HALF, "crop", 0.9)
    assert reframe(own, None) is own
    assert reframe(own, "crop") is own
    assert reframe(own, "pad").crop_fraction == 1.0
    assert frame_picture((50, 40), reframe(own, "squash"), 14, 14).box == (0, 0, 50, 40)


@pytest.mark.parametrize("box", [(-8, -8, 296, 199), (0, 0, 290, 230), (20, 3, 324, 195)])
def test_cells_reach_the_edges_of_what_was_seen(box: tuple[float, float, float, float]) -> None:
    """A map is repeated outwards, whole cells at a time, until all of the picture is covered."""
    frame = Frame("squash", (300, 200), (200, 300), box, 12, 19, sees_all=True)
    values = np.random.default_rng(0).random((12, 19), np.float32)
    grown, reached = reaching_edges(values, frame)
    left, top, right, bottom = reached
    assert left <= min(0, box[0])
    assert top <= min(0, box[1])
    assert right >= max(300, box[2])
    assert bottom >= max(200, box[3])
    width, height = (box[2] - box[0]) / 19, (box[3] - box[1]) / 12
    assert (right - left, bottom - top) == pytest.approx(
        (grown.shape[1] * width, grown.shape[0] * height)
    )
    for x, y in np.random.default_rng(1).uniform((0, 0), (300, 200), (200, 2)):
        here = grown[int((y - top) / height), int((x - left) / width)]
        assert here == values[frame.patch_at(x, y)]


def test_maps_that_end_where_the_model_looked_stay() -> None:
    """What a model did not see gets no map, and padding keeps its own; nothing is copied."""
    values = np.zeros((4, 4), np.float32)
    for box in ((10, 0, 90, 100), (-20, 0, 120, 100), (0, 0, 98, 98)):
        frame = Frame("squash", (100, 100), (64, 64), box, 4, 4)
        assert reaching_edges(values, frame)[0] is values
        assert reaching_edges(values, frame)[1] == box
