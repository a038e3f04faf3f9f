"""Answers to questions over marks and origins: who wrote a character, what became of a line."""

from __future__ import annotations

from typing import Literal

from viz.model.base import Plain
from viz.model.emission import Certainty
from viz.model.tree import Node
from viz.text import Span


class Explanation(Plain, frozen=True):
    """Who wrote a character of an emission, and where that comes from.

    ``token`` is what stands at the offset, ``place`` where in the emission; ``mark`` is all that
    the ``node`` wrote there, and ``covering`` says that an expression below it may have written the
    token. ``parents`` lead from the node to its function.
    """

    target: str
    emission: int
    part: Literal["host", "device"]
    form: Literal["source", "ir", "assembly"]
    token: str
    place: Span
    node: Node
    mark: Span
    covering: bool = False
    parents: tuple[Node, ...] = ()
    codegen: str = ""
    visitor: str = ""
    """The C++ function that wrote the node, such as ``CodeGenC::Dispatch_(const ForNode*)``."""
    made_by: int = 0
    """The number of the pass that made the node, 0 for what the pipeline was given."""
    made_by_name: str = ""
    input_node: int | None = None
    """The id of the node of the user's Tree that it comes from."""
    span: Span | None = None
    """Where that stands in the user's text."""
    certainty: Certainty = "lost"
    en: str = ""
    zh: str = ""


class Place(Plain, frozen=True):
    """Characters ``[start, end)`` of an emission that came from a piece of the user's text.

    ``node`` wrote them; ``input_node`` is the node of the user's Tree that it comes from.
    """

    target: str
    emission: int
    part: Literal["host", "device"]
    form: Literal["source", "ir", "assembly"]
    start: int
    end: int
    node: int
    input_node: int
    certainty: Certainty
