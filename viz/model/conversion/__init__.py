"""Define the request for a model of another framework as Relax text, and its reply."""

from __future__ import annotations

from viz.model.base import Plain, Problem


class OnnxPart(Plain, tag="onnx", frozen=True):
    """Ask for a model of ONNX as Relax text; the request needs no text."""

    data: bytes = b""
    """The content of an .onnx file."""


class ConvertedModel(Plain, frozen=True):
    """A model as Relax text, a program like any other."""

    text: str
    """The module; comments name the node that each statement was made from."""
    nodes: int = 0
    """The nodes of the model's graph, those inside of others included."""
    opset: int = 0
    """The version of ONNX's operators that the model is written in."""
    weights: int = 0
    """The tensors with values of their own; those that are left are inputs of ``main``."""
    problems: tuple[Problem, ...] = ()
    """Remarks: what is different from the model."""
