"""Any file becomes an upright RGB picture or a plain sentence; nothing else ever happens."""

import csv
import io
import os
import socket
import struct
import threading
import time
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, TiffImagePlugin

from explorer.errors import ExplorerError
from explorer.images.reading import SUFFIXES, picture_from_image, read_picture

READ_FORMATS = {"JPEG", "MPO", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "PPM"}


def _noise(width: int = 24, height: int = 16) -> Image.Image:
    rng = np.random.default_rng(3)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8))


def _problem(path: Path) -> ExplorerError:
    """The sentence about a file that cannot be read: it names the file and a next step."""
    with pytest.raises(ExplorerError) as caught:
        read_picture(path)
    assert path.name in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.hint
    return caught.value


def test_every_odd_file_is_a_picture_or_a_sentence(shared: Callable[[str], Path]) -> None:
    """Of a hundred odd files, all that Pillow decodes in our formats open, at their right size."""
    folder = shared("data/odd_images")
    with (folder / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    opened = 0
    for row in rows:
        path = folder / "files" / row["filename"]
        if row["pillow_result"] != "ok" or row["format"] not in READ_FORMATS:
            _problem(path)
            continue
        size = int(row["width"]), int(row["height"])
        lying = row["orientation"] in ("5", "6", "7", "8") and row["format"] != "TIFF"
        picture = read_picture(path)
        assert picture.full_size == picture.size == (size[::-1] if lying else size), path.name
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.shape == (*picture.size[::-1], 3)
        assert picture.pixels.flags.c_contiguous
        opened += 1
    assert opened > 70


def test_nine_ways_to_hold_a_camera_show_one_landscape(shared: Callable[[str], Path]) -> None:
    """Photos with EXIF orientations 0 to 8 are all upright: the same picture but for JPEG noise."""
    folder = shared("data/odd_images/files")
    first = read_picture(folder / "exif_Landscape_1.jpg", 300).pixels.astype(int)
    for orientation in range(9):
        other = read_picture(folder / f"exif_Landscape_{orientation}.jpg", 300)
        assert np.abs(other.pixels - first).mean() < 4, orientation  # upside down: more than 60


STORED = {  # EXIF orientation → how an upright picture lies in the file
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[:, ::-1],
}


@pytest.mark.parametrize("kind", ["png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_is_upright(orientation: int, kind: str, tmp_path: Path) -> None:
    """Lossless files of all eight orientations give the same pixels, and the upright full size."""
    upright = np.asarray(_noise(24, 16))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{kind}"
    stored = np.ascontiguousarray(STORED[orientation](upright))
    Image.fromarray(stored).save(path, exif=exif, lossless=True)
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, upright)
    assert picture.full_size == (24, 16)
    assert read_picture(path, longest_side=12).size == (12, 8)
    assert read_picture(path, longest_side=12).full_size == (24, 16)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_what_is_shown_is_what_torch_pipelines_see(mode: str, tmp_path: Path) -> None:
    """Each common mode becomes exactly what Pillow's own convert("RGB") makes of it."""
    image = _noise().convert(mode)
    if mode == "RGBA":
        image.putalpha(_noise().convert("L"))
    path = tmp_path / "picture.tiff"
    image.save(path)
    picture = read_picture(path)
    np.testing.assert_array_equal(picture.pixels, np.asarray(image.convert("RGB")))


def test_alpha_is_dropped_not_blended(tmp_path: Path) -> None:
    """The colour under a transparent pixel is shown: the model sees it, too."""
    colour = (10, 200, 30)
    Image.new("RGBA", (4, 4), (*colour, 0)).save(tmp_path / "clear.png")
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([*colour, 0, 0, 0])
    palette.save(tmp_path / "clear.gif", transparency=0)
    for name in ("clear.png", "clear.gif"):
        assert (read_picture(tmp_path / name).pixels == colour).all()
        assert (read_picture(tmp_path / name, longest_side=2).pixels == colour).all()


LEVELS = np.arange(256, dtype=np.uint16).reshape(16, 16)


@pytest.mark.parametrize("name", ["deep.png", "deep.tiff", "deep.pgm", "motorola.tiff"])
def test_sixteen_bits_become_eight(name: str, tmp_path: Path) -> None:
    """65,535 is white: level × 257 comes back as the level, in each format that holds 16 bits."""
    path = tmp_path / name
    mode = "I;16B" if name == "motorola.tiff" else "I;16"
    values = (LEVELS * 257).astype(">u2" if mode == "I;16B" else "<u2")
    Image.frombytes(mode, (16, 16), values.tobytes()).save(path)
    for channel in range(3):
        np.testing.assert_array_equal(read_picture(path).pixels[..., channel], LEVELS)
    assert np.ptp(read_picture(path, longest_side=8).pixels) > 200


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_numbers_without_a_white_are_scaled_to_their_range(dtype: type, tmp_path: Path) -> None:
    """The smallest value is black and the largest white, wherever they lie."""
    values = LEVELS.astype(dtype) * 1000 - 7
    Image.fromarray(values).save(tmp_path / "wide.tiff")
    np.testing.assert_array_equal(read_picture(tmp_path / "wide.tiff").pixels[..., 0], LEVELS)


def test_what_is_no_number_is_black(tmp_path: Path) -> None:
    """NaN and infinities do not spoil the range of the rest; nor does a range of nothing."""
    values = np.array([[0, 1, np.nan, np.inf, -np.inf]], np.float32)
    Image.fromarray(values).save(tmp_path / "holes.tiff")
    assert read_picture(tmp_path / "holes.tiff").pixels[0, :, 0].tolist() == [0, 255, 0, 255, 0]
    assert not picture_from_image(Image.fromarray(values[:, 2:3])).pixels.any()


def test_lab_is_seen_in_its_colours() -> None:
    """L*a*b* white is white and its red is red, though Pillow itself does not convert it."""
    white, red = (255, 0, 0), (136, 81, 67)  # L* of 255, signed a* and b*
    image = Image.frombytes("LAB", (2, 1), bytes((*white, *red)))
    pixels = picture_from_image(image).pixels.astype(int)
    assert pixels[0, 0].min() > 250
    assert pixels[0, 1, 0] > 230
    assert pixels[0, 1, 1:].max() < 60


def test_the_first_frame_of_an_animation_is_read(tmp_path: Path) -> None:
    """GIF, APNG and WebP animations show how they begin."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    for name in ("moving.gif", "moving.png", "moving.webp"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], lossless=True)
        assert (read_picture(tmp_path / name).pixels == (255, 0, 0)).all()


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JPEG of 10,000 × 10,000 pixels, left half black, right half white."""
    path = tmp_path_factory.mktemp("huge") / "huge.jpg"
    image = Image.new("L", (10_000, 10_000))
    image.paste(255, (5_000, 0, 10_000, 10_000))
    image.save(path, quality=30)
    return path


def test_a_huge_jpeg_is_reduced_while_others_go_on(huge: Path) -> None:
    """100 megapixels arrive as 4,096 × 4,096, and other threads keep working meanwhile."""
    beats, done = [], threading.Event()

    def beat() -> None:
        while not done.is_set():
            time.sleep(0.001)
            beats.append(time.perf_counter())

    heart = threading.Thread(target=beat)
    heart.start()
    picture = read_picture(huge)
    done.set()
    heart.join()
    assert picture.size == (4096, 4096)
    assert picture.full_size == (10_000, 10_000)
    assert picture.pixels[2000, 1000].tolist() == [0, 0, 0]
    assert picture.pixels[2000, 3000].tolist() == [255, 255, 255]
    assert len(beats) > 20


def test_a_thumbnail_of_a_huge_jpeg_needs_little(huge: Path) -> None:
    """A small copy is decoded small: its shape, and what the file really holds."""
    picture = read_picture(huge, longest_side=128)
    assert picture.size == (128, 128)
    assert picture.full_size == (10_000, 10_000)


@pytest.mark.parametrize("mode", ["1", "P", "LA", "I;16", "I", "F", "CMYK", "RGBA"])
def test_every_mode_is_reduced(mode: str) -> None:
    """A large picture of any mode keeps its shape and its mean brightness when it is reduced."""
    values = np.tile(np.linspace(0, 255, 300).astype(np.uint8), (200, 1))
    image = Image.fromarray(values)
    large = image.convert("I").convert(mode) if mode == "I;16" else image.convert(mode)
    whole, reduced = picture_from_image(large), picture_from_image(large, longest_side=30)
    assert reduced.size == (30, 20)
    assert reduced.full_size == (300, 200)
    assert reduced.pixels.mean() == pytest.approx(whole.pixels.mean(), abs=3)


def test_an_image_of_the_caller_stays_as_it_is() -> None:
    """A Pillow image is read, not changed."""
    image = _noise().convert("RGBA")
    before = image.tobytes()
    picture = picture_from_image(image, Path("from/somewhere.png"), longest_side=8)
    assert picture.path == Path("from/somewhere.png")
    assert (image.mode, image.size, image.tobytes()) == ("RGBA", (24, 16), before)
    assert not picture.pixels.flags.writeable


def test_a_broken_image_of_the_caller_is_explained(tmp_path: Path) -> None:
    """An image that was opened but cannot be decoded gets its sentence, too."""
    _noise().save(tmp_path / "cut.png")
    whole = (tmp_path / "cut.png").read_bytes()
    with (
        Image.open(io.BytesIO(whole[: len(whole) // 2])) as image,
        pytest.raises(ExplorerError, match="The image is cut off"),
    ):
        picture_from_image(image)


# ---- what cannot be read ------------------------------------------------------------------------


def test_a_file_that_vanished(tmp_path: Path) -> None:
    """No such file: said so."""
    assert "does not exist" in _problem(tmp_path / "gone.jpg").message


def test_an_empty_file(tmp_path: Path) -> None:
    """Zero bytes: said so."""
    (tmp_path / "empty.png").touch()
    assert "is empty" in _problem(tmp_path / "empty.png").message


def test_a_folder(tmp_path: Path) -> None:
    """A folder named like a picture: said so."""
    (tmp_path / "folder.jpg").mkdir()
    assert "is a folder" in _problem(tmp_path / "folder.jpg").message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_pipes_sockets_and_devices_do_not_hang(tmp_path: Path) -> None:
    """What would wait for ever, or never end, is not even opened."""
    os.mkfifo(tmp_path / "pipe.png")
    assert "not an ordinary file" in _problem(tmp_path / "pipe.png").message
    assert "not an ordinary file" in _problem(Path("/dev/zero")).message
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.png"))
        assert "not an ordinary file" in _problem(tmp_path / "socket.png").message


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission: said so; pretended, as tests may run as root, who may read everything."""
    _noise().save(tmp_path / "private.png")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "may not be read" in _problem(tmp_path / "private.png").message


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    """A name that is too long or holds a zero is refused in words, not by a traceback."""
    assert "cannot be read" in _problem(tmp_path / ("x" * 300 + ".png")).message
    with pytest.raises(ExplorerError):
        read_picture(tmp_path / "a\0b.png")


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A file name of undecodable bytes is shown with �, so that the message can be printed."""
    with pytest.raises(ExplorerError) as caught:
        read_picture(tmp_path / "caf\udce9.png")
    assert "caf�.png".encode() in str(caught.value).encode()


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "tiff", "bmp", "webp", "avif", "ppm"])
def test_a_file_that_is_cut_off(kind: str, tmp_path: Path) -> None:
    """Half a file is said to be damaged or cut off, whatever its format."""
    path = tmp_path / f"half.{kind}"
    _noise(200, 200).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    message = _problem(path).message
    assert "cut off" in message or "damaged" in message


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def _png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b""))


@pytest.mark.parametrize("lifted", [False, True])
def test_a_decompression_bomb(
    lifted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file that claims gigapixels is refused, also where a host lifted Pillow's limit."""
    if lifted:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    (tmp_path / "bomb.png").write_bytes(_png(60_000, 60_000))
    assert "more than 178 megapixels" in _problem(tmp_path / "bomb.png").message


FOREIGN = [
    ("photo.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"),
    ("photo.heic", b"anything", "a HEIC picture"),
    ("art.png", b"8BPS\0\x01", "a Photoshop document"),
    ("favicon.ico", b"\0\0\x01\0\x01\0", "a Windows icon"),
    ("new.jpg", b"\xff\x0a\0\0", "a JPEG XL picture"),
    ("clip.gif", b"\0\0\0\x18ftypmp42", "a video"),
    ("drawing.png", b'<?xml version="1.0"?>\n<svg xmlns=', "an SVG drawing"),
    ("404.jpg", b"\n<!DOCTYPE html><html><head>", "a web page"),
    ("stored.png", b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
]


@pytest.mark.parametrize(("name", "content", "kind"), FOREIGN)
def test_a_foreign_file_is_named(name: str, content: bytes, kind: str, tmp_path: Path) -> None:
    """What is no picture of ours is called what it is, by its bytes rather than its name."""
    (tmp_path / name).write_bytes(content)
    assert f"is {kind}" in _problem(tmp_path / name).message


def test_a_camera_raw_is_not_taken_for_its_thumbnail(tmp_path: Path) -> None:
    """A DNG is a TIFF inside; its small preview is not shown as if it were the photo."""
    _noise().save(tmp_path / "photo.tiff")
    (tmp_path / "photo.tiff").rename(tmp_path / "photo.DNG")
    assert "is a camera raw file" in _problem(tmp_path / "photo.DNG").message


def test_text_is_no_picture(tmp_path: Path) -> None:
    """A file of no known kind is said to be no picture."""
    (tmp_path / "notes.png").write_text("remember the milk")
    assert "is not a picture" in _problem(tmp_path / "notes.png").message


def test_foreign_decoders_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's other decoders are not even loaded to find out what a file is."""
    monkeypatch.setattr(Image, "init", lambda: pytest.fail("all decoders were loaded"))
    (tmp_path / "scene.psd").write_bytes(b"8BPS" + bytes(100))
    _problem(tmp_path / "scene.psd")


@pytest.mark.parametrize("error", [TypeError("?"), struct.error(), SyntaxError("x"), KeyError(1)])
def test_whatever_a_decoder_raises(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A decoder's own bug is a damaged file to people, and stays known as the cause."""
    _noise().save(tmp_path / "odd.tiff")
    monkeypatch.setattr(TiffImagePlugin.TiffImageFile, "load", _raise(error))
    problem = _problem(tmp_path / "odd.tiff")
    assert "is damaged" in problem.message
    assert problem.__cause__ is error


def test_too_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of memory is said, not suffered."""
    _noise().save(tmp_path / "large.png")
    monkeypatch.setattr(ImageFile.ImageFile, "load", _raise(MemoryError()))
    assert "not enough memory" in _problem(tmp_path / "large.png").message


def _raise(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "webp", "bmp"])
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_damage_does_more_than_a_sentence(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Bytes flipped anywhere, ends cut anywhere: a picture or an ExplorerError, never more."""
    stream = io.BytesIO()
    _noise(40, 30).save(stream, kind)
    content = bytearray(stream.getvalue())
    for place in data.draw(st.lists(st.integers(30, len(content) - 1), max_size=8)):
        content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damaged") / f"file.{kind}"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(ExplorerError):
        assert read_picture(path).pixels.ndim == 3


def test_pillows_warnings_stay_inside(shared: Callable[[str], Path]) -> None:
    """Many threads read files that Pillow warns about: none is seen, and no filter is left."""
    folder = shared("data/odd_images/files")
    names = ("hopper_bad_exif.jpg", "exif_typeerror.jpg", "apng__syntax_num_frames_invalid.png")
    filters = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(read_picture, [folder / name for name in names] * 8))
    assert len(pictures) == 24
    assert list(warnings.filters) == filters


def test_a_folder_lists_also_what_cannot_be_read() -> None:
    """Foreign pictures have their place in a folder, with their reason; other files have not."""
    assert {".jpg", ".png", ".webp", ".gif", ".tif", ".bmp", ".avif", ".heic", ".psd"} <= SUFFIXES
    assert not {".txt", ".py", ".pdf", ".mp4", ""} & SUFFIXES
