"""Split a WGSL text into its kernels, and read what each of them declares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import cast

from viz.errors import RunError
from viz.messages import message_of
from viz.model import WgslBinding, WgslKernel
from viz.model.running.in_browser import Access

_HEAD = re.compile(
    r"^// Function: (?P<name>\w+)\n(?=//-+\n// Function: (?P=name)\n//-+\n)", re.MULTILINE
)
"""The line that TVM's codegen writes above each kernel, before that one's own comment."""

_STORAGE = re.compile(
    r"^@group\(0\) @binding\((?P<number>\d+)\) "
    r"var<storage, (?P<access>read|read_write)> (?P<name>\w+) : array<(?P<element>[\w<>]+)>;$",
    re.MULTILINE,
)
_SHARED = re.compile(
    r"^var<workgroup> \w+ : array<(?P<element>[\w<>]+), (?P<count>\d+)>;$", re.MULTILINE
)
_WORKGROUP = re.compile(r"^@compute @workgroup_size\((\d+), (\d+), (\d+)\)$", re.MULTILINE)
_ENABLED = re.compile(r"^enable (\w+);$", re.MULTILINE)
_ELEMENT = re.compile(r"(?:vec(?P<lanes>[234])<)?(?P<scalar>[a-z]+)(?P<bits>\d*)>?$")

SHARED_ALIGNMENT = 16
"""Bytes that a workgroup variable is rounded up to where a browser adds them up."""


def kernels(text: str) -> Iterator[WgslKernel]:
    """Yield the kernels of a text in its order.

    Raises
    ------
    RunError
        When the text is not written as TVM's codegen writes it.
    """
    heads = list(_HEAD.finditer(text))
    borders = [*(head.start() for head in heads), len(text)]
    for head, (start, end) in zip(heads, pairwise(borders), strict=True):
        yield _kernel(head["name"], text[start:end], text.count("\n", 0, start) + 1)


def _kernel(name: str, text: str, first_line: int) -> WgslKernel:
    sizes = _WORKGROUP.search(text)
    bindings = list(_STORAGE.finditer(text))
    numbers = [int(binding["number"]) for binding in bindings]
    if sizes is None or numbers != [*range(len(bindings))]:
        raise RunError(message_of("wgsl-unknown-form", kernel=name))
    return WgslKernel(
        name=name,
        text=text,
        first_line=first_line,
        bindings=tuple(
            WgslBinding(
                name=binding["name"],
                access=cast(Access, binding["access"]),
                element=binding["element"],
            )
            for binding in bindings
        ),
        workgroup=(int(sizes[1]), int(sizes[2]), int(sizes[3])),
        workgroup_bytes=sum(
            _rounded(stride(shared["element"]) * int(shared["count"]))
            for shared in _SHARED.finditer(text)
        ),
        extensions=tuple(_ENABLED.findall(text)),
    )


def stride(element: str) -> int:
    """Return the bytes from one element of an array to the next: one of three lanes takes four."""
    parts = _ELEMENT.match(element)
    if parts is None:
        return 4
    lanes = {"": 1, "3": 4}.get(parts["lanes"] or "", int(parts["lanes"] or 1))
    return lanes * (int(parts["bits"]) // 8 if parts["bits"] else 4)


def _rounded(size: int) -> int:
    return math.ceil(size / SHARED_ALIGNMENT) * SHARED_ALIGNMENT
