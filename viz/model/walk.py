"""Walks: the order in which a codegen visited the nodes of a tree."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.model.base import Plain
from viz.model.stages import StageName


class WalkStep(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A node that is entered or left: ``[enters, node, written]``."""

    enters: bool
    node: int
    """Its id in the Tree that the codegen walks."""
    written: int
    """How many characters of the text stand by then."""


class Walk(Plain, frozen=True):
    """What a codegen did while it wrote one text, a node entered or left a step.

    Between two steps the node that was entered last and is not left yet writes the characters
    ``text[a.written : b.written]``.
    """

    stage: StageName
    """The stage of the tree that it walked."""
    title: str
    """Name of the text on the screen, such as ``CUDA kernels``."""
    part: Literal["host", "device"]
    text: str
    steps: tuple[WalkStep, ...]
