"""Turn a command's file and options into a request."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from viz.cli.assignments import format_value, parse_assignment
from viz.errors import RequestError, SourceError
from viz.frontend.notebook import source_of
from viz.frontend.onnx.weights import is_onnx
from viz.messages import message_of
from viz.model import Options, Part, Problem, Request, Scalar
from viz.service.client.conversion import from_onnx

BOTH = "both"
"""The value of ``--engine`` that asks today's TVM and one of 2024."""


def read(file: str) -> str:
    """Return the text of a file, as :func:`read_program` does, without remarks."""
    return read_program(file)[0]


def read_program(file: str) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of a file and remarks on it; standard input for ``-``.

    That of a notebook is the code of its cells, that of an .onnx file what it is converted to.

    Raises
    ------
    SourceError
        When the file cannot be read or is not UTF-8, is a notebook without code, or a model that
        cannot be converted.
    VizError
        When the process that converts a model ends early.
    """
    data = read_bytes(file)
    if is_onnx(data, file):
        model = from_onnx(data)
        return model.text, model.problems
    try:
        # Line ends stay as they are: positions count every character.
        return source_of(data.decode("utf-8-sig")), ()
    except UnicodeDecodeError:
        raise SourceError(message_of("not-utf-8", file=file)) from None


def read_bytes(file: str) -> bytes:
    """Return what is in a file; standard input for ``-``.

    Raises
    ------
    SourceError
        When it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        reason = str(error.strerror)
        raise SourceError(message_of("file-not-read", file=file, reason=reason)) from None


def request(options: argparse.Namespace, text: str, part: Part, target: str = "c") -> Request:
    """Return the request for a part of a text, as the shared options of all commands say.

    Raises
    ------
    RequestError
        When a ``NAME=VALUE`` option has another form.
    """
    return Request(
        text=text,
        definition=options.definition,
        function=options.function,
        arguments=pairs(options.arg),
        target=target,
        options=Options(
            arch=options.arch, attributes=pairs(options.attr), config=pairs(options.config)
        ),
        part=part,
        engine="" if options.engine == BOTH else options.engine,
    )


def pairs(options: list[str] | None) -> dict[str, Scalar]:
    """Return the values of repeated ``NAME=VALUE`` options.

    Raises
    ------
    RequestError
        When one has another form.
    """
    return dict(parse_assignment(option) for option in options or [])


def sizes(options: list[str] | None) -> dict[str, int]:
    """Return the values of repeated ``--size n=64`` options.

    Raises
    ------
    RequestError
        When one is no such pair, or its value is no whole number.
    """
    values: dict[str, int] = {}
    for name, value in pairs(options).items():
        if not isinstance(value, int) or isinstance(value, bool):
            shown = format_value(value)
            raise RequestError(message_of("size-not-whole", name=name, value=shown))
        values[name] = value
    return values
