"""Which pictures can be read, and the names of those that cannot."""

from itertools import chain

READABLE = {  # Pillow's name for a format → the suffixes of its files
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "AVIF": (".avif", ".avifs"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
}

_RAW = "a camera raw file"
_RAW_SUFFIXES = (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".rw2", ".raf", ".pef")
_BY_SUFFIX = {
    ".heic": "a HEIC picture",
    ".heif": "a HEIF picture",
    ".hif": "a HEIF picture",
    ".jxl": "a JPEG XL picture",
    ".jp2": "a JPEG 2000 picture",
    ".j2k": "a JPEG 2000 picture",
    ".psd": "a Photoshop document",
    ".psb": "a Photoshop document",
    ".xcf": "a GIMP picture",
    ".svg": "an SVG drawing",
    ".ico": "a Windows icon",
    ".icns": "an Apple icon",
    ".dds": "a DDS texture",
    ".tga": "a Targa picture",
    ".sgi": "an SGI picture",
    ".xpm": "an XPM picture",
    ".pcx": "a PCX picture",
    ".exr": "an OpenEXR picture",
    ".hdr": "a Radiance picture",
    ".qoi": "a QOI picture",
    **dict.fromkeys(_RAW_SUFFIXES, _RAW),
}

# What a folder lists: also the pictures that cannot be read, so that nobody wonders where they are.
SUFFIXES = frozenset(chain(*READABLE.values(), _BY_SUFFIX))

_BY_CONTENT = (  # offset, first bytes, name
    (4, b"ftyphe", _BY_SUFFIX[".heic"]),
    (4, b"ftypmif1", _BY_SUFFIX[".heif"]),
    (4, b"ftypmsf1", _BY_SUFFIX[".heif"]),
    (4, b"ftypcrx", _RAW),
    *((4, b"ftyp" + brand, "a video") for brand in (b"iso", b"mp4", b"qt", b"M4V", b"3g", b"avc")),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (0, b"\xff\x0a", _BY_SUFFIX[".jxl"]),
    (4, b"JXL \r\n", _BY_SUFFIX[".jxl"]),
    (4, b"jP  \r\n", _BY_SUFFIX[".jp2"]),
    (0, b"\xff\x4f\xff\x51", _BY_SUFFIX[".jp2"]),
    (0, b"8BPS", _BY_SUFFIX[".psd"]),
    (0, b"\x00\x00\x01\x00", _BY_SUFFIX[".ico"]),
    (0, b"icns", _BY_SUFFIX[".icns"]),
    (0, b"DDS ", _BY_SUFFIX[".dds"]),
    (0, b"\x01\xda", _BY_SUFFIX[".sgi"]),
    (0, b"/* XPM */", _BY_SUFFIX[".xpm"]),
    (0, b"v/1\x01", _BY_SUFFIX[".exr"]),
    (0, b"#?RADIANCE", _BY_SUFFIX[".hdr"]),
    (0, b"qoif", _BY_SUFFIX[".qoi"]),
    (0, b"FUJIFILM", _RAW),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"version https://git-lfs", "a Git LFS pointer without its content"),
)
_BY_MARKUP = (
    (b"<svg", "an SVG drawing"),
    (b"<html", "a web page"),
    (b"<!doctype html", "a web page"),
)

HEAD_BYTES = 512  # as much of a file as `foreign_kind` wants to see


def foreign_kind(head: bytes, suffix: str) -> str | None:
    """What a file that cannot be read is, by its first bytes, else by its name; None = no idea."""
    for offset, mark, name in _BY_CONTENT:
        if head.startswith(mark, offset):
            return name
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<"):
        for mark, name in _BY_MARKUP:
            if mark in text:
                return name
    return _BY_SUFFIX.get(suffix.lower())


def is_camera_raw(suffix: str) -> bool:
    """Whether a name says camera raw: such a file looks like a TIFF that holds a thumbnail."""
    return suffix.lower() in _RAW_SUFFIXES
