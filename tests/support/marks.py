"""Check the marks of an emission: their nesting, and that each covers what its node writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from viz.model import Emission, Node, Tree

Check = Callable[[str, Node], object]


def _shows(*signs: str) -> Check:
    return lambda text, node: any(sign in text for sign in signs)


def _constant(text: str, node: Node) -> bool:
    numbers = re.findall(r"0x[0-9a-fA-F]+(?![\w.])|\d+", text)
    return str(abs(int(node.fields["value"]))) in numbers or text in (
        "true",
        "false",
        "(bool)1",
        "(bool)0",
    )


SAYS: dict[str, Check] = {
    "prim.Add": _shows("+"),
    "prim.Sub": _shows("-"),
    "prim.Mul": _shows("*"),
    "prim.Div": _shows("/"),
    "prim.LT": _shows("<"),
    "prim.LE": _shows("<="),
    "prim.EQ": _shows("=="),
    "prim.And": _shows("&&"),
    "prim.Or": _shows("||"),
    "prim.Not": _shows("!"),
    "prim.RShift": _shows(">>"),
    "prim.Max": _shows("max", ">", " v_"),
    "prim.Min": _shows("min", "<", " v_"),
    "ir.TensorLoad": _shows("["),
    "tirx.BufferStore": lambda text, node: "=" in text and text.endswith(";"),
    "tirx.For": lambda text, node: (
        re.match(r"(#pragma[^\n]*\n\s*)?for ?\(", text) and text.endswith("}")
    ),
    "tirx.IfThenElse": lambda text, node: re.match(r"if ?\(", text) and text.endswith("}"),
    "tirx.While": lambda text, node: "while" in text,
    "tirx.Return": _shows("return"),
    "ir.IntImm": _constant,
}
"""Patterns that the characters of a node match in every language, by ``type_key``."""


def check_invariants(emission: Emission, tree: Tree, says: Mapping[str, Check] = SAYS) -> None:
    """Check that marks nest, name nodes and begin and end with what is no space.

    With ``says``, also what the characters of a node show, by its ``type_key``.
    """
    open_marks = []
    for mark in emission.marks:
        assert 0 <= mark.start < mark.end <= len(emission.text)
        while open_marks and open_marks[-1].end <= mark.start:
            open_marks.pop()
        if open_marks:
            assert mark.end <= open_marks[-1].end, "marks nest"
        open_marks.append(mark)
        node = tree.nodes[mark.node]
        text = emission.text[mark.start : mark.end]
        assert text.strip() == text
        # A vector's operation is several statements, and a name elsewhere.
        if emission.form == "source" and not re.search(r"x\d+$", node.dtype):
            assert says.get(node.type_key, lambda text, node: True)(text, node), (node, text)
    assert set(emission.covering) <= {mark.node for mark in emission.marks}
