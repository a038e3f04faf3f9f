"""Results of :func:`viz.explain`, :func:`viz.find` and :func:`viz.walks`."""

from __future__ import annotations

from typing import Literal

import msgspec

from viz.model.base import Plain
from viz.model.emission import Certainty, TextForm
from viz.model.overview import ModelPart
from viz.model.stages import StageName
from viz.model.tree import Node
from viz.text import Span


class Explanation(Plain, frozen=True):
    """The node that wrote a character of an emission, and where that node comes from."""

    target: str
    emission: int
    """Index into ``Source.emissions``."""
    part: Literal["host", "device"]
    form: TextForm
    token: str
    """The token that holds the character."""
    place: Span
    """Place of the token in the emission, in code points."""
    node: Node
    """The node of the target's final tree that wrote the token."""
    mark: Span
    """All that the node wrote there, in code points of the emission."""
    covering: bool = False
    """Whether an expression below the node may have written the token instead."""
    parents: tuple[Node, ...] = ()
    """The nodes around ``node``, from its parent up to its function."""
    codegen: str = ""
    """The codegen class of TVM, such as ``CodeGenCUDA``."""
    visitor: str = ""
    """The C++ function that wrote the node, such as ``CodeGenC::Dispatch_(const ForNode*)``."""
    made_by: int = 0
    """Number of the pass that made the node, 0 for a node that the pipeline was given."""
    made_by_name: str = ""
    """Name of that pass."""
    input_node: int | None = None
    """Id of the node of the user's Tree that it comes from."""
    span: Span | None = None
    """Where that node stands in the user's text, in code points."""
    certainty: Certainty = "lost"
    """How sure ``span`` is."""
    model_part: ModelPart | None = None
    """What the statement at ``span`` was made from, where a comment of the text says it."""
    other_calls: tuple[Span, ...] = ()
    """Where the other calls of the kernel stand that the node is of, in the user's text."""
    en: str = ""
    """What a node of this type is, for a learner, in English."""
    zh: str = ""
    """The same in Chinese."""


class Place(Plain, frozen=True):
    """Characters of an emission that a piece of the user's text became."""

    target: str
    emission: int
    """Index into ``Source.emissions``."""
    part: Literal["host", "device"]
    form: TextForm
    start: int
    """First character in the emission, in code points."""
    end: int
    """One past the last character."""
    node: int
    """Id of the node of the final tree that wrote them."""
    input_node: int
    """Id of the node of the user's Tree that it comes from."""
    certainty: Certainty
    """How sure it is that the node comes from that piece of text."""


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
