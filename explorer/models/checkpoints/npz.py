"""NumPy archives (.npz): opened without running what is in them, down to their named tensors."""

from __future__ import annotations

import math
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
import torch
from torch import Tensor

from ...errors import ExplorerError

_SUFFIX = ".npy"
_MOST_PACKED = 50  # times smaller than unpacked: trained weights hardly shrink at all
_READ_HEADER = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def is_npz(path: Path) -> bool:
    """Whether a zip archive holds NumPy's arrays; torch's files are zip archives, too."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # zipfile raises whatever damaged bytes lead it to; torch's reader tells
        return False
    return bool(names) and all(name.endswith(_SUFFIX) for name in names)


def read_npz(path: Path) -> dict[str, Tensor]:
    """Its arrays of numbers by name; others, such as words, are left out.

    Raises ExplorerError where an array is pickled, so that opening it could run code, or where
    the archive would unpack to far more than weights do; whatever zipfile and numpy raise where it
    is damaged.
    """
    with ZipFile(path) as archive:
        _check_size(path, archive)
        found = {info.filename: _read(path, archive, info) for info in archive.infolist()}
    return {name.removesuffix(_SUFFIX): t for name, t in found.items() if t is not None}


def _check_size(path: Path, archive: ZipFile) -> None:
    unpacked, packed = sum(info.file_size for info in archive.infolist()), path.stat().st_size
    if unpacked > _MOST_PACKED * packed:
        raise ExplorerError(
            f"{path.name} was refused: its {packed:,} bytes would unpack to {unpacked:,}, "
            "which trained weights never do.",
            hint="Choose another checkpoint of the model.",
        )


def _read(path: Path, archive: ZipFile, info: ZipInfo) -> Tensor | None:
    """One array; None where it holds no numbers."""
    with archive.open(info) as file:
        shape, by_columns, dtype = _header(file)
        if dtype.hasobject:
            raise ExplorerError(
                f"{path.name} was refused: opening it would run code "
                f"({info.filename.removesuffix(_SUFFIX)} is pickled).",
                hint="Save its arrays as plain numbers: numpy.savez(…, **arrays).",
            )
        if not _is_number(dtype):
            return None
        data = bytearray(file.read())
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise BadZipFile(f"{info.filename} is not as long as it says")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if by_columns else "C")
    return _tensor(array)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether its columns come first, and the kind of its numbers."""
    return _READ_HEADER[np.lib.format.read_magic(file)](file)


def _is_number(dtype: np.dtype) -> bool:
    return (dtype.kind in "fiub" and dtype.itemsize <= 8) or _is_bfloat16(dtype)


def _is_bfloat16(dtype: np.dtype) -> bool:
    """JAX's half precision, which NumPy does not know: two bytes of it are two bytes of nothing."""
    return dtype.kind == "V" and dtype.itemsize == 2 and dtype.names is None


def _tensor(array: np.ndarray) -> Tensor:
    if _is_bfloat16(array.dtype):
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array.astype(array.dtype.newbyteorder("="), copy=False))
