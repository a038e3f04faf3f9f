"""Read and write arrays as files of NumPy's formats .npy and .npz; no file is trusted."""

from __future__ import annotations

import codecs
import io
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from viz.errors import RequestError
from viz.harness.arrays import Array, numpy_dtype
from viz.messages import message_of

codecs.lookup("cp437")  # what zipfile reads names by: a jailed process can no longer open it

MOST_MEMBERS = 64
"""Arrays that an archive may have."""

MOST_BYTES = 256 << 20
"""Bytes of all arrays of an archive together."""

MOST_ROWS = 1 << 20
"""Elements of an output that are written as a table."""

ROLES = ("input", "output", "expected")
"""What stands before the name of an array that a run kept: ``input.A``."""

_UNREADABLE = (
    *(ValueError, TypeError, SyntaxError, EOFError, OSError, MemoryError, RecursionError),
    *(OverflowError, LookupError, tokenize.TokenError),
)
"""What NumPy raises for files that are none."""


class ArrayHeader(NamedTuple):
    """What a file .npy says of its array; ``start`` is where its bytes begin."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    is_fortran: bool
    start: int


def header_of_file(name: str, data: bytes) -> ArrayHeader:
    """Return the header of a file in NumPy's format .npy, after comparing it with the file's size.

    Raises
    ------
    RequestError
        When it is no such file, or holds anything but numbers.
    """
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
        else:
            shape, is_fortran, dtype = np.lib.format.read_array_header_2_0(file)
    except _UNREADABLE as error:
        raise _unread(name, str(error)) from None
    if dtype.hasobject or dtype.fields is not None or dtype.kind not in "biufV":
        raise _unread(name, f"dtype {dtype}")
    wanted, there = math.prod(shape) * dtype.itemsize, len(data) - file.tell()
    if any(extent < 0 for extent in shape) or wanted != there or not dtype.itemsize:
        raise _unread(name, f"shape {shape}, dtype {dtype}: {wanted} != {there}")
    return ArrayHeader(dtype, shape, is_fortran, file.tell())


def _unread(name: str, why: str) -> RequestError:
    return RequestError(message_of("array-not-read", name=name, why=why[:200]))


def array_of_file(name: str, data: bytes, dtype: str, shape: tuple[int, ...]) -> Array:
    """Return the array of a file in NumPy's format .npy; objects in it are refused.

    Raises
    ------
    RequestError
        When it is no such file, or its dtype or shape is not that of the parameter ``name``.
    RunError
        When NumPy has no such dtype.
    """
    header, kind = header_of_file(name, data), numpy_dtype(dtype)
    # The format has no name for ml_dtypes' narrow floats.
    is_narrow = header.dtype.kind == "V" and header.dtype.itemsize == kind.itemsize
    if header.dtype != kind and not is_narrow:
        got = str(header.dtype)
        raise RequestError(message_of("array-of-dtype", name=name, got=got, dtype=dtype))
    if header.shape != shape:
        got, wanted = (" x ".join(map(str, each)) or "1" for each in (header.shape, shape))
        raise RequestError(message_of("array-of-shape", name=name, got=got, shape=wanted))
    return _content(data, header, kind)


def kept_array(data: bytes, dtype: str = "") -> Array:
    """Return the array of a file of any dtype and shape; ``dtype`` names a narrow float.

    Raises
    ------
    RequestError
        When it is no such file.
    """
    header = header_of_file("", data)
    kind = numpy_dtype(dtype) if dtype and header.dtype.kind == "V" else header.dtype
    if kind.itemsize != header.dtype.itemsize:
        raise _unread("", f"dtype {header.dtype}")
    return _content(data, header, kind)


def _content(data: bytes, header: ArrayHeader, kind: np.dtype[Any]) -> Array:
    flat = np.frombuffer(data, kind, offset=header.start)
    ordered = flat.reshape(header.shape, order="F" if header.is_fortran else "C")
    return np.array(ordered, order="C")


def npy(array: Any) -> bytes:
    """Return an array as a file in NumPy's format .npy.

    Raises
    ------
    RequestError
        When it holds Python objects.
    """
    file = io.BytesIO()
    try:
        np.save(file, np.asarray(array), allow_pickle=False)
    except ValueError as error:
        raise _unread("", str(error)) from None
    return file.getvalue()


def csv_of(got: Array, expected: Array | None) -> bytes:
    """Return an output as a table: a row for each element, with its index, in row-major order.

    Raises
    ------
    RequestError
        When it has too many elements.
    """
    if got.size > MOST_ROWS:
        raise RequestError(message_of("csv-too-large", size=got.size, most=MOST_ROWS))
    columns = [column.reshape(-1) for column in np.indices(got.shape)] if got.ndim else []
    titles = [f"index_{axis}" for axis in range(got.ndim)] + ["got"]
    columns.append(_numbers(got))
    if expected is not None and expected.shape == got.shape:
        titles += ["expected", "error"]
        right = _numbers(expected)
        with np.errstate(invalid="ignore", over="ignore"):
            columns += [right, np.abs(columns[-1].astype(float) - right.astype(float))]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return "\n".join([",".join(titles), *(",".join(map(repr, row)) for row in rows), ""]).encode()


def _numbers(array: Array) -> Array:
    """Return the elements in row-major order, ml_dtypes' as what Python has numbers for."""
    flat = array.reshape(-1)
    if flat.dtype.kind != "V":
        return flat
    return flat.astype(np.float64 if "float" in flat.dtype.name else np.int64)


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return files .npy as one .npz."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            # A date of its own: equal runs make equal files.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def arrays_of_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files .npy by the names of parameters: those that are archives by what is in them.

    Raises
    ------
    RequestError
        When an archive cannot be read, or is too large.
    """
    found: dict[str, bytes] = {}
    for name, data in files.items():
        found |= arrays_of_archive(data) if data.startswith(b"PK") else {name: data}
    return found


def arrays_of_archive(data: bytes) -> dict[str, bytes]:
    """Return the arrays of a file in NumPy's format .npz, each as a file .npy.

    Of the arrays that a run kept these are its inputs.

    Raises
    ------
    RequestError
        When it is no such file, has other compressed files than NumPy writes, or is too large.
    """
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if each.filename.endswith(".npy")]
            if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_BYTES:
                most = {"count": MOST_MEMBERS, "size": MOST_BYTES >> 20}
                raise RequestError(message_of("archive-too-large", **most))
            for each in members:
                if each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise zipfile.BadZipFile(f"{each.filename[:60]}: {each.compress_type}")
                # No more than its size says is read.
                found[each.filename.removesuffix(".npy")] = archive.read(each)
    except (zipfile.BadZipFile, zlib.error, *_UNREADABLE, RuntimeError) as error:
        raise RequestError(message_of("archive-not-read", why=str(error)[:200])) from None
    kept = {name.removeprefix("input."): file for name, file in found.items() if _is_input(name)}
    return kept or found


def _is_input(name: str) -> bool:
    return name.startswith(f"{ROLES[0]}.")
