"""Recognise an .onnx file, and leave the values of its weights out.

The file is a message of protocol buffers: fields, each a number with its kind and a value. Here it
is only cut into fields, from which no values are read but lengths: what a field means is told by
the process that converts the model. Weights become inputs of the program, so a model of hundreds of
megabytes is sent to that process as some kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from viz.errors import SourceError
from viz.messages import message_of

MOST_BYTES = 16 << 20
"""The longest file that is converted, without the values of its weights."""

MOST_VALUES = 1024
"""Bytes of a tensor's values that are kept: shapes, axes and scalars, which operators need."""

MOST_FIELDS = 100_000
"""Fields of a graph that are looked through: there are twenty times fewer nodes that are read."""

ENDING = ".onnx"

_GRAPH, _INITIALIZER = 7, 5
_VALUES = frozenset((4, 5, 7, 9, 10, 11))
"""The fields of a tensor that may hold its values: ``float_data``, ``raw_data`` and the like."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class _Field(NamedTuple):
    """A field in some bytes: it begins at ``start``, its value at ``value``."""

    number: int
    wire: int
    start: int
    value: int
    end: int


def is_onnx(data: bytes, name: str = "") -> bool:
    """Return whether a file is meant as a model of ONNX: by its name, or as it begins.

    Its first field is a number, the version of the format: no text begins with that character.
    """
    return name.lower().endswith(ENDING) or data[:1] == b"\x08"


def sendable(data: bytes) -> bytes:
    """Return a model without the values of its weights.

    Raises
    ------
    SourceError
        When it is too long even so.
    """
    left = without_weights(data)
    if len(left) > MOST_BYTES:
        size = f"{len(left) / (1 << 20):.1f}"
        raise SourceError(message_of("onnx-too-long", size=size, most=MOST_BYTES >> 20))
    return left


def without_weights(data: bytes) -> bytes:
    """Return the bytes of a model without the values of its large weights.

    A file that is no message of protocol buffers, or one of too many fields, is returned as it is.
    """
    try:
        return _mapped(data, _GRAPH, lambda graph: _mapped(graph, _INITIALIZER, _emptied))
    except (ValueError, IndexError):
        return data


def _emptied(tensor: bytes) -> bytes:
    fields = list(_fields(tensor))
    values = [f for f in fields if f.number in _VALUES]
    if sum(f.end - f.value for f in values) <= MOST_VALUES:
        return tensor
    return b"".join(tensor[f.start : f.end] for f in fields if f not in values)


def _mapped(data: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    """Return a message with the value of each field of that number changed."""
    pieces: list[bytes] = []
    kept = 0
    for field in _fields(data):
        if field.number == number and field.wire == _BYTES:
            changed = change(data[field.value : field.end])
            pieces += (
                data[kept : field.start],
                _varint(number << 3 | _BYTES),
                _varint(len(changed)),
                changed,
            )
            kept = field.end
    return b"".join((*pieces, data[kept:]))


def _fields(data: bytes) -> Iterator[_Field]:
    """Yield the fields of a message.

    Raises
    ------
    ValueError, IndexError
        When it is none.
    """
    at = count = 0
    while at < len(data):
        count += 1
        if count > MOST_FIELDS:
            raise ValueError
        start = at
        key, at = _number(data, at)
        wire = key & 7
        value = at
        if wire == _VARINT:
            _, at = _number(data, at)
        elif wire == _BYTES:
            length, value = _number(data, at)
            at = value + length
        elif wire in (_FIXED32, _FIXED64):
            at += 4 if wire == _FIXED32 else 8
        else:
            raise ValueError
        if at > len(data):
            raise ValueError
        yield _Field(key >> 3, wire, start, value, at)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number, seven bits a byte, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError


def _varint(value: int) -> bytes:
    pieces = bytearray()
    while value > 0x7F:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    pieces.append(value)
    return bytes(pieces)
