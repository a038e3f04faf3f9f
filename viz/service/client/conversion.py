"""Have a model of another framework converted to a program in a jailed process."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Protocol

from viz.errors import SourceError
from viz.frontend.notebook import source_of
from viz.frontend.onnx.weights import is_onnx, sendable
from viz.messages import message_of
from viz.model import ConvertedModel, OnnxPart, Request
from viz.service.client.submit import submit


class OnnxModel(Protocol):
    """A model in memory, as the package ``onnx`` has it: a ``ModelProto``."""

    def SerializeToString(self) -> bytes:
        """Return the content of its file."""


def from_onnx(model: bytes | str | PathLike[str] | OnnxModel) -> ConvertedModel:
    """Return a model of ONNX as Relax text: see :func:`viz.from_onnx`."""
    reply = submit(Request(part=OnnxPart(data=sendable(_bytes_of(model))))).result()
    assert isinstance(reply, ConvertedModel)
    return reply


def program_of(program: str | bytes) -> str:
    """Return the text of a program: of a notebook its code, of the bytes of an .onnx file Relax.

    Raises
    ------
    SourceError
        When a notebook is damaged, a model cannot be converted, or the bytes are neither.
    VizError
        See :func:`viz.from_onnx`.
    """
    if isinstance(program, str):
        return source_of(program)
    if is_onnx(program):
        return from_onnx(program).text
    try:
        return source_of(program.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SourceError(message_of("bytes-no-text")) from None


def _bytes_of(model: bytes | str | PathLike[str] | OnnxModel) -> bytes:
    if isinstance(model, bytes):
        return model
    if not isinstance(model, str | PathLike):
        return model.SerializeToString()
    try:
        return Path(model).read_bytes()
    except OSError as error:
        reason = str(error.strerror)
        raise SourceError(message_of("file-not-read", file=str(model), reason=reason)) from None
